"""Areas of responsibility, written by managers; customers read who is responsible for each (§4)."""

from typing import Any

from django.db import transaction

from cases.known_areas import forget_labels
from cases.models import Area
from contacts.admin_log import record_change
from contacts.models import User
from contacts.permissions import require_manager
from core.translations import without_empty

FIELDS = ("name", "responsibility", "why", "helps", "position", "is_active", "translations")


@transaction.atomic
def save(area: Area | None, *, by: User, **values: Any) -> Area:
    """Create or change an area. Cases retain the name at their filing.

    Raises ValidationError for an invalid value, such as a key that is taken.
    """
    require_manager(by)
    held = (
        Area.objects.select_for_update(no_key=True, of=("self",)).get(pk=area.pk)
        if area is not None
        else Area()
    )
    before = _snapshot(held) if area is not None else None
    for field, value in values.items():
        setattr(held, field, value)
    held.translations = without_empty(held.translations)
    held.full_clean()
    held.save()
    transaction.on_commit(forget_labels)
    record_change(
        by=by, kind="area", key=held.pk, name=held.name, before=before, after=_snapshot(held)
    )
    return held


def _snapshot(area: Area) -> dict[str, Any]:
    return {"key": area.key, **{field: getattr(area, field) for field in FIELDS}}
