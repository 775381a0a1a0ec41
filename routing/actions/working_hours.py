"""Working hours of Care's people, and the areas that they can work (§8)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from contacts.actions.teams import checked_week
from contacts.admin_log import record_change
from contacts.models import User
from contacts.models.people import CARE_ROLES
from contacts.permissions import require_manager
from core import current_time
from core.errors import Refused
from routing.models import WorkPattern


@transaction.atomic
def set_work_pattern(
    person: User,
    *,
    by: User,
    week: dict[str, Any] | None = None,
    away_until: datetime | None = None,
    skills: Sequence[str] | None = None,
) -> WorkPattern:
    """Save a person's working hours in their own time zone, the end of an absence, and their areas.

    People save their own hours and absence; only managers save skills. None leaves a value
    unchanged, except `away_until`: None ends the absence.
    """
    if person.role not in CARE_ROLES:
        raise Refused("Working hours are kept of Care's own people.")
    if by.pk != person.pk or skills is not None:
        require_manager(by)
    WorkPattern.objects.get_or_create(person=person)
    held = WorkPattern.objects.select_for_update(no_key=True).get(person=person)
    before = _pattern_snapshot(held)
    if week is not None:
        held.week = checked_week(week, person.zone)
    if away_until is not None and away_until <= current_time.now():
        raise Refused("Say an instant that is still to come until which you are away.")
    held.away_until = away_until
    if skills is not None:
        held.skills = sorted(set(skills))
    held.save()
    record_change(
        by=by,
        kind="working hours",
        key=person.pk,
        name=person.name,
        before=before,
        after=_pattern_snapshot(held),
    )
    return held


def _pattern_snapshot(pattern: WorkPattern) -> dict[str, Any]:
    return {"week": pattern.week, "skills": pattern.skills, "away_until": pattern.away_until}
