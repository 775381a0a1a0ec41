"""The sweeps: looking only at clocks whose time has come, and doing what their due steps say (§10,
§13, §14).

Reminders, warnings and breaches change nothing on a case and are handled a batch to a transaction,
in a fixed number of statements. What changes a case's state goes through its verb, one case to a
transaction; one bad row stops no other. Safe to run twice, at once, late, or after three days'
stop: rows held by another sweep are skipped, a step taken is never taken again, and of several
steps missed only the last is told.
"""

import json
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation

from cases import actions
from cases.choices import CaseState, Severity
from cases.models import Case
from cases.models.case import case_code
from cases.notifications import outgoing, texts
from contacts.models import User
from contacts.notification_preferences import NotificationKind as News
from core import current_time
from core.errors import Refused
from core.tenancy import care_scope
from sla import auto_closure, escalation
from sla.auto_closure import NotYet
from sla.due_steps import ANNOUNCE, BREACH, CLOSE, REMIND, WARN
from sla.escalation import Directory, Recipient
from sla.models import Clock, ClockFact, FactKind

logger = logging.getLogger(__name__)

STEP_OVER = timedelta(hours=1)  # how long a clock that could not be handled is left alone
LOOK_AGAIN = timedelta(minutes=10)  # how often a closure that waits for its notice is looked at
PATIENCE = timedelta(hours=1)  # how long it may wait before the journal says so
VERBS = (ANNOUNCE, CLOSE)
FACTS = {WARN: FactKind.WARNED, REMIND: FactKind.REMINDED, BREACH: FactKind.BREACHED}


def check_clocks(limit: int = 1000) -> int:
    """Do what is due now, at most `limit` clocks. Returns how many were looked at."""
    looked_at, acting = _tell(limit)
    for clock, case in acting:
        try:
            _act_on(clock, case)
        except Exception:
            logger.exception("clock %s could not be checked", clock)
            _look_again(clock, timezone.now() + STEP_OVER)
    return looked_at


# --- Steps that change no case: set-wise


@dataclass
class Batch:
    """What one transaction will write."""

    facts: list[tuple[Any, ...]] = field(default_factory=list)
    clocks: list[tuple[Any, ...]] = field(default_factory=list)
    notices: list[tuple[Any, ...]] = field(default_factory=list)


# The case is held, so that no verb is under way on it, and the clock, so that it is read as the
# last verb left it. NO KEY: rows may still point at them.
DUE = """
    SELECT c.id, c.organisation_id, c.case_id, c.kind, c.severity, c.due_at, c.breaches_at,
        c.due_steps,
        c.done,
           k.number, k.title, k.state, k.contact_id, k.assignee_id, c.next_step,
               c.policy_version_id, k.team_id
    FROM sla_clock c JOIN cases_case k ON k.id = c.case_id
    WHERE c.check_at <= %s
    ORDER BY c.check_at, c.id LIMIT %s
    FOR NO KEY UPDATE OF k, c SKIP LOCKED
"""
Due = tuple[Any, ...]


def _tell(limit: int) -> tuple[int, list[tuple[int, int]]]:
    """Take the steps that change no case; returns how many clocks were due, and (clock, case) of
    those to act on.
    """
    now = current_time.now()
    with care_scope(), connection.cursor() as cursor:
        cursor.execute(DUE, [now, limit])
        found = cursor.fetchall()
        acting = [(row[0], row[2]) for row in found if row[14] in VERBS]  # left to their verbs
        due = [row for row in found if row[14] not in VERBS]
        if not due:
            return len(found), acting
        people = escalation.read(
            {row[12] for row in due} | {row[13] for row in due if row[13]},
            {row[16] for row in due if row[16]},
            now,
        )
        batch = Batch()
        for row in due:
            if _take_steps(row, now, people, batch) in VERBS:
                acting.append((row[0], row[2]))  # noqa: PERF401 (the batch grows with it)
        written = _write(cursor, batch, now)
        if written:
            transaction.on_commit(partial(outgoing.send_soon, written[:200]))
    return len(found), acting


def _take_steps(row: Due, now: datetime, people: Directory, batch: Batch) -> str:
    """Take the last of a clock's steps that are due; those before it are past and nobody needs to
    hear of them.

    Returns the step that is due next to it and changes the case, if there is one.
    """
    clock, organisation, case, _, severity, due_at, breaches_at, due_steps, done, *_ = row
    steps = _loaded(due_steps)
    passed = [step for step in steps if step[1] <= now]
    told = passed[-1] if passed and passed[-1][0] not in VERBS else None
    breach = next((step for step in passed if step[0].startswith(BREACH)), None)
    for step in {step for step in (told, breach) if step}:
        at = breaches_at if step is breach else step[1]
        fact = step[0].split("@")[0]
        readers, said = _told(row, step[0], people)
        batch.facts.append(
            (organisation, case, clock, FACTS[fact.split(":")[0]], fact, severity, at, due_at, said)
        )
        batch.notices += [_notice(row, step[0], reader, now) for reader in readers]
    left = [step for step in steps if step not in passed or step[0] in VERBS]
    next_step, check_at = left[0] if left else ("", None)
    taken = [step for step, _ in passed if step not in VERBS]
    batch.clocks.append((clock, left, [*done, *taken], next_step, check_at))
    return next_step if check_at is not None and check_at <= now else ""


def _told(row: Due, step: str, people: Directory) -> tuple[list[Recipient], list[str]]:
    """The contact hears of a reminder; of what Care promised whoever the policy's ladder names
    (§10).
    """
    if step.startswith(REMIND):
        contact = people.named.get(row[12])
        return ([contact], [contact.name]) if contact else ([], [])
    return escalation.told(step, version=row[15], assignee=row[13], team=row[16], people=people)


def _loaded(due_steps: Any) -> list[tuple[str, datetime]]:
    items = json.loads(due_steps) if isinstance(due_steps, str) else due_steps
    return [(step, datetime.fromisoformat(at)) for step, at in items]


def _notice(row: Due, step: str, reader: Recipient, now: datetime) -> tuple[Any, ...]:
    clock, organisation, case, kind, severity, due_at, _, _, _, number, title, state, *_ = row
    code = case_code(number)
    subject, text = texts.of_clock(reader.language, step, kind, state, reader.is_care)
    if due_at is None:
        due = texts.soon(reader.language)
    elif reader.language == "en":  # nearly everybody: no language to switch to
        due = f"{due_at.astimezone(ZoneInfo(reader.zone)):%a %d %b %Y %H:%M} ({reader.zone})"
    else:
        with translation.override(reader.language):
            due = texts.instant(due_at, reader.zone, short=True)
    said = {
        "code": code,
        "due": due,
        "name": reader.name,
        "title": title,
        "link": f"{settings.BASE_URL}/{'console' if reader.is_care else 'portal'}/cases/{code}/",
    }
    news = News.TURN if step.startswith(REMIND) else News.PROMISE
    channel, send_at = reader.wishes.delivery(
        news, is_critical=severity == Severity.CRITICAL, now=now
    )
    return (
        organisation,
        case,
        reader.pk,
        f"clock:{clock}:{step}",
        reader.address,
        f"[{code}] {subject.format(**said)}"[:250],
        text.format(**said),
        channel,
        str(news),
        send_at,
    )


# Rows go to the server as one JSON text: a tenth of the cost of as many arrays.
FACT = (
    "organisation_id bigint, case_id bigint, clock_id bigint, kind text, step "
    "text, severity smallint, "
    "at timestamptz, due_at timestamptz, told jsonb"
)
CLOCK = "id bigint, due_steps jsonb, done jsonb, next_step text, check_at timestamptz"
NOTICE = (
    "organisation_id bigint, case_id bigint, recipient_id bigint, key text, address "
    "text, subject text, text text, "
    "channel text, kind text, next_attempt_at timestamptz"
)


def _write(cursor: Any, batch: Batch, now: datetime) -> list[int]:
    """Three statements whatever the size of the batch; returns the new notices' ids."""
    if batch.facts:
        cursor.execute(
            f"""INSERT INTO sla_clockfact
                    (organisation_id, case_id, clock_id, kind, step, severity, at, due_at, told,
                        recorded_at)
                SELECT v.*, %s FROM json_to_recordset(%s) AS v ({FACT}) ON CONFLICT DO NOTHING""",  # noqa: S608
            [now, _rows(FACT, batch.facts)],
        )
    cursor.execute(
        f"""UPDATE sla_clock c SET due_steps = v.due_steps, next_step = v.next_step,
            check_at = v.check_at,
                   done = ARRAY(SELECT jsonb_array_elements_text(v.done))
            FROM json_to_recordset(%s) AS v ({CLOCK}) WHERE c.id = v.id""",  # noqa: S608
        [_rows(CLOCK, batch.clocks)],
    )
    if not batch.notices:
        return []
    cursor.execute(
        f"""INSERT INTO cases_notification
                (organisation_id, case_id, recipient_id, key, address, subject, text, channel, kind,
                    next_attempt_at,
                 state, sent_at, created_at, attempts, provider_id, last_error)
            SELECT v.*, CASE WHEN v.channel = 'portal' THEN 'sent' ELSE 'queued' END,
                   CASE WHEN v.channel = 'portal' THEN %s::timestamptz END, %s, 0, '', ''
            FROM json_to_recordset(%s) AS v ({NOTICE})
            ON CONFLICT DO NOTHING RETURNING id""",  # noqa: S608
        [now, now, _rows(NOTICE, batch.notices)],
    )
    return [key for (key,) in cursor.fetchall()]


def _rows(shape: str, rows: list[tuple[Any, ...]]) -> str:
    names = [column.split()[0] for column in shape.split(", ")]
    return json.dumps(
        [dict(zip(names, row, strict=True)) for row in rows], default=datetime.isoformat
    )


# --- Steps that change a case: one verb, one transaction each


def _act_on(clock_id: int, case_id: int) -> None:
    """Ask the clock again under its case's lock, then announce or close.

    A no-op the second time.
    """
    with care_scope(), transaction.atomic():
        case = Case.objects.locked(case_id)
        clock = Clock.objects.select_for_update(no_key=True).get(pk=clock_id)
        if clock.check_at is None or clock.check_at > current_time.now():
            return
        if clock.next_step == ANNOUNCE and case.state == CaseState.WAITING_ON_CONTACT:
            auto_closure.announce(case)
        elif clock.next_step == CLOSE:
            refusal = auto_closure.close_if_allowed(case)
            if refusal is not None:
                _hold(clock, case, refusal)


def _hold(clock: Clock, case: Case, refusal: Refused) -> None:
    """Look again: when a late notice has run its period, soon while one is unsent, calmly once that
    was said.
    """
    now = current_time.now()
    due = next((datetime.fromisoformat(at) for step, at in clock.due_steps if step == CLOSE), now)
    if isinstance(refusal, NotYet) and refusal.allowed_at is not None:
        look_at = refusal.allowed_at
    elif isinstance(refusal, NotYet) and now < due + PATIENCE:
        look_at = now + LOOK_AGAIN
    else:
        _say_held(clock, case, refusal.reason, now)
        look_at = now + STEP_OVER
    _look_again(clock.pk, look_at)


def _say_held(clock: Clock, case: Case, why: str, now: datetime) -> None:
    """Write down, once for each clock, that a closure is due and waits, and for what (§12, §13)."""
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
