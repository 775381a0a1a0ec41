"""The order in which Care works (§8): severity, business time left on the nearest clock, priority,
age, number.

Each calendar key (a calendar, or around the clock) is always in order in an index. A
page merges the heads of the keys, so any page of the queue costs what the first one costs. `as_of`
freezes “now” while somebody pages on: the order is total and stable, so no case is shown twice or
skipped because a minute went by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, Expression, F, QuerySet, TextField, Value, When
from django.db.models import Case as Choose
from django.db.models.functions import Coalesce

from cases.choices import Severity
from sla import queue_entries
from sla.models.queue_entry import LAST

HOUR = 3600
# Names of the buckets of time left, nearest first; insight counts by the same keys and links
# here.
LEFT = {
    "missed": "Missed",
    "hour": "Less than 1 h",
    "hours": "Less than 4 h",
    "day": "Less than 1 business day",
    "more": "More",
    "none": "No clock of ours runs",
}
TIME_LEFT_BUCKETS = {
    "missed": "p.due_at < %(as_of)s",
    "hour": "p.due_at >= %(as_of)s AND p.due_offset < g.total + 3600",
    "hours": """p.due_at >= %(as_of)s
        AND p.due_offset >= g.total + 3600 AND p.due_offset < g.total + 14400""",
    "day": """p.due_at >= %(as_of)s
        AND p.due_offset >= g.total + 14400 AND p.due_offset < g.total + p.day_seconds""",
    "more": """p.due_at >= %(as_of)s
        AND p.due_offset >= g.total + 14400 AND p.due_offset >= g.total + p.day_seconds""",
    "none": "p.calendar_key = -1",
}
# Ages of open cases: the label, and from how many days on until before how many.
AGES: Mapping[str, tuple[str, int, int | None]] = {
    "day": ("Under 1 day", 0, 1),
    "days": ("1 to 3 days", 1, 3),
    "week": ("3 to 7 days", 3, 7),
    "weeks": ("1 to 2 weeks", 7, 14),
    "month": ("2 to 4 weeks", 14, 28),
    "months": ("4 to 12 weeks", 28, 84),
    "older": ("Over 12 weeks", 84, None),
}
KEYS_IN_USE = """
    WITH RECURSIVE keys AS (
        (SELECT calendar_key AS key FROM sla_queueentry ORDER BY calendar_key LIMIT 1)
        UNION ALL
        SELECT (SELECT calendar_key FROM sla_queueentry WHERE calendar_key > k.key
            ORDER BY calendar_key LIMIT 1)
        FROM keys k WHERE k.key IS NOT NULL)
    SELECT key FROM keys WHERE key IS NOT NULL
"""


def age_condition(age: str) -> str:
    """SQL of the cases of an age, one of `AGES`."""
    _label, first, end = AGES[age]
    opened = f"p.opened_at <= %(as_of)s - interval '{first} days'"
    if end is None:
        return opened
    return f"{opened} AND p.opened_at > %(as_of)s - interval '{end} days'"


class QueuePosition(NamedTuple):
    """The position of a case as of an instant: the key of the whole order.

    `left` is seconds, negative once missed.
    """

    severity: int
    left: int
    priority: int
    opened_at: datetime
    number: int


@dataclass(frozen=True)
class QueueFilter:
    """Which cases of the queue are asked for.

    `conditions` are SQL about `p` (a place) with named parameters in `params`. `is_selective` says
    that few cases fit, so that finding them first and sorting then is cheaper than walking the
    calendar keys; the rows are the same either way. `teams` are keys; `teams_of` is a person, whose
    teams are meant.
    """

    severities: tuple[int, ...] = tuple(Severity.values)
    teams: tuple[int, ...] | None = None
    teams_of: int | None = None
    history: bool = False
    time_left_bucket: str = ""
    conditions: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    is_selective: bool = False

    @property
    def by_team(self) -> bool:
        """Whether only some teams' cases are asked for."""
        return self.teams is not None or self.teams_of is not None

    @property
    def where(self) -> str:
        """All that is asked, but severity and team, as SQL."""
        parts = [
            *self.conditions,
            *([TIME_LEFT_BUCKETS[self.time_left_bucket]] if self.time_left_bucket else []),
        ]
        return "".join(f" AND ({part})" for part in parts)


def calendar_totals(as_of: datetime) -> dict[int, int]:
    """The calendar keys that hold cases, each with its running total at `as_of`.

    One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(KEYS_IN_USE)
        return {
            calendar_key: queue_entries.calendar_total(calendar_key, as_of)
            for (calendar_key,) in cursor.fetchall()
        }


def statement(
    wanted: QueueFilter,
    *,
    totals: Mapping[int, int],
    as_of: datetime,
    size: int,
    after: QueuePosition | None = None,
    before: QueuePosition | None = None,
) -> tuple[str, dict[str, Any]]:
    """SQL of the keys of a page in the order of §8, with its parameters: columns `case_id` and
    those of `QueuePosition`.

    After a place, or before one: then the rows nearest to it come first.
    """
    edge, way = (before, "DESC") if before else (after, "ASC")
    params: dict[str, Any] = {
        **wanted.params,
        "as_of": as_of,
        "size": size,
        "calendar_keys": list(totals),
        "totals": list(totals.values()),
        "teams": list(wanted.teams or ()),
    }
    if edge is not None:
        params |= {f"edge_{name}": value for name, value in edge._asdict().items()}
    params["teams_of"] = wanted.teams_of
    source = "unnest(%(calendar_keys)s::bigint[], %(totals)s::bigint[])"
    groups = f"g (calendar_key, total) AS MATERIALIZED (SELECT * FROM {source})"  # noqa: S608
    if wanted.by_team:
        groups = f"""g (calendar_key, total, team) AS MATERIALIZED (
            SELECT l.calendar_key, l.total, t.team
            FROM {source} AS l (calendar_key, total), ({_teams(wanted)}) AS t (team))"""  # noqa: S608
    return (_sorted if wanted.is_selective else _merged)(wanted, groups, edge, way), params


def _teams(wanted: QueueFilter) -> str:
    if wanted.teams_of is None:
        return "SELECT * FROM unnest(%(teams)s::bigint[])"
    among = "" if wanted.teams is None else " AND team_id = ANY(%(teams)s::bigint[])"
    return f"SELECT team_id FROM contacts_team_members WHERE user_id = %(teams_of)s{among}"  # noqa: S608


COLUMNS = (
    "p.case_id, p.severity, p.due_offset - g.total AS left_s, p.priority, p.opened_at, p.number"
)


def _ways(way: str, *columns: str) -> str:
    return ", ".join(f"{column} {way}" for column in columns)


def _sorted(wanted: QueueFilter, groups: str, edge: QueuePosition | None, way: str) -> str:
    """Few cases: those that fit, then the order."""
    beyond = ""
    if edge is not None:
        sign = "<" if way == "DESC" else ">"
        beyond = f""" AND
            (p.severity, p.due_offset - g.total, p.priority, p.opened_at, p.number) {sign}
            (%(edge_severity)s, %(edge_left)s, %(edge_priority)s,
             %(edge_opened_at)s, %(edge_number)s)"""
    team = " AND p.team_id = g.team" if wanted.by_team else ""
    severities = ",".join(str(int(value)) for value in wanted.severities)
    return f"""WITH {groups} SELECT {COLUMNS} FROM sla_queueentry p
        JOIN g ON g.calendar_key = p.calendar_key{team}
        WHERE p.severity IN ({severities}){_history(wanted)}{wanted.where}{beyond}
        ORDER BY {_ways(way, "p.severity", "left_s", "p.priority", "p.opened_at", "p.number")}
            LIMIT %(size)s"""  # noqa: S608 (values travel as parameters)


def _history(wanted: QueueFilter) -> str:
    return "" if wanted.history else " AND NOT p.is_historical"


def _merged(wanted: QueueFilter, groups: str, edge: QueuePosition | None, way: str) -> str:
    """Many cases: the head of each calendar key, by severity, until the page is full."""
    severities = sorted(wanted.severities, reverse=way == "DESC")
    if edge is not None:
        severities = [
            s for s in severities if (s <= edge.severity if way == "DESC" else s >= edge.severity)
        ]
    steps: list[str] = []
    for severity in severities:
        is_edge = edge is not None and severity == edge.severity
        steps.append(
            f"s{severity} AS MATERIALIZED "
            f"({_of_severity(wanted, severity, way, is_edge, steps_before=steps)})"
        )
    rows = " UNION ALL ".join(f"SELECT * FROM s{severity}" for severity in severities)  # noqa: S608
    order = _ways(way, "severity", "left_s", "priority", "opened_at", "number")
    return (
        f"WITH {', '.join([groups, *steps])} SELECT * FROM ({rows}) AS merged "  # noqa: S608
        f"ORDER BY {order} LIMIT %(size)s"
    )


def _of_severity(
    wanted: QueueFilter, severity: int, way: str, is_edge: bool, steps_before: Sequence[str]
) -> str:
    beyond = ""
    if is_edge:
        beyond = f""" AND (p.due_offset, p.priority, p.opened_at, p.number)
            {"<" if way == "DESC" else ">"}
            (%(edge_left)s + g.total, %(edge_priority)s, %(edge_opened_at)s, %(edge_number)s)"""
    team = " AND p.team_id = g.team" if wanted.by_team else ""
    rows_so_far = " + ".join(
        f"(SELECT count(*) FROM {step.split(' ', 1)[0]})"  # noqa: S608
        for step in steps_before
    )
    still = f"WHERE {rows_so_far} < %(size)s" if rows_so_far else ""
    histories = ("false", "true") if wanted.history else ("false",)
    heads = " UNION ALL ".join(
        f"""(SELECT {COLUMNS} FROM sla_queueentry p
            WHERE p.is_historical = {flag} AND p.severity = {int(severity)}
                AND p.calendar_key = g.calendar_key
                {team}{wanted.where}{beyond}
            ORDER BY {_ways(way, "p.due_offset", "p.priority", "p.opened_at", "p.number")}
                LIMIT %(size)s)"""  # noqa: S608
        for flag in histories
    )
    return f"""SELECT h.* FROM g CROSS JOIN LATERAL ({heads}) AS h {still}
        ORDER BY {_ways(way, "left_s", "priority", "opened_at", "number")} LIMIT %(size)s"""  # noqa: S608 (see `statement`)


def with_time_left(cases: QuerySet[Any], as_of: datetime) -> QuerySet[Any]:
    """Each open case with `left`: seconds of counted time left on its nearest clock of Care's,
    below 0 once missed.
    """
    here: Expression | Value = Value(0)
    totals = calendar_totals(as_of)
    if totals:
        whens = [
            When(queue_entry__calendar_key=calendar_key, then=Value(total))
            for calendar_key, total in totals.items()
        ]
        here = Choose(*whens, default=Value(0), output_field=BigIntegerField())
    return cases.annotate(
        left=Coalesce(
            F("queue_entry__due_offset") - here, Value(LAST), output_field=BigIntegerField()
        )
    )


def with_time_left_bucket(cases: QuerySet[Any], as_of: datetime) -> QuerySet[Any]:
    """Each case with `time_left_bucket`, the name of its time left; a clock past its due instant
    counts as missed.

    Outside business hours no counted time passes, so “missed” asks the due instant and not the time
    left.
    """
    return cases.annotate(
        time_left_bucket=Choose(
            When(left=LAST, then=Value("none")),
            When(queue_entry__due_at__lt=as_of, then=Value("missed")),
            When(left__lt=HOUR, then=Value("hour")),
            When(left__lt=4 * HOUR, then=Value("hours")),
            When(left__lt=F("queue_entry__day_seconds"), then=Value("day")),
            default=Value("more"),
            output_field=TextField(),
        )
    )
