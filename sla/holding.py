"""Holds: how long the policy lets the contact's time stand still, and what ends a hold (§13)."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cases import actions
from cases.actions.context import ActionContext
from cases.choices import EventType, Severity
from cases.events import SeveritySet
from cases.facts import CaseFacts, facts_of
from cases.models import Case, CaseEvent
from contacts.models import User
from core import current_time
from core.errors import Refused
from sla import calendars
from sla.models import CaseTerms, QueueEntry
from sla.receivers import terms_of

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
            _end_hold_after(event.case, Case.objects.locked(key))


def _end_hold_after(resolved: Case, case: Case) -> None:
    """End the hold of a case that is locked now. Before, its contact may have answered, or it may
    have got another hold; neither may refuse the resolution of the other case.
    """
    hold = facts_of(case).hold
    if case.is_open and hold is not None and hold.after == resolved.code:
        actions.end_hold(case, by=User.objects.system())
