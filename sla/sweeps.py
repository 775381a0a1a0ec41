"""The sweeps: they look only at clocks whose time has come and take their due steps (§10, §13).

Reminders, warnings and breaches change no case. They are taken a batch to a transaction, in a fixed
number of statements. What changes a case is an action, one case to a transaction; one bad row stops
no other. A sweep may run twice, concurrently, late, or after days of downtime: it skips rows that
another sweep holds and never takes a step twice. After downtime each clock announces its latest
step and its breach (§14), not the backlog.
"""

import json
import logging
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation

from cases import actions
from cases.choices import CaseState, Severity
from cases.files import staging
from cases.models import Case, CaseUpdate, Notification
from cases.models.case import case_code
from cases.notifications import outgoing, texts
from contacts.models import User
from contacts.notification_preferences import NotificationKind
from core import current_time
from core.errors import Refused
from core.tenancy import care_scope
from sla import auto_closure, due_steps, escalation
from sla.auto_closure import NotYet
from sla.due_steps import ANNOUNCE, CLOSE, END_HOLD, DueStep, Step, StepKind
from sla.escalation import Directory, EscalationRecipient
from sla.models import Clock, ClockFact, FactKind, QueueEntry
from sla.models.clock import ClockKindChoices

logger = logging.getLogger(__name__)

STEP_OVER = timedelta(hours=1)  # how long a clock that could not be handled is left alone
LOOK_AGAIN = timedelta(minutes=10)  # how often a closure that waits for its notice is tried
PATIENCE = timedelta(hours=1)  # how long it may wait before the event log says so
FACTS = {
    StepKind.WARN: FactKind.WARNED,
    StepKind.REMIND: FactKind.REMINDED,
    StepKind.BREACH: FactKind.BREACHED,
}


def check_clocks(limit: int = 1000) -> int:
    """Do what is due now, at most `limit` clocks. Returns how many clocks were due."""
    number, acting = _take_due_steps(limit)
    for clock, case in acting:
        try:
            _act_on(clock, case)
        except Exception:
            logger.exception("clock %s could not be checked", clock)
            _look_again(clock, timezone.now() + STEP_OVER)
    return number


# --- Steps that change no case, by the batch


@dataclass(frozen=True, slots=True)
class DueClock:
    """A clock whose time has come, with what its case says; the columns of `DUE` in their order."""

    id: int
    organisation_id: int
    case_id: int
    kind: str
    severity: int
    due_at: datetime | None
    breaches_at: datetime | None
    due_steps: Any
    done: list[str]
    number: int
    title: str
    state: str
    contact_id: int
    assignee_id: int | None
    next_step: str
    policy_version_id: int
    team_id: int | None
    ordinal: int

    @property
    def steps(self) -> list[Step]:
        """What is still to do, in order of time."""
        rows = self.due_steps
        return due_steps.loaded(json.loads(rows) if isinstance(rows, str) else rows)

    @property
    def changes_case(self) -> bool:
        """Whether its next step is left to an action on the case."""
        return DueStep.parse(self.next_step).changes_case


# The case is locked, so that no action is under way on it, and the clock, so that it is read as the
# last action left it. NO KEY: other rows may still refer to them.
DUE = """
    SELECT c.id, c.organisation_id, c.case_id, c.kind, c.severity, c.due_at, c.breaches_at,
        c.due_steps, c.done, k.number, k.title, k.state, k.contact_id, k.assignee_id, c.next_step,
        c.policy_version_id, k.team_id, c.ordinal
    FROM sla_clock c JOIN cases_case k ON k.id = c.case_id
    WHERE c.check_at <= %s
    ORDER BY c.check_at, c.id LIMIT %s
    FOR NO KEY UPDATE OF k, c SKIP LOCKED
"""


@dataclass(slots=True)
class FactRow:
    """A row of `sla_clockfact`."""

    organisation_id: int
    case_id: int
    clock_id: int
    kind: str
    step: str
    severity: int
    at: datetime | None
    due_at: datetime | None
    notified: list[str]


@dataclass(slots=True)
class ClockRow:
    """What changes on a row of `sla_clock`."""

    id: int
    due_steps: list[list[str]]
    done: list[str]
    next_step: str
    check_at: datetime | None


@dataclass(slots=True)
class NotificationRow:
    """A row of `cases_notification`."""

    organisation_id: int
    case_id: int
    recipient_id: int
    key: str
    address: str
    subject: str
    text: str
    channel: str
    kind: str
    next_attempt_at: datetime


@dataclass(frozen=True, slots=True)
class Repeated:
    """What reminders repeat: the question of each case, and the files that a person uploaded to it
    and did not send, by (case, person).
    """

    questions: dict[int, CaseUpdate] = field(default_factory=dict)
    unsent: dict[tuple[int, int], list[str]] = field(default_factory=dict)

    def shown(self, case_id: int, recipient: EscalationRecipient | User) -> str:
        """The question and the unsent files as the recipient of a reminder reads them."""
        parts = []
        with translation.override(recipient.language):
            if question := self.questions.get(case_id):
                parts.append(texts.quote(question.by.name, question.at, question.text, recipient))
            if names := self.unsent.get((case_id, recipient.pk)):
                parts.append(texts.unsent_files(names))
        return "".join(f"\n\n{part}" for part in parts)


def _repeated(waiting: list[int]) -> Repeated:
    """Two statements for the waiting cases of a batch, none for a batch without them."""
    if not waiting:
        return Repeated()
    return Repeated(outgoing.open_questions(waiting), staging.unsent(waiting))


# Until when cases are on hold, and the case that ends the hold earlier.
Holds = dict[int, tuple[datetime, str | None]]
CONTACTS_TURN = (CaseState.WAITING_ON_CONTACT, CaseState.RESOLUTION_PROPOSED)


def _holds(case_ids: list[int]) -> Holds:
    """The holds of these cases. One statement, none without cases."""
    entries = QueueEntry.objects.filter(case__in=case_ids, on_hold_until__isnull=False)
    rows = entries.values_list("case_id", "on_hold_until", "hold_ends_with")
    return {
        pk: (until, case_code(number) if number else None)
        for pk, until, number in rows
        if until is not None
    }


@dataclass
class Batch:
    """What one transaction writes."""

    facts: list[FactRow] = field(default_factory=list)
    clocks: list[ClockRow] = field(default_factory=list)
    notifications: list[NotificationRow] = field(default_factory=list)
    repeated: Repeated = field(default_factory=Repeated)
    holds: "Holds" = field(default_factory=dict)


def _take_due_steps(limit: int) -> tuple[int, list[tuple[int, int]]]:
    """Take the steps that change no case. Returns how many clocks were due, and (clock, case) of
    those to act on.
    """
    now = current_time.now()
    with care_scope(), connection.cursor() as cursor:
        cursor.execute(DUE, [now, limit])
        clocks = [DueClock(*row) for row in cursor.fetchall()]
        acting = [(clock.id, clock.case_id) for clock in clocks if clock.changes_case]
        passive = [clock for clock in clocks if not clock.changes_case]
        if not passive:
            return len(clocks), acting
        directory = escalation.read_directory(
            {clock.contact_id for clock in passive}
            | {clock.assignee_id for clock in passive if clock.assignee_id},
            {clock.team_id for clock in passive if clock.team_id},
            now,
        )
        waiting = [one.case_id for one in passive if one.kind == ClockKindChoices.CUSTOMER_RESPONSE]
        turned = [one.case_id for one in passive if one.state in CONTACTS_TURN]
        batch = Batch(repeated=_repeated(waiting), holds=_holds(turned))
        for clock in passive:
            if _take_steps(clock, now, directory, batch):
                acting.append((clock.id, clock.case_id))  # noqa: PERF401 (the batch grows with it)
        written = _write(cursor, batch, now)
        if written:
            transaction.on_commit(partial(outgoing.send_soon, written[:200]))
    return len(clocks), acting


def _take_steps(clock: DueClock, now: datetime, directory: Directory, batch: Batch) -> bool:
    """Take a clock's steps that are due; announce the latest of them, and its breach.

    Returns whether the next step is due too and changes the case.
    """
    steps = clock.steps
    passed = [step for step in steps if step[1] <= now]
    latest = passed[-1] if passed and not passed[-1][0].changes_case else None
    breach = next((step for step in passed if step[0].kind is StepKind.BREACH), None)
    for step, at in dict.fromkeys(one for one in (latest, breach) if one):
        recipients, names = recipients_of(step, clock, directory)
        batch.facts.append(
            FactRow(
                organisation_id=clock.organisation_id,
                case_id=clock.case_id,
                clock_id=clock.id,
                kind=FACTS[step.kind],
                step=step.fact_name,
                severity=clock.severity,
                at=clock.breaches_at if step.kind is StepKind.BREACH else at,
                due_at=clock.due_at,
                notified=names,
            )
        )
        batch.notifications += [
            _notification(clock, step, recipient, now, batch) for recipient in recipients
        ]
    left = [step for step in steps if step not in passed or step[0].changes_case]
    taken = [str(step) for step, _ in passed if not step.changes_case]
    batch.clocks.append(
        ClockRow(
            id=clock.id,
            due_steps=due_steps.stored(left),
            done=[*clock.done, *taken],
            next_step=str(left[0][0]) if left else "",
            check_at=left[0][1] if left else None,
        )
    )
    return bool(left) and left[0][1] <= now and left[0][0].changes_case


def recipients_of(
    step: DueStep, clock: DueClock, directory: Directory
) -> tuple[list[EscalationRecipient], list[str]]:
    """Who is notified of a step: the contact of a reminder, otherwise the escalation policy's level
    (§10); and their names as the event log says them.
    """
    if step.kind is StepKind.REMIND:
        contact = directory.named.get(clock.contact_id)
        return ([contact], [contact.name]) if contact else ([], [])
    return escalation.recipients(
        step,
        version=clock.policy_version_id,
        assignee=clock.assignee_id,
        team=clock.team_id,
        directory=directory,
    )


def _notification(
    clock: DueClock,
    step: DueStep,
    recipient: EscalationRecipient,
    now: datetime,
    batch: Batch,
) -> NotificationRow:
    subject, text = _written(clock, step, recipient, now, batch)
    is_reminder = step.kind is StepKind.REMIND
    kind = NotificationKind.TURN if is_reminder else NotificationKind.PROMISE
    channel, send_at = recipient.preferences.delivery(
        kind, is_critical=clock.severity == Severity.CRITICAL, now=now
    )
    return NotificationRow(
        organisation_id=clock.organisation_id,
        case_id=clock.case_id,
        recipient_id=recipient.pk,
        key=f"clock:{clock.id}:{step}",
        address=recipient.address,
        subject=subject,
        text=text,
        channel=channel,
        kind=str(kind),
        next_attempt_at=send_at,
    )


def _written(
    clock: DueClock,
    step: DueStep,
    recipient: EscalationRecipient | User,
    now: datetime,
    batch: Batch,
) -> tuple[str, str]:
    """Subject and text of the notification of a step, as they are true `now`."""
    code, hold = case_code(clock.number), batch.holds.get(clock.case_id)
    subject, text = texts.of_clock(
        recipient.language,
        step.fact_name,
        clock.kind,
        clock.state,
        recipient.is_care,
        is_again=clock.ordinal > 1,
        is_past=clock.due_at is not None and clock.due_at <= now,
        is_held=hold is not None,
    )
    is_reminder = step.kind is StepKind.REMIND
    values = {
        "code": code,
        "due": _due_text(clock.due_at, recipient),
        "question": batch.repeated.shown(clock.case_id, recipient) if is_reminder else "",
        "turn": _hold_text(hold, recipient) if hold else "",
        "name": recipient.name,
        "title": clock.title,
        "link": f"{settings.BASE_URL}/{'console' if recipient.is_care else 'portal'}/cases/{code}/",
    }
    return texts.subject_of(code, subject.format(**values)), text.format(**values)


def write_notification(notice: Notification, now: datetime) -> tuple[str, str] | None:
    """The notification of a clock's step that goes out late, as it is true now. None for others."""
    prefix, _colon, rest = notice.key.partition(":")
    pk, _colon, step = rest.partition(":")
    if prefix != "clock" or not pk.isdigit():
        return None
    row = Clock.objects.select_related("case").filter(pk=int(pk)).first()
    if row is None or row.case is None:
        return None
    due_step, case = DueStep.parse(step), row.case
    clock = DueClock(
        id=row.pk,
        organisation_id=row.organisation_id,
        case_id=case.pk,
        kind=row.kind,
        severity=row.severity or case.severity,
        due_at=row.due_at,
        breaches_at=row.breaches_at,
        due_steps=row.due_steps,
        done=row.done,
        number=case.number,
        title=case.title,
        state=case.state,
        contact_id=case.contact_id,
        assignee_id=case.assignee_id,
        next_step=row.next_step,
        policy_version_id=row.policy_version_id,
        team_id=case.team_id,
        ordinal=row.ordinal,
    )
    batch = Batch(repeated=_repeated([case.pk]), holds=_holds([case.pk]))
    return _written(clock, due_step, notice.recipient, now, batch)


def _hold_text(hold: tuple[datetime, str | None], recipient: EscalationRecipient | User) -> str:
    with translation.override(recipient.language):
        return texts.on_hold(*hold, recipient)


def _due_text(due_at: datetime | None, recipient: EscalationRecipient | User) -> str:
    if due_at is None:
        return texts.soon(recipient.language)
    if recipient.language == "en":  # nearly everybody: no language to switch to
        return f"{due_at.astimezone(ZoneInfo(recipient.zone)):%a %d %b %Y %H:%M} ({recipient.zone})"
    with translation.override(recipient.language):
        return texts.instant(due_at, recipient.zone, short=True)


# Rows go to the server as one JSON text: a tenth of the cost of as many arrays (`bench sweep`).
FACT = """organisation_id bigint, case_id bigint, clock_id bigint, kind text, step text,
    severity smallint, at timestamptz, due_at timestamptz, notified jsonb"""
CLOCK = "id bigint, due_steps jsonb, done jsonb, next_step text, check_at timestamptz"
NOTIFICATION = """organisation_id bigint, case_id bigint, recipient_id bigint, key text,
    address text, subject text, text text, channel text, kind text, next_attempt_at timestamptz"""


def _write(cursor: Any, batch: Batch, now: datetime) -> list[int]:
    """Three statements for a batch of any size. Returns the keys of the notifications."""
    if batch.facts:
        cursor.execute(
            f"""INSERT INTO sla_clockfact
                    (organisation_id, case_id, clock_id, kind, step, severity, at, due_at, notified,
                        recorded_at)
                SELECT v.*, %s FROM json_to_recordset(%s) AS v ({FACT}) ON CONFLICT DO NOTHING""",  # noqa: S608
            [now, _as_json(batch.facts)],
        )
    cursor.execute(
        f"""UPDATE sla_clock c SET due_steps = v.due_steps, next_step = v.next_step,
                check_at = v.check_at, done = ARRAY(SELECT jsonb_array_elements_text(v.done))
            FROM json_to_recordset(%s) AS v ({CLOCK}) WHERE c.id = v.id""",  # noqa: S608
        [_as_json(batch.clocks)],
    )
    if not batch.notifications:
        return []
    cursor.execute(
        f"""INSERT INTO cases_notification
                (organisation_id, case_id, recipient_id, key, address, subject, text, channel, kind,
                    next_attempt_at, state, sent_at, created_at, attempts, provider_id, last_error)
            SELECT v.*, CASE WHEN v.channel = 'portal' THEN 'sent' ELSE 'queued' END,
                   CASE WHEN v.channel = 'portal' THEN %s::timestamptz END, %s, 0, '', ''
            FROM json_to_recordset(%s) AS v ({NOTIFICATION})
            ON CONFLICT DO NOTHING RETURNING id""",  # noqa: S608
        [now, now, _as_json(batch.notifications)],
    )
    return [key for (key,) in cursor.fetchall()]


def _as_json(rows: list[Any]) -> str:
    names = [column.name for column in fields(rows[0])]
    return json.dumps(
        [{name: getattr(row, name) for name in names} for row in rows], default=datetime.isoformat
    )


# --- Steps that change a case: one action, one transaction each


def _act_on(clock_id: int, case_id: int) -> None:
    """Read the clock again under its case's lock, then announce, close or end the hold.
    Idempotent.
    """
    with care_scope(), transaction.atomic():
        case = Case.objects.locked(case_id)
        clock = Clock.objects.select_for_update(no_key=True).get(pk=clock_id)
        if clock.check_at is None or clock.check_at > current_time.now():
            return
        if clock.next_step == str(ANNOUNCE) and case.state == CaseState.WAITING_ON_CONTACT:
            auto_closure.announce(case)
        elif clock.next_step == str(END_HOLD):
            actions.end_hold(case, by=User.objects.system())
        elif clock.next_step == str(CLOSE):
            refusal = auto_closure.close_if_allowed(case)
            if refusal is not None:
                _hold(clock, case, refusal)


def _hold(clock: Clock, case: Case, refusal: Refused) -> None:
    """Try again: when a late notice has run its period, soon while one is unsent, hourly once that
    was recorded.
    """
    now = current_time.now()
    due = next((at for step, at in due_steps.loaded(clock.due_steps) if step == CLOSE), now)
    if isinstance(refusal, NotYet) and refusal.allowed_at is not None:
        look_at = refusal.allowed_at
    elif isinstance(refusal, NotYet) and now < due + PATIENCE:
        look_at = now + LOOK_AGAIN
    else:
        _record_hold(clock, case, refusal.reason, now)
        look_at = now + STEP_OVER
    _look_again(clock.pk, look_at)


def _record_hold(clock: Clock, case: Case, why: str, now: datetime) -> None:
    """Record once for each clock that a closure is due and waits, and for what (§12, §13)."""
    if clock.facts.filter(step="held").exists():
        return
    ClockFact.objects.create(
        organisation_id=clock.organisation_id,
        case=case,
        clock=clock,
        kind=FactKind.HELD,
        step="held",
        severity=case.severity,
        at=now,
        due_at=clock.due_at,
        recorded_at=now,
    )
    actions.hold_closure(case, by=User.objects.system(), why=why)


def _look_again(clock_id: int, at: datetime) -> None:
    with care_scope():
        Clock.objects.filter(pk=clock_id, check_at__isnull=False).update(check_at=at)
