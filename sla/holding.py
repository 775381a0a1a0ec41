"""Holds: how long the policy lets the contact's time stand still, and what ends a hold (§13)."""

import logging
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from cases import actions
from cases.actions.context import ActionContext
from cases.choices import CaseState, EventType, Severity
from cases.events import SeveritySet
from cases.facts import CaseFacts, facts_of
from cases.models import Case, CaseEvent
from cases.models.case import case_code
from contacts.models import User
from core import current_time
from core.errors import Refused
from core.tenancy import care_scope
from sla import calendars
from sla.models import CaseTerms, QueueEntry
from sla.receivers import terms_of

logger = logging.getLogger(__name__)
RESOLVED = frozenset({EventType.RESOLUTION_PROPOSED, EventType.CLOSED})


def latest_end(case: Case, facts: CaseFacts | None = None) -> datetime | None:
    """The latest instant until which the case can be on hold; None where its policy allows none.

    The policy's business days count from the first hold of this wait, so that one hold after
    another does not make it longer.
    """
    terms = terms_of(case)
    if terms is None:
        return None
    version = calendars.version_of(terms.policy_version_id)
    if version.longest_hold_days == 0:
        return None
    start = (facts or facts_of(case)).held_since or current_time.now()
    seconds = version.longest_hold_days * version.hours_per_business_day * 3600
    return calendars.calendar_of(terms.calendar_version_id).after(start, seconds)


def end_on(case: Case, day: date) -> datetime:
    """When a hold until this day ends: as the customer's business begins on it, or on the next
    business day.
    """
    calendar = calendars.calendar_of(CaseTerms.objects.get(case=case).calendar_version_id)
    midnight = datetime.combine(day, time(), ZoneInfo(case.site.hours.zone))
    second = calendar.after(midnight, 1)
    assert second is not None  # nothing pauses it
    return second - timedelta(seconds=1)


def allowed_end_on(case: Case, day: date) -> datetime:
    """When a hold until this day ends. Refused for a day that is over or beyond the policy's
    longest hold, because calendars reach only some centuries.
    """
    zone = ZoneInfo(case.site.hours.zone)
    if day < current_time.now().astimezone(zone).date():
        raise Refused("The hold must end in the future.")
    latest = latest_end(case)
    if latest is not None and day > latest.astimezone(zone).date():
        raise _too_long(latest, case)
    return end_on(case, day)


def object_to_hold(
    *,
    case: Case,
    verb: EventType,
    hold_until: datetime | None = None,
    context: ActionContext | None = None,
    **kwargs: Any,
) -> None:
    """Refuse a hold that the policy of the case does not allow, or not for so long."""
    if verb != EventType.ON_HOLD or current_time.is_replaying():
        return
    latest = latest_end(case, context.facts if context else None)
    if latest is None:
        raise Refused("The policy of this case allows no hold.")
    if latest <= current_time.now():
        raise Refused("The case was on hold for as long as its policy allows.")
    if hold_until is not None and hold_until > latest:
        raise _too_long(latest, case)


def _too_long(latest: datetime, case: Case) -> Refused:
    zone = case.site.hours.zone
    return Refused(
        "The policy of this case allows a hold until {at} at the latest.",
        at=f"{latest.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})",
    )


def follow_case(*, event: CaseEvent, **kwargs: Any) -> None:
    """End the holds that this event ends: of a case that became Critical, and of the cases that
    waited for this one to be resolved.
    """
    if event.case.is_historical or current_time.is_replaying():
        return
    data = event.data
    if isinstance(data, SeveritySet) and data.after == Severity.CRITICAL:
        if facts_of(event.case).hold is not None:
            actions.end_hold(event.case, by=User.objects.system())
    elif event.verb in RESOLVED:
        waiting = QueueEntry.objects.filter(
            organisation_id=event.organisation_id, hold_ends_with=event.case.number
        )
        for key in waiting.order_by("case_id").values_list("case_id", flat=True):
            _end_hold_after(event.case, key)


def _end_hold_after(resolved: Case, key: int) -> None:
    """End the hold of a case, unless it ended meanwhile: that never refuses the resolution.

    A case that somebody else has locked is left to the sweep, because cases are locked in the order
    of their keys, and the resolved one is locked already.
    """
    rows = Case.objects.select_for_update(of=("self",), skip_locked=True)
    case = rows.select_related("organisation").filter(pk=key).first()
    hold = facts_of(case).hold if case is not None else None
    if case is not None and hold is not None and hold.after == resolved.code:
        actions.end_hold(case, by=User.objects.system())


def end_left_behind(limit: int = 100) -> int:
    """End the holds of cases that somebody had locked while the awaited case was resolved. Returns
    how many there were. Idempotent.
    """
    with care_scope():
        resolved = Case.objects.filter(
            organisation=OuterRef("organisation"), number=OuterRef("hold_ends_with")
        ).filter(state__in=(CaseState.RESOLUTION_PROPOSED, CaseState.CLOSED))
        waiting = QueueEntry.objects.filter(
            Exists(resolved), is_historical=False, hold_ends_with__isnull=False
        )
        pairs = list(waiting.values_list("case_id", "hold_ends_with")[:limit])
    for key, number in pairs:
        try:
            with care_scope(), transaction.atomic():
                case = Case.objects.locked(key)
                hold = facts_of(case).hold
                if hold is not None and number and hold.after == case_code(number):
                    actions.end_hold(case, by=User.objects.system())
        except Exception:  # the hold ends at its time at the latest
            logger.exception("the hold of case %s could not be ended", key)
    return len(pairs)
