"""The result of a replayed log: every target judged, by severity and clock kind."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection

from cases.choices import Severity
from core.percentages import percent
from integrations.replay.models import ReplayedLog
from sla.models.clock import ClockKindChoices

KINDS = (
    ClockKindChoices.RESPONSE,
    ClockKindChoices.RESTORE,
    ClockKindChoices.RESOLVE,
    ClockKindChoices.RCA,
    ClockKindChoices.CUSTOMER_RESPONSE,
    ClockKindChoices.CLOSURE,
)
# Facts decide what was missed: a breach remains when its clock changes later.
TABLE = """
    SELECT c.severity, c.kind, count(*),
           count(*) FILTER (WHERE c.stopped_at IS NOT NULL AND NOT b.missed
                            AND c.outcome IN ('met', 'answered', 'measured')),
           count(*) FILTER (WHERE b.missed OR c.outcome = 'ran_out'),
           count(*) FILTER (WHERE c.stopped_at IS NULL AND NOT b.missed),
           count(*) FILTER (WHERE c.outcome = 'cancelled' AND NOT b.missed),
           percentile_disc(0.5) WITHIN GROUP (ORDER BY c.used_seconds)
               FILTER (WHERE c.stopped_at IS NOT NULL AND c.outcome <> 'cancelled'),
           percentile_disc(0.95) WITHIN GROUP (ORDER BY c.used_seconds)
               FILTER (WHERE c.stopped_at IS NOT NULL AND c.outcome <> 'cancelled')
    FROM sla_clock c JOIN cases_case k ON k.id = c.case_id
    CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM sla_clockfact f WHERE f.clock_id = c.id
            AND f.step = 'breach') AS missed
    ) b
    WHERE k.number >= %s AND k.number < %s
    GROUP BY c.severity, c.kind
"""
COUNTS = """
    SELECT count(DISTINCT k.id),
           count(DISTINCT k.id) FILTER (WHERE k.state <> 'closed'),
           count(DISTINCT k.id) FILTER (WHERE k.state = 'resolution_proposed'
                                        AND (k.severity = 1 OR k.severity_at_proposal = 1)),
           count(*) FILTER (WHERE c.kind = 'customer_response' AND COALESCE(c.stopped_at,
               %s) > c.closure_due_at),
           count(*) FILTER (WHERE c.kind = 'closure' AND COALESCE(c.stopped_at, %s) > c.due_at)
    FROM cases_case k LEFT JOIN sla_clock c ON c.case_id = k.id
    WHERE k.number >= %s AND k.number < %s
"""


@dataclass(frozen=True)
class ReplayLine:
    """One severity and clock kind."""

    severity: Severity
    kind: ClockKindChoices
    clocks: int
    met: int
    missed: int
    running: int
    cancelled: int
    median: float | None
    p95: float | None

    @property
    def met_share(self) -> float | None:
        """Per cent of the decided targets that were met."""
        return percent(self.met, self.met + self.missed)


@dataclass(frozen=True)
class ReplayReport:
    """The content of the table under a replay. Building it needs Care's scope."""

    lines: list[ReplayLine]
    cases: int
    open_cases: int
    held_by_gate: int
    waits_outlived: int
    proposals_outlived: int
    fingerprint: str


def make(replayed: ReplayedLog) -> ReplayReport:
    """Judge the cases of a replayed log, as of its last instant."""
    block = [replayed.first_number, replayed.first_number + replayed.histories]
    with connection.cursor() as cursor:
        cursor.execute(TABLE, block)
        order = {kind: position for position, kind in enumerate(KINDS)}
        rows = [row for row in cursor.fetchall() if row[1] in order]
        lines = [
            ReplayLine(Severity(row[0]), ClockKindChoices(row[1]), *row[2:])
            for row in sorted(rows, key=lambda row: (order[row[1]], row[0]))
        ]
        cursor.execute(COUNTS, [replayed.ends_at, replayed.ends_at, *block])
        counts = cursor.fetchone()
    cases, still_open, held, waits, proposals = counts
    return ReplayReport(lines, cases, still_open, held, waits, proposals, fingerprint(replayed))


def fingerprint(replayed: ReplayedLog) -> str:
    """A digest of everything replayed and judged: equal digests mean equal replays.

    Row ids are left out, because they depend on interruptions.
    """
    digest = sha256()
    for sql in (EVENTS, CLOCKS, FACTS):
        with connection.cursor() as cursor:
            cursor.execute(sql, [replayed.first_number, replayed.first_number + replayed.histories])
            while rows := cursor.fetchmany(5000):
                for row in rows:
                    digest.update("\x1f".join(map(_plain, row)).encode())
    return digest.hexdigest()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


EVENTS = """
    SELECT k.number, k.external_ref, k.title, k.state, k.severity, k.closing_reason, e.seq, e.verb,
        e.at, u.email,
           e.particulars - ARRAY['before', 'after', 'site', 'team', 'team_before']
    FROM cases_case k JOIN cases_caseevent e ON e.case_id = k.id JOIN contacts_user u
        ON u.id = e.by_id
    WHERE k.number >= %s AND k.number < %s ORDER BY k.number, e.seq
"""
CLOCKS = """
    SELECT k.number, c.kind, c.ordinal, c.severity, c.started_at, c.target_seconds, c.target_days,
        c.pauses, c.due_at,
           c.stopped_at, c.ended_by, c.breaches_at, c.used_seconds, c.outcome
    FROM cases_case k JOIN sla_clock c ON c.case_id = k.id
    WHERE k.number >= %s AND k.number < %s ORDER BY k.number, c.kind, c.ordinal
"""
FACTS = """
    SELECT k.number, c.kind, c.ordinal, f.step, f.severity, f.at, f.due_at
    FROM cases_case k JOIN sla_clock c ON c.case_id = k.id JOIN sla_clockfact f ON f.clock_id = c.id
    WHERE k.number >= %s AND k.number < %s ORDER BY k.number, c.kind, c.ordinal, f.step
"""
