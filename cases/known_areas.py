"""The areas that a case can have: teams and figures depend on them (§8)."""

from django.conf import settings
from django.core.cache import caches
from django.db.models import Q
from django.utils.translation import get_language

from cases.models import Area
from core.errors import Refused
from core.translations import LANGUAGES, localized

LABELS_CACHE_SECONDS = 60


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


def area_label(name: str) -> str:
    """The name of an area, which a case stores in English, in the reader's language."""
    language = get_language() or settings.LANGUAGE_CODE
    if not name or language not in LANGUAGES:
        return name
    labels: dict[str, str] | None = caches["process"].get(_cache_key(language))
    if labels is None:
        areas = Area.objects.only("name", "translations")
        labels = {area.name: str(localized(area, "name", language)) for area in areas}
        caches["process"].set(_cache_key(language), labels, LABELS_CACHE_SECONDS)
    return labels.get(name, name)


def forget_labels() -> None:
    """Read the names of the areas again, after one has changed."""
    caches["process"].delete_many([_cache_key(language) for language in LANGUAGES])


def _cache_key(language: str) -> str:
    return f"areas:labels:{language}"
