"""Assignment of new cases to a team and to an analyst at work; a Critical case never waits (§6, §8,
§10).

A row is saved at filing, and a task assigns the case after commit. A sweep finds what a crash left,
and retries cases for which nobody was at work. Lock order: the case, its assignment job, the team.
"""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from cases import actions
from cases.choices import CaseKind, CaseState, EventType, Severity
from cases.events import DetailsCorrected, EventData, SeveritySet
from cases.models import Area, Case, CaseEvent
from contacts.models import Assignment, Team, User
from core import current_time
from core.tenancy import care_scope
from routing import alerts, availability
from routing.availability import Worker
from routing.models import AssignmentJob, TeamTurn

logger = logging.getLogger(__name__)

WHY = {Assignment.ROUND_ROBIN: "in turn", Assignment.LEAST_LOADED: "with the fewest open cases"}
AGAIN = timedelta(minutes=15)  # how often a case for which nobody was at work is tried again
OUTSIDE, NOBODY = "outside working hours", "nobody is at work"


def assign_new_case(*, event: CaseEvent, **kwargs: Any) -> None:
    """Queue the assignment of a case that was filed, became Critical, or has another area.

    Changes rows only; a task does the rest.
    """
    case, data = event.case, event.data
    raised = isinstance(data, SeveritySet) and data.after == Severity.CRITICAL
    rerouted = _leads_elsewhere(case, data)
    is_new = event.verb == EventType.FILED and case.kind == CaseKind.PROBLEM
    if not (raised or rerouted or is_new):
        return
    if current_time.is_replaying() or case.is_historical:
        return
    AssignmentJob.objects.bulk_create(
        [
            AssignmentJob(
                organisation_id=case.organisation_id,
                case=case,
                look_at=event.at,
                raised=raised,
                rerouted=rerouted,
            )
        ],
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=["look_at", "raised", "rerouted"],
    )
    transaction.on_commit(partial(_soon, case.pk))


def _leads_elsewhere(case: Case, data: EventData) -> bool:
    """Whether a corrected area leads an unassigned case to another team (§8)."""
    is_corrected = isinstance(data, DetailsCorrected) and data.area_after is not None
    is_waiting = case.assignee_id is None and case.state in (CaseState.NEW, CaseState.IN_PROGRESS)
    return is_corrected and is_waiting and case.kind == CaseKind.PROBLEM


def _soon(case_id: int) -> None:
    from routing.tasks import assign_case

    try:
        assign_case.delay(case_id)
    except Exception:
        logger.warning("The broker is away: case %s waits for the sweep to be placed.", case_id)


def assign_waiting(limit: int = 200) -> int:
    """Assign the cases that are due, each in its own transaction; a failure does not stop the
    others.

    Returns how many were due.
    """
    now = current_time.now()
    with care_scope():
        due = AssignmentJob.objects.filter(look_at__lte=now).order_by("look_at", "id")
        keys = list(due.values_list("case_id", flat=True)[:limit])
    for key in keys:
        try:
            assign(key)
        except Exception:
            logger.exception("case %s could not be placed", key)
            with care_scope():
                AssignmentJob.objects.filter(case_id=key, look_at__lte=now).update(
                    look_at=now + alerts.STEP_OVER
                )
    return len(keys)


def assign(case_id: int) -> None:
    """Assign a case to its team and to an analyst at work; alert the person on call where it must
    not wait.

    Idempotent, and safe to run concurrently.
    """
    with care_scope(), transaction.atomic():
        case = Case.objects.locked(case_id)
        waiting = AssignmentJob.objects.select_for_update(no_key=True).filter(
            case=case, look_at__lte=current_time.now()
        )
        row = waiting.first()
        if row is None:
            return
        waits = case.is_open and _place(case, raised=row.raised, rerouted=row.rerouted)
        row.look_at = current_time.now() + AGAIN if waits else None
        row.raised = row.rerouted = False
        row.save(update_fields=["look_at", "raised", "rerouted"])


def _place(case: Case, *, raised: bool, rerouted: bool) -> bool:
    """Assign the case as far as possible. Returns whether it waits in the team's queue for an
    analyst.
    """
    now, area = current_time.now(), _key_of(case.area)
    was_taken = case.assignee_id is not None
    by_area = availability.team_for(area) if rerouted or case.team is None else None
    team = by_area or case.team
    here = availability.at_work(team, now, area) if team is not None else []
    if team is not None and not was_taken:
        to = _choose(team, here)
        if to is not None or case.team_id != team.pk:
            why = WHY[Assignment(team.assignment)] if to else ""
            case = actions.assign(case, by=User.objects.system(), to=to, team=team, reason=why).case
    if case.is_critical and (raised or not was_taken):
        why = _why_page(case, team, here)
        if why:
            alerts.open_alert(case, team_id=team.pk if team else None, why=why)
    is_free = case.assignee_id is None and case.state == CaseState.NEW and not case.is_critical
    return is_free and team is not None and team.assignment != Assignment.OFF


def _key_of(area: str) -> str:
    """The key of a case's area. A case stores the name; teams and skills hold keys."""
    keys = (
        Area.objects.filter(Q(name=area) | Q(key=area)).values_list("key", flat=True)
        if area
        else None
    )
    return (keys.first() or "") if keys is not None else ""


def _choose(team: Team, here: list[Worker]) -> User | None:
    """The analyst whose turn it is among those at work.

    The team's row is locked, so that concurrent cases go to different analysts.
    """
    people = {worker.person.pk: worker.person for worker in here if worker.is_assigned_cases}
    if not people or team.assignment == Assignment.OFF:
        return None
    held = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    turns = dict(
        TeamTurn.objects.filter(team=held, person__in=people).values_list("person_id", "number")
    )
    load: dict[int, int] = {}
    if held.assignment == Assignment.LEAST_LOADED:
        counted = (
            Case.objects.being_worked()
            .filter(assignee__in=people)
            .values("assignee")
            .annotate(open=Count("pk"))
        )
        load = dict(counted.values_list("assignee", "open"))
    chosen = min(people, key=lambda pk: (load.get(pk, 0), turns.get(pk, 0), pk))
    held.turns += 1
    held.save(update_fields=["turns"])
    TeamTurn.objects.update_or_create(team=held, person_id=chosen, defaults={"number": held.turns})
    return people[chosen]


def _why_page(case: Case, team: Team | None, here: list[Worker]) -> str:
    """Why a Critical case needs the person on call: nobody is at work who could take it now."""
    now: Any = current_time.now()
    if team is not None and not availability.is_open(team, now):
        return OUTSIDE
    if here:
        return ""
    if case.assignee is not None:
        pattern = getattr(case.assignee, "work_pattern", None)
        if Worker(case.assignee, pattern, team.hours if team else None).is_at_work(now):
            return ""
    return NOBODY
