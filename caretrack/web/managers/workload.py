"""Workload: the open cases of each analyst and team by due time and age, what each got and closed
this week, and who is at work now. For managers and administrators.

Every number is the length of the list that it opens.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from caretrack.web.managers import staffing
from caretrack.web.managers.staffing import MOST_PEOPLE
from caretrack.web.shared.queue.filters import NOBODY, QueueFilters
from contacts import namesakes
from contacts.models import Team, User
from insight import findings, periods, plots, queries
from insight.dimensions import NO_VALUE
from insight.filters import FigureFilters
from insight.models import Dimension, FigureKind
from insight.queries import BreakdownPart
from routing import availability
from sla.queue import AGES, LEFT, TIME_LEFT_BUCKETS, age_condition, calendar_totals

WEEK = (FigureKind.ASSIGNED, FigureKind.CLOSED)
SHORT_LEFT = {
    "missed": "Missed",
    "hour": "Under 1\N{NO-BREAK SPACE}h",
    "hours": "1 to 4\N{NO-BREAK SPACE}h",
    "day": "Under 1 day",
    "more": "Later",
    "none": "No clock",
}
# The colour of each bucket of time left in the plot, the most pressing at the bottom.
PIECES = {
    "missed": "s1",
    "hour": "s2",
    "hours": "s2",
    "day": "s3",
    "more": "s3",
    "none": "s4",
}
PIECE_LABELS = {
    "s1": "Missed",
    "s2": "Due within 4 h",
    "s3": "Due later",
    "s4": "No clock of ours runs",
}
MOST_BARS = 24
_LEFT = " ".join(f"WHEN {sql} THEN '{name}'" for name, sql in TIME_LEFT_BUCKETS.items())
_AGE = " ".join(f"WHEN {age_condition(age)} THEN '{age}'" for age in AGES)
COUNTS = f"""
    WITH g (calendar_key, total) AS (
        SELECT * FROM unnest(%(calendar_keys)s::bigint[], %(totals)s::bigint[]))
    SELECT p.assignee_id, p.team_id, CASE {_LEFT} END, CASE {_AGE} END, count(*)
    FROM sla_queueentry p JOIN g ON g.calendar_key = p.calendar_key
    WHERE NOT p.is_historical GROUP BY 1, 2, 3, 4
"""  # noqa: S608 (our own constants)


class CountedCases(NamedTuple):
    """Open cases of one analyst in one team, with one bucket of time left and one age."""

    assignee: int | None
    team: int | None
    left: str
    age: str
    number: int


CountsByKey = dict[int | None, Counter[tuple[str, str]]]
WeekByKey = Mapping[str, Counter[str]]


@dataclass(frozen=True)
class Load:
    """Numbers of open cases: all, by time left, by age. Each with the URL of its cases."""

    open: tuple[int, str]
    by_left: list[tuple[int, str]]
    by_age: list[tuple[int, str]]
    assigned: tuple[int, str]
    closed: tuple[int, str]


@dataclass(frozen=True)
class AnalystLoad:
    """A row: a person, or nobody; whether they are at work, and where they are now."""

    person: User | None
    label: str
    load: Load
    status: str
    is_at_work: bool
    present_at: str
    activity: str


@dataclass(frozen=True)
class TeamLoad:
    """A row: a team, or none; and how many of its people are at work."""

    label: str
    load: Load
    at_work: int
    members: int


def shown(now: datetime) -> dict[str, Any]:
    """The context of the page, in eight statements at any volume."""
    as_of = now.replace(microsecond=0)
    counted = _counted(as_of)
    people = staffing.people_of_care(as_of, {assignee for assignee, *_ in counted if assignee})
    teams = list(staffing.teams_with_members())
    week = FigureFilters(periods.named("this-week", timezone.localdate()))
    of_people, of_teams = _week(week)
    analysts = _analysts(counted, people, teams, as_of, week, of_people)
    team_rows = _team_rows(counted, people, teams, as_of, week, of_teams)
    return {
        "as_of": as_of,
        "analysts": analysts,
        "teams": team_rows,
        "left_labels": list(SHORT_LEFT.values()),
        "age_labels": [label for label, *_ in AGES.values()],
        "at_work": sum(row.is_at_work for row in analysts),
        "people": len(people),
        "plot": _plot(analysts),
        "piece_labels": PIECE_LABELS.items(),
        "finding": findings.of_load(
            {row.label: row.load.open[0] for row in analysts if row.person is not None},
            next((row.load.open[0] for row in analysts if row.person is None), 0),
        ),
    }


def _counted(as_of: datetime) -> list[CountedCases]:
    """Open cases by analyst, team, time left and age. Two statements."""
    totals = calendar_totals(as_of)
    params: dict[str, Any] = {
        "calendar_keys": list(totals),
        "totals": list(totals.values()),
        "as_of": as_of,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, params)
        return [CountedCases(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Receiver:
    """Somebody who can get cases: their label, with how many they have and whether they work."""

    pk: int
    label: str
    number: int
    status: str

    @property
    def text(self) -> str:
        return f"{self.label}: {self.number:,} open, {self.status}"


def receivers(now: datetime, *, without: int) -> list[Receiver]:
    """Care's active people but one: those at work first, the least loaded first.

    Four statements.
    """
    as_of = now.replace(microsecond=0)
    open_cases = Counter[int | None]()
    for row in _counted(as_of):
        open_cases[row.assignee] += row.number
    people = staffing.people_of_care(as_of, set())
    labels, teams_of = (
        namesakes.labels(people),
        staffing.teams_of_people(staffing.teams_with_members()),
    )
    candidates = []
    for person in people:
        status, is_at_work = staffing.status(person, teams_of[person.pk], as_of)
        receiver = Receiver(person.pk, labels[person.pk], open_cases[person.pk], status)
        candidates.append((not is_at_work, receiver.number, receiver.label, receiver))
    return [receiver for *_order, receiver in sorted(candidates) if receiver.pk != without]


def _week(week: FigureFilters) -> list[WeekByKey]:
    """What each analyst and team got and closed this week. Three statements."""
    parts = [
        BreakdownPart(dimension, WEEK, None, is_timed=False, most=MOST_PEOPLE)
        for dimension in (Dimension.ANALYST, Dimension.TEAM)
    ]
    return [
        {key: Counter({str(what): tally.n(what) for what in WEEK}) for key, tally in sums.items()}
        for sums in queries.breakdowns(week.question, parts, queries.now())
    ]


def _analysts(
    counted: list[CountedCases],
    people: list[User],
    teams: list[Team],
    at: datetime,
    week: FigureFilters,
    of_week: WeekByKey,
) -> list[AnalystLoad]:
    """Nobody's cases first, then the people with the most open ones."""
    counts = _by_key((row.assignee, row) for row in counted)
    labels, teams_of = namesakes.labels(people), staffing.teams_of_people(teams)
    rows = []
    for person in people:
        load = _load(counts[person.pk], week, of_week, "assignee", "analyst", person.pk)
        status, is_at_work = staffing.status(person, teams_of[person.pk], at)
        present = staffing.presence_of(person)
        rows.append(AnalystLoad(person, labels[person.pk], load, status, is_at_work, *present))
    rows.sort(key=lambda row: (-row.load.open[0], row.label))
    nobody = _load(counts[None], week, of_week, "assignee", "analyst", None)
    return [AnalystLoad(None, "Unassigned", nobody, "", False, "", ""), *rows]


def _team_rows(
    counted: list[CountedCases],
    people: list[User],
    teams: list[Team],
    at: datetime,
    week: FigureFilters,
    of_week: WeekByKey,
) -> list[TeamLoad]:
    counts = _by_key((row.team, row) for row in counted)
    by_key = {person.pk: person for person in people}
    rows = []
    for team in teams:
        keys: list[int] = team.member_keys  # type: ignore[attr-defined]
        members = [by_key[key] for key in keys if key in by_key]
        here = sum(worker.is_at_work(at) for worker in availability.workers_of(team, members))
        load = _load(counts[team.pk], week, of_week, "team", "team", team.pk)
        rows.append(TeamLoad(team.name, load, here, len(members)))
    rows.sort(key=lambda row: (-row.load.open[0], row.label))
    without = _load(counts[None], week, of_week, "team", "team", None)
    return [*rows, TeamLoad("No team", without, 0, 0)]


def _by_key(rows: Iterable[tuple[int | None, CountedCases]]) -> CountsByKey:
    """The numbers of each key, by time left and age."""
    counts: CountsByKey = defaultdict(Counter)
    for key, row in rows:
        counts[key][row.left, row.age] += row.number
    return counts


def _load(
    counts: Counter[tuple[str, str]],
    week: FigureFilters,
    of_week: WeekByKey,
    queue_filter: str,
    dimension: str,
    key: int | None,
) -> Load:
    queue, stem = QueueFilters(), reverse("console:queue")
    own = {queue_filter: str(key) if key is not None else NOBODY}

    def cell(number: int, **more: str) -> tuple[int, str]:
        return number, f"{stem}?{queue.query(**own, **more)}"

    numbers = of_week.get(str(key) if key is not None else NO_VALUE, Counter())
    of_key: dict[str, Any] = {dimension: key or NO_VALUE}
    assigned, closed = ((numbers[what], week.behind([what], "", **of_key)) for what in WEEK)
    by_left, by_age = Counter[str](), Counter[str]()
    for (left, age), number in counts.items():
        by_left[left] += number
        by_age[age] += number
    return Load(
        cell(counts.total()),
        [cell(by_left[name], left=name) for name in LEFT],
        [cell(by_age[name], age=name) for name in AGES],
        assigned,
        closed,
    )


def _plot(analysts: list[AnalystLoad]) -> plots.BarPlot:
    """A bar for each analyst with cases: by time left."""
    busy = [row for row in analysts if row.load.open[0]][:MOST_BARS]
    columns = [
        [
            (PIECES[name], plots.Value(number, f"{row.label}, {label}: {number:,}", address))
            for (name, label), (number, address) in zip(
                SHORT_LEFT.items(), row.load.by_left, strict=True
            )
        ]
        for row in busy
    ]
    return plots.stacked_bars(columns, [_short(row.label, len(busy)) for row in busy])


def _short(label: str, bars: int) -> str:
    """A name that fits below a bar."""
    most = max(160 // max(bars, 1), 6)
    return label if len(label) <= most else f"{label[: most - 1]}…"
