"""Gauges from the database, read on each scrape in Care's scope: seven statements at any volume.

Every possible series is always present, with 0 if need be, so it can be drawn and compared. Times
are compared with this machine's clock, as sweeps do.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import Error, connection
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from cases.choices import Severity
from cases.models.case import OPEN_STATES
from core.tenancy import care_scope
from sla.models.clock import CARES_PROMISES, ClockKindChoices

logger = logging.getLogger(__name__)

SEVERITIES = {int(severity): severity.name.lower() for severity in Severity} | {0: "none"}
OPEN = """
    SELECT severity, state, is_unassigned, sum(n) FROM insight_opencount WHERE NOT is_historical
        GROUP BY 1, 2, 3
"""
# What sweeps must do now: how much, and the oldest due time. Each has an index of what is to come.
DUE = """
    SELECT 'clocks', count(*), min(check_at) FROM sla_clock WHERE check_at <= %(now)s
        AND case_id IS NOT NULL
    UNION ALL
    SELECT 'credentials', count(*), min(check_at) FROM sla_clock WHERE check_at <= %(now)s
        AND case_id IS NULL
    UNION ALL
    SELECT 'placements', count(*), min(look_at) FROM routing_assignmentjob WHERE look_at <= %(now)s
    UNION ALL
    SELECT 'pages', count(*), min(next_at) FROM routing_alert WHERE next_at <= %(now)s
    UNION ALL
    SELECT 'reminders', count(*), min(due_at) FROM cases_reminder
        WHERE state = 'open' AND due_at <= %(now)s
"""
# A refused message is postponed and so is not due: failed attempts are counted separately.
MESSAGES = """
    SELECT k.kind, count(n.id), min(n.next_attempt_at), (SELECT count(*) FROM cases_notification t
            WHERE t.state = 'queued' AND t.attempts > 0 AND t.channel = k.channel)
    FROM (VALUES ('notice', 'email'), ('digest', 'digest')) AS k (kind, channel)
        LEFT JOIN cases_notification n ON n.state = 'queued' AND n.next_attempt_at <= %(now)s
            AND n.channel = k.channel
    GROUP BY k.kind, k.channel
    UNION ALL
    SELECT 'letter', count(*) FILTER (WHERE next_attempt_at <= %(now)s), min(next_attempt_at),
        count(*) FILTER
        (WHERE attempts > 0) FROM contacts_queuedemail WHERE state = 'queued'
    UNION ALL
    SELECT 'page', count(*) FILTER (WHERE next_attempt_at <= %(now)s), min(next_attempt_at),
        count(*) FILTER
        (WHERE attempts > 0) FROM routing_alertmessage WHERE state = 'queued'
    UNION ALL
    SELECT 'side', count(*) FILTER (WHERE next_attempt_at <= %(now)s), min(next_attempt_at),
        count(*) FILTER
        (WHERE attempts > 0) FROM cases_sidemessage WHERE state = 'queued'
"""
OTHERS = """
    SELECT (SELECT count(*) FROM cases_notification WHERE state = 'failed'),
        (SELECT count(*) FROM cases_notification WHERE state = 'bounced'),
        (SELECT count(*) FROM routing_assignmentjob WHERE look_at IS NOT NULL),
        (SELECT count(*) FROM routing_alert WHERE state = 'open' AND NOT is_drill),
        (SELECT count(*) FROM routing_alert WHERE state = 'ran_out' AND NOT is_drill),
        (SELECT until FROM insight_watermark)
"""
# A target is missed once, as insight.facts counts it: at its first breach, of Care's targets.
MISSED = """
    SELECT c.kind, coalesce(f.severity, 0), count(*)
    FROM sla_clockfact f JOIN sla_clock c ON c.organisation_id = f.organisation_id
        AND c.id = f.clock_id
        JOIN contacts_organisation o ON o.id = f.organisation_id
    WHERE f.kind = 'breached' AND f.at >= {since} AND NOT o.is_historical
        AND c.kind = ANY(%(promises)s)
        AND NOT EXISTS (SELECT FROM sla_clockfact b WHERE b.organisation_id = f.organisation_id
            AND b.clock_id = f.clock_id AND b.kind = 'breached' AND (b.at, b.id) < (f.at, f.id))
    GROUP BY 1, 2
"""
LAST_DAY = MISSED.format(since="%(now)s - interval '24 hours'")
# All breaches ever, without reading them: the sums of months, and those not summed up yet.
EVER = f"""
    SELECT kind, severity, sum(n)::bigint FROM (
        SELECT kind, severity, n FROM insight_figure
        WHERE dimension = 'all' AND key = '' AND grain = 'month' AND what = 'missed'
            AND NOT is_historical
        UNION ALL
        {MISSED.format(since="coalesce((SELECT until FROM insight_watermark), '-infinity')")}
    ) AS counted
    GROUP BY 1, 2
"""  # noqa: S608 (our own constants)


class StateCollector(Collector):
    """Gauges from the database. Only `caretrack_database_up 0` when it does not answer."""

    def describe(self) -> Iterable[Metric]:
        return ()  # otherwise registering would collect once in vain

    def collect(self) -> Iterator[Metric]:
        try:
            with care_scope():
                metrics = _read(timezone.now())
        except Error:
            logger.exception("the database could not be asked for metrics")
            metrics = None
        up = "Whether the database answered; without it there is none of what is read from it."
        yield GaugeMetricFamily("caretrack_database_up", up, value=int(metrics is not None))
        yield from metrics or ()


def _read(now: datetime) -> list[Metric]:
    params = {"now": now, "promises": [str(kind) for kind in CARES_PROMISES]}
    return [
        *_open(_rows(OPEN, {})),
        *_due(_rows(DUE, params), now),
        *_messages(_rows(MESSAGES, params), now),
        *_others(_rows(OTHERS, params)[0], now),
        _missed(
            GaugeMetricFamily,
            "caretrack_breaches_last_day",
            "Promises missed within 24 hours.",
            _rows(LAST_DAY, params),
        ),
        _missed(
            CounterMetricFamily, "caretrack_breaches", "Promises ever missed.", _rows(EVER, params)
        ),
    ]


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _late(now: datetime, since: datetime | None) -> float:
    """Seconds since the due time; 0 where nothing is due."""
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _open(rows: list[tuple[Any, ...]]) -> Iterator[Metric]:
    cases = {(int(severity), str(state)): 0 for severity in Severity for state in OPEN_STATES}
    free = {int(severity): 0 for severity in Severity}
    for severity, state, is_unassigned, n in rows:
        cases[severity, state] += n
        free[severity] += n if is_unassigned else 0
    opened = GaugeMetricFamily("caretrack_open_cases", "Open cases.", labels=["severity", "state"])
    for (severity, state), n in cases.items():
        opened.add_metric([SEVERITIES[severity], state], n)
    unassigned = GaugeMetricFamily(
        "caretrack_unassigned_cases", "Open cases that nobody has.", labels=["severity"]
    )
    for severity, n in free.items():
        unassigned.add_metric([SEVERITIES[severity]], n)
    yield from (opened, unassigned)


def _due(rows: list[tuple[Any, ...]], now: datetime) -> Iterator[Metric]:
    due = GaugeMetricFamily(
        "caretrack_sweep_due", "Rows whose time has come for a sweep.", labels=["sweep"]
    )
    lag = GaugeMetricFamily(
        "caretrack_sweep_lag_seconds", "By how much the oldest is late.", labels=["sweep"]
    )
    for sweep, n, oldest in rows:
        due.add_metric([sweep], n)
        lag.add_metric([sweep], _late(now, oldest))
    yield from (due, lag)


def _messages(rows: list[tuple[Any, ...]], now: datetime) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "caretrack_messages_waiting", "Messages that are due and not sent.", labels=["kind"]
    )
    wait = GaugeMetricFamily(
        "caretrack_messages_oldest_wait_seconds",
        "How long the oldest of them has been due.",
        labels=["kind"],
    )
    again = GaugeMetricFamily(
        "caretrack_messages_retrying", "Messages tried in vain that stay queued.", labels=["kind"]
    )
    for kind, n, oldest, tried in rows:
        waiting.add_metric([kind], n)
        wait.add_metric([kind], _late(now, oldest))
        again.add_metric([kind], tried)
    yield from (waiting, wait, again)


def _others(row: tuple[Any, ...], now: datetime) -> Iterator[Metric]:
    failed, bounced, placements, being_paged, ran_out, until = row
    lost = GaugeMetricFamily(
        "caretrack_notices_undelivered",
        "Notices given up, or come back as undeliverable, ever.",
        labels=["state"],
    )
    lost.add_metric(["failed"], failed)
    lost.add_metric(["bounced"], bounced)
    yield lost
    yield GaugeMetricFamily(
        "caretrack_placements_waiting",
        "New cases to be given to a team or a person.",
        value=placements,
    )
    pages = GaugeMetricFamily(
        "caretrack_pages", "Pages without an answer; drills are left out.", labels=["state"]
    )
    pages.add_metric(["open"], being_paged)
    pages.add_metric(["ran_out"], ran_out)
    yield pages
    if until is not None:  # nothing is counted yet
        yield GaugeMetricFamily(
            "caretrack_figures_age_seconds",
            "How far back the managers' figures end.",
            value=_late(now, until),
        )


def _missed(family: Any, name: str, description: str, rows: list[tuple[Any, ...]]) -> Any:
    """Missed targets by kind and severity. An applicant's target (§1) has no severity."""
    on_cases = [str(kind) for kind in CARES_PROMISES if kind != ClockKindChoices.CREDENTIAL]
    counts = {(kind, int(severity)): 0 for kind in on_cases for severity in Severity}
    counts[str(ClockKindChoices.CREDENTIAL), 0] = 0
    counts |= {(kind, severity): n for kind, severity, n in rows}
    missed = family(name, description, labels=["kind", "severity"])
    for (kind, severity), n in counts.items():
        missed.add_metric([kind, SEVERITIES[severity]], n)
    return missed
