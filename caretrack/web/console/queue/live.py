"""Updates of the queue since its page was rendered, and the next best case."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max

from caretrack.web.shared.queue.filters import QueueFilters
from caretrack.web.shared.queue.page import PAGE, QueueRow, rows_of
from cases.choices import EventType
from cases.models import CaseEvent
from contacts.models import User
from sla import queue, queue_entries
from sla.queue import QueueFilter

MOST_NEW = 100
# Events that bring a case into a list. A note on a case further down does not.
ARRIVALS = (
    *queue_entries.CONTACTS_WORDS,
    EventType.ASSIGNED,
    EventType.SEVERITY_SET,
    EventType.ESCALATED,
    EventType.HANDED_BACK,
)
ARRIVED = (
    "p.case_id IN (SELECT case_id FROM cases_caseevent WHERE id > %(since)s AND verb "
    "= ANY(%(arrivals)s))"
)
OWN = "p.assignee_id = %(me)s"
FREE = """p.assignee_id IS NULL AND (p.team_id IS NULL
    OR p.team_id IN (SELECT team_id FROM contacts_team_members WHERE user_id = %(me)s))"""
WORKABLE = (
    "NOT p.is_contacts_turn",
    "p.number <> ALL(%(skipping)s)",
)


@dataclass(frozen=True)
class News:
    """`version` is the newest event of all; `arrived` counts cases that came into the list since;
    `changed` lists the shown rows with new events.
    """

    version: int
    arrived: list[int]
    changed: list[int]


def version() -> int:
    """The newest event. While it stays the same, no queue has changed.

    One index lookup.
    """
    newest: int | None = CaseEvent.objects.aggregate(newest=Max("id"))["newest"]
    return newest or 0


def news(
    user: User, filters: QueueFilters, *, since: int, now: datetime, shown: list[int], seen: int = 0
) -> News:
    """The updates after event `since` of a list that shows the cases `shown`.

    `seen` is the newest event at the last request. While it is the same, nothing is reported and
    one statement is enough; otherwise four.
    """
    newest = version()
    if newest <= max(since, seen):
        return News(newest, [], [])
    wanted = filters.wanted(user)
    arriving = replace(
        wanted,
        conditions=(*wanted.conditions, ARRIVED),
        is_selective=True,
        params={**wanted.params, "since": since, "arrivals": [str(verb) for verb in ARRIVALS]},
    )
    keys, params = queue.statement(
        arriving, totals=queue.calendar_totals(now), as_of=now, size=MOST_NEW
    )
    with connection.cursor() as cursor:
        cursor.execute(keys, params)
        arrived = [number for *_, number in cursor.fetchall()]
    since_then = CaseEvent.objects.filter(pk__gt=since, case__number__in=shown[: 4 * PAGE])
    changed = set(since_then.values_list("case__number", flat=True))
    return News(newest, [number for number in arrived if number not in shown], sorted(changed))


def next_best(user: User, now: datetime, *, skipping: tuple[int, ...] = ()) -> QueueRow | None:
    """The next best case of this analyst by the order of §8: own or unassigned, and Care's turn.

    Unassigned cases belong to one of the analyst's own teams, or to none. Cases in `skipping`
    (numbers) are left out.
    """
    at = now.replace(microsecond=0)
    totals = queue.calendar_totals(at)
    given: dict[str, Any] = {"me": user.pk, "skipping": list(skipping)}
    rows = []
    for whose, is_selective in ((OWN, True), (FREE, False)):
        wanted = QueueFilter(conditions=(whose, *WORKABLE), params=given, is_selective=is_selective)
        rows += rows_of(*queue.statement(wanted, totals=totals, as_of=at, size=1))
    return min(rows, key=lambda row: row.place, default=None)
