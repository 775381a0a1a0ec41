"""On-call alerts: who is on call, the next person, a manager, then every manager; and drills (§6,
§10).

Each level is a row before it is a message, with its own deadline; a periodic sweep escalates what
is due. Lock order: the case, then its alert. Events of the case end an alert, so assigning or
replying acknowledges it too.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction

from cases import actions
from cases.choices import EventType, Severity
from cases.events import SeveritySet
from cases.models import Case, CaseEvent
from contacts import admin_log
from contacts.models import User
from contacts.permissions import require_care, require_manager
from core import current_time
from core.errors import Refused
from core.tenancy import care_scope
from routing import alert_messages, on_call
from routing.models import Alert, AlertLevel, AlertState, AlertStep, OnCallRota
from routing.on_call import Rota

logger = logging.getLogger(__name__)

STEP_OVER = timedelta(minutes=2)  # how long a failed alert or case waits before the next attempt
# Events of a person of Care that show that they attend to the case.
COMES = frozenset(
    {
        EventType.PAGE_ACKNOWLEDGED,
        EventType.TAKEN,
        EventType.ANSWERED,
        EventType.INFORMATION_REQUESTED,
        EventType.CALL_LOGGED,
        EventType.QUESTION_SETTLED,
        EventType.RESTORED,
        EventType.RESOLUTION_PROPOSED,
    }
)


def end_alert(*, event: CaseEvent, **kwargs: Any) -> None:
    """End the alert of a case: a person attends to it, or it needs nobody any more. Changes rows
    only.
    """
    if event.verb in COMES and event.by.is_care:
        ending = {
            "state": AlertState.ACKNOWLEDGED,
            "answered_by": event.by,
            "answered_how": event.verb,
        }
    elif event.verb == EventType.CLOSED or _is_lowered(event):
        ending = {"state": AlertState.CALLED_OFF}
    else:
        return
    waiting = Alert.objects.waiting().filter(
        organisation_id=event.organisation_id, case_id=event.case_id
    )
    waiting.update(next_at=None, ended_at=event.at, **ending)


def _is_lowered(event: CaseEvent) -> bool:
    data = event.data
    return isinstance(data, SeveritySet) and data.after != Severity.CRITICAL


def object_to_acknowledging(*, case: Case, verb: EventType, **kwargs: Any) -> None:
    """Refuse a second acknowledgement, naming the person who came first."""
    if verb != EventType.PAGE_ACKNOWLEDGED or Alert.objects.waiting().filter(case=case).exists():
        return
    last = Alert.objects.filter(case=case).select_related("answered_by").first()
    if last is None or last.answered_by is None:
        raise Refused("Nobody is being paged for this case.")
    raise Refused(f"{last.answered_by.name} is there already: they acknowledged before you.")


def open_alert(case: Case, *, team_id: int | None, why: str) -> Alert | None:
    """Alert the person on call about a case, which the caller has locked.

    None where no rota serves it, or an alert is open.
    """
    now = current_time.now()
    rota = on_call.rota_for(team_id, now)
    if rota is None or Alert.objects.filter(case=case, state=AlertState.OPEN).exists():
        return None
    page = Alert.objects.create(
        organisation_id=case.organisation_id,
        case=case,
        rota=rota.row,
        why=why,
        by=User.objects.system(),
        opened_at=now,
        next_at=now,
    )
    _escalate(page, rota)
    return page


@transaction.atomic
def drill(row: OnCallRota, *, by: User) -> Alert:
    """Alert a rota without a case, marked as a drill; CareTrack records whether and when a person
    acknowledged.
    """
    require_manager(by)
    row = OnCallRota.objects.select_for_update(no_key=True).get(pk=row.pk)
    if not row.is_active:
        raise Refused("The rota is not in use: nobody is paged by it.")
    if Alert.objects.filter(rota=row, is_drill=True, state=AlertState.OPEN).exists():
        raise Refused("A drill of this rota is under way.")
    now = current_time.now()
    page = Alert.objects.create(
        rota=row, is_drill=True, why="a drill", by=by, opened_at=now, next_at=now
    )
    admin_log.record_change(by=by, kind="rota", key=row.pk, name=row.name, verb="drilled")
    _escalate(page, on_call.read([row], now)[0])
    return page


def acknowledge(page: Alert, *, by: User) -> None:
    """Acknowledge an alert: nobody else is alerted (§10).

    For a case this is an action, recorded in its event log.
    """
    require_care(by)
    if page.case is not None:
        actions.acknowledge_page(page.case, by=by)
        return
    with transaction.atomic():
        rows = Alert.objects.select_for_update(no_key=True, of=("self",)).select_related(
            "answered_by"
        )
        held = rows.get(pk=page.pk)
        if not held.is_waiting:
            who = held.answered_by.name if held.answered_by else "Somebody"
            raise Refused(f"{who} acknowledged this drill already.")
        held.state, held.next_at, held.ended_at = AlertState.ACKNOWLEDGED, None, current_time.now()
        held.answered_by, held.answered_how = by, EventType.PAGE_ACKNOWLEDGED
        held.save(update_fields=["state", "next_at", "ended_at", "answered_by", "answered_how"])


def escalate(limit: int = 100) -> int:
    """Alert the next person wherever nobody acknowledged in time; one alert per transaction.
    Returns how many were due.

    Safe to run twice, concurrently or late: an alert that another sweep has locked is skipped, and
    each is checked again under its lock. After downtime the next level gets its full time from now.
    """
    now = current_time.now()
    with care_scope():
        due = Alert.objects.filter(next_at__lte=now).order_by("next_at", "id")
        keys = list(due.values_list("pk", "case_id")[:limit])
    for key, case_id in keys:
        try:
            with care_scope(), transaction.atomic():
                _climb_held(key, case_id)
        except Exception:
            logger.exception("page %s could not be climbed", key)
            with care_scope():
                Alert.objects.filter(pk=key, next_at__lte=now).update(next_at=now + STEP_OVER)
    return len(keys)


def _climb_held(key: int, case_id: int | None) -> None:
    case = (
        Case.objects.select_for_update(skip_locked=True)
        .filter(pk=case_id)
        .values_list("pk", flat=True)
    )
    if case_id is not None and not list(case):
        return  # an action has locked it: perhaps a person is attending to it
    held = Alert.objects.select_for_update(
        skip_locked=True, no_key=True, of=("self",)
    ).select_related("rota__manager")
    page = held.filter(pk=key, next_at__lte=current_time.now()).first()
    if page is not None:
        _escalate(page, on_call.read([page.rota], current_time.now())[0])


def _escalate(page: Alert, rota: Rota) -> None:
    """Begin the next level: its row, its messages and its event."""
    now, system = current_time.now(), User.objects.system()
    steps = list(page.steps.all())
    level, person = _next(rota, steps)
    until = None if level == AlertLevel.EVERYONE else now + timedelta(minutes=rota.row.minutes)
    step = AlertStep.objects.create(
        organisation_id=page.organisation_id,
        page=page,
        number=len(steps) + 1,
        level=level,
        recipient=person,
        at=now,
        until=until,
    )
    page.next_at = until
    if person is None or until is None:
        recipients = on_call.managers()
        page.state, page.ended_at = AlertState.RAN_OUT, now
        if page.case is not None:
            actions.pages_ran_out(
                page.case, by=system, recipients=[manager.name for manager in recipients]
            )
        if page.is_drill:  # nothing is wrong: who started it learns that nobody heard
            recipients = [page.by] if page.by is not None else []
        alert_messages.write(page, step, rota.row, recipients)
    else:
        if page.case is not None:
            why = page.why if level == AlertLevel.ON_CALL else str(AlertLevel(level).label)
            actions.page_on_call(
                page.case, by=system, to=person, step=step.number, until=until, why=why
            )
        alert_messages.write(page, step, rota.row, [person])
    page.save(update_fields=["next_at", "state", "ended_at"])


def _next(rota: Rota, steps: list[AlertStep]) -> tuple[AlertLevel, User | None]:
    """Whom to alert now: the next person of the rota's order, then a manager, then all managers."""
    paged = {step.recipient_id for step in steps}
    person = next((one for one in rota.ladder(current_time.now()) if one.pk not in paged), None)
    if person is not None and not any(step.level == AlertLevel.MANAGER for step in steps):
        return (AlertLevel.NEXT if steps else AlertLevel.ON_CALL), person
    if not any(step.level == AlertLevel.MANAGER for step in steps):
        named = (
            [rota.row.manager]
            if rota.row.manager is not None and rota.row.manager.is_active
            else []
        )
        manager = next((one for one in [*named, *on_call.managers()] if one.pk not in paged), None)
        if manager is not None:
            return AlertLevel.MANAGER, manager
    return AlertLevel.EVERYONE, None
