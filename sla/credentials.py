"""The credential clock (§1): what is promised to an applicant, as a row like any other, and its
sweep.

Folded from the event log of people, as a case's clocks are from the case's. Policy and calendar are
those of the moment the form was submitted, and stay on the clock's row.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from contacts import emails
from contacts.email_texts import EmailKind
from contacts.models import DesignatedContact, PeopleEvent, PeopleEventType, Site
from core import current_time
from core.tenancy import care_scope
from sla import calendars, due_steps, policy_selection
from sla.clocks import TO_DO, record_breaches, values_of
from sla.due_steps import DueStep, StepKind
from sla.models import Clock, ClockFact, FactKind, PolicyVersion
from sla.models.clock import ClockKindChoices
from sla.timeline import ClockState, CredentialEvent, fold_credentials

EFFECTS = {
    PeopleEventType.FORM_SUBMITTED: CredentialEvent.SUBMITTED,
    PeopleEventType.ASKED_BACK: CredentialEvent.ASKED_BACK,
    PeopleEventType.ANSWERED_BACK: CredentialEvent.ANSWERED_BACK,
    PeopleEventType.APPROVED: CredentialEvent.DECIDED,
    PeopleEventType.DECLINED: CredentialEvent.DECIDED,
    PeopleEventType.ACCESS_ENDED: CredentialEvent.DROPPED,
}
HOUR = 3600


def sync_clocks(*, event: PeopleEvent, **kwargs: Any) -> None:
    """Fold an applicant's clocks again after something happened to their application."""
    if PeopleEventType(event.verb) not in EFFECTS or event.about_id is None:
        return
    designation = (
        DesignatedContact.objects.filter(user_id=event.about_id).select_related("user").first()
    )
    if designation is not None:
        _write(designation, event.at)


def clock_of(designation: DesignatedContact) -> Clock | None:
    """The clock of the form submitted last, with its calendar; None before there is one."""
    clocks = Clock.objects.to_applicants().filter(designation=designation)
    latest: Clock | None = (
        clocks.select_related("calendar_version__calendar").order_by("-ordinal").first()
    )
    return latest


def _write(designation: DesignatedContact, at: datetime) -> None:
    stored = {clock.ordinal: clock for clock in Clock.objects.filter(designation=designation)}
    changed = []
    for ordinal, state in _project_clocks(designation, stored):
        row = stored.get(ordinal)
        if row is None:
            version, calendar = _pinned(designation, state.started_at)
            row = Clock(
                organisation_id=designation.organisation_id,
                designation=designation,
                kind=ClockKindChoices.CREDENTIAL,
                ordinal=ordinal,
                policy_version=version,
                calendar_version_id=calendar,
            )
        for name, value in (values_of(state, at) | _to_do(state, row)).items():
            setattr(row, name, value)
        row.save()
        changed.append(row)
    record_breaches(changed, at)


def _project_clocks(
    designation: DesignatedContact, stored: dict[int, Clock]
) -> Iterator[tuple[int, ClockState]]:
    """Each of the applicant's clocks as the event log says, under the terms it started with."""
    steps = [
        (at, EFFECTS[PeopleEventType(verb)])
        for at, verb in PeopleEvent.objects.filter(about_id=designation.user_id, verb__in=EFFECTS)
        .order_by("seq")
        .values_list("at", "verb")
    ]
    begun = [at for at, step in steps if step is CredentialEvent.SUBMITTED]
    for ordinal, started_at in enumerate(begun, start=1):
        row = stored.get(ordinal)
        if row is not None:
            version, calendar = calendars.version_of(row.policy_version_id), row.calendar_version_id
        else:
            version, calendar = _pinned(designation, started_at)
        folded = fold_credentials(
            steps, version.credential_hours * HOUR, calendars.calendar_of(calendar)
        )
        yield ordinal, folded[ordinal - 1]


def _pinned(designation: DesignatedContact, at: datetime) -> tuple[PolicyVersion, int]:
    """The terms of an application: the policy in force, and the hours of the applicant's site, the
    main one if none.
    """
    site = (
        designation.user.site
        or Site.objects.filter(organisation_id=designation.organisation_id).first()
    )
    if site is None:
        raise LookupError(
            f"Organisation {designation.organisation_id} has no site: give it one "
            "with a calendar (§9)."
        )
    return policy_selection.version_for(designation.organisation_id, at), site.hours.pk


def _to_do(state: ClockState, row: Clock) -> dict[str, Any]:
    if state.stopped_at is not None:
        return due_steps.columns([])
    steps = due_steps.steps_of(
        state,
        version=calendars.version_of(row.policy_version_id),
        calendar=calendars.calendar_of(row.calendar_version_id),
        rows=[],
        done=row.done,
    )
    return due_steps.columns(steps)


def sweep(limit: int = 200) -> int:
    """Warn Care before an application is late, and write down that it is (§1). Returns how many
    clocks were due.

    Safe to run twice or concurrently: a clock that another sweep holds is skipped, and a step taken
    is never taken again.
    """
    now = current_time.now()
    with care_scope(), transaction.atomic():
        due = (
            Clock.objects.to_applicants()
            .to_check(now)
            .select_for_update(skip_locked=True, no_key=True, of=("self",))
        )
        clocks = list(
            due.select_related("designation__user", "designation__organisation").order_by(
                "check_at"
            )[:limit]
        )
        for clock in clocks:
            _take_steps(clock, now)
    return len(clocks)


def _take_steps(clock: Clock, now: datetime) -> None:
    """Take what is due; after downtime Care is notified of the latest step only."""
    steps = due_steps.loaded(clock.due_steps)
    passed = [step for step in steps if step[1] <= now]
    left = [step for step in steps if step[1] > now]
    if passed:
        step, at = passed[-1]
        is_breach = step.kind is StepKind.BREACH
        ClockFact.objects.bulk_create(
            [
                ClockFact(
                    organisation_id=clock.organisation_id,
                    clock=clock,
                    step=str(step),
                    kind=FactKind.BREACHED if is_breach else FactKind.WARNED,
                    at=clock.breaches_at if is_breach and clock.breaches_at else at,
                    due_at=clock.due_at,
                    recorded_at=now,
                )
            ],
            ignore_conflicts=True,
        )
        _notify_managers(clock, step)
    clock.done = [*clock.done, *(str(step) for step, _ in passed)]
    for name, value in due_steps.columns(left).items():
        setattr(clock, name, value)
    clock.save(update_fields=list(TO_DO))


def _notify_managers(clock: Clock, step: DueStep) -> None:
    designation = clock.designation
    assert designation is not None
    is_breach = step.kind is StepKind.BREACH
    for recipient in emails.managers():
        emails.write(
            EmailKind.APPLICATION_LATE if is_breach else EmailKind.APPLICATION_WARNED,
            organisation_id=clock.organisation_id,
            recipient=recipient,
            key=f"clock:{clock.pk}:{step}",
            who=f"{designation.user.name} of {designation.organisation.name}",
            due=clock.due_at,
            share=str(step.number or ""),
            link=f"{settings.BASE_URL}/console/applications/{designation.pk}/",
        )


def verify() -> Iterator[str]:
    """Fold every application again and name each clock that disagrees. Changes nothing.

    Needs Care's scope.
    """
    wanted = DesignatedContact.objects.filter(submitted_at__isnull=False).select_related(
        "user__site", "organisation"
    )
    for designation in wanted.order_by("pk").iterator(chunk_size=500):
        stored = {clock.ordinal: clock for clock in Clock.objects.filter(designation=designation)}
        name = f"application {designation.pk}"
        for ordinal, state in _project_clocks(designation, dict(stored)):
            row = stored.pop(ordinal, None)
            if row is None:
                yield f"{name}: credential clock {ordinal} is missing."
                continue
            for field, value in values_of(state, row.stopped_at or state.started_at).items():
                if getattr(row, field) != value:
                    yield f"{name}: {field} is {getattr(row, field)}, the event log says {value}."
        for ordinal in stored:
            yield f"{name}: credential clock {ordinal} is not in the event log."
