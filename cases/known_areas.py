"""The areas that a case can have: teams and figures depend on them (§8)."""

from django.db.models import Q

from cases.models import Area
from core.errors import Refused


def known_area(area: str) -> str:
    """The name of an active area, given by its name or key; empty for none. Refused otherwise."""
    area = area.strip()
    if not area:
        return ""
    known = Area.objects.filter(Q(name=area) | Q(key=area), is_active=True)
    name = known.order_by("position").values_list("name", flat=True).first()
    if name is None:
        raise Refused("There is no area “{area}”. Please choose one from the list.", area=area[:80])
    return str(name)


def area_choices(present: str = "") -> list[tuple[str, str]]:
    """The active areas by name, with none first, and `present` if it is not among them."""
    names = list(
        Area.objects.filter(is_active=True).order_by("position").values_list("name", flat=True)
    )
    if present and present not in names:
        names.append(present)
    return [("", "–"), *((name, name) for name in names)]
