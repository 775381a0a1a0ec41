"""A page of the queue (§8): any number of cases in two statements, and their columns."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.core.cache import caches
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from caretrack.web.shared.queue.cursors import Cursor
from caretrack.web.shared.queue.filters import CONDITIONS, VIEWS, QueueFilters
from cases.models import Case
from cases.models.case import case_code
from cases.presence import FRESH
from contacts.models import User
from sla import queue
from sla.models.queue_entry import LAST
from sla.queue import QueuePosition

PAGE = 50
MOST_COUNTED, COUNTS_CACHE_SECONDS = 500, 5
# Sub-selects look up names: joins of nine tables took longer to plan than to run.
SHOWN = """
    SELECT k.case_id AS pk, k.severity, k.left_s AS left, k.priority, k.opened_at, k.number,
        c.title, c.kind, p.state,
        p.nearest_kind, p.due_at, p.target_seconds, p.calendar_key,
        (SELECT name FROM contacts_organisation WHERE id = p.organisation_id) AS organisation,
        c.contact_id, (SELECT name FROM contacts_user WHERE id = c.contact_id) AS contact,
        (SELECT v.zone FROM sla_caseterms r JOIN contacts_calendarversion v
            ON v.id = r.calendar_version_id
            WHERE r.case_id = k.case_id) AS zone,
        (SELECT name FROM contacts_user WHERE id = p.assignee_id) AS assignee, p.assignee_id,
        (SELECT name FROM contacts_team WHERE id = p.team_id) AS team,
        p.tags, p.is_contacts_turn, p.is_escalation_requested, p.is_contested,
        p.on_hold_until, p.is_wait_suspended,
        coalesce(p.update_overdue_at <= %(as_of)s, false) AS is_update_overdue,
        EXISTS (SELECT FROM routing_alert a WHERE a.organisation_id = p.organisation_id
            AND a.case_id = k.case_id AND a.next_at IS NOT NULL) AS is_alerting,
        p.contact_spoke_at > coalesce((SELECT at FROM cases_readmark WHERE analyst_id = %(me)s
            AND case_id = k.case_id),
            '-infinity') AS is_unread,
        (SELECT string_agg(u.name || CASE x.writes WHEN '' THEN ' is looking'
            ELSE ' is writing' END, ', ')
            FROM cases_presence x JOIN contacts_user u ON u.id = x.by_id
            WHERE x.organisation_id = p.organisation_id AND x.case_id = k.case_id
                AND x.by_id <> %(me)s
                AND x.seen_at > %(fresh)s) AS present
    FROM keys k JOIN sla_queueentry p ON p.case_id = k.case_id JOIN cases_case c ON c.id = k.case_id
"""


class QueueRow(NamedTuple):
    """An open case in the queue.

    `left` is seconds of counted time on its nearest clock, negative once missed.
    """

    pk: int
    severity: int
    left: int
    priority: int
    opened_at: datetime
    number: int
    title: str
    kind: str
    state: str
    nearest_kind: str
    due_at: datetime | None
    target_seconds: int | None
    calendar_key: int
    organisation: str
    contact_id: int
    contact: str
    zone: str
    assignee: str | None
    assignee_id: int | None
    team: str | None
    tags: list[str]
    is_contacts_turn: bool
    is_escalation_requested: bool
    is_contested: bool
    on_hold_until: datetime | None
    is_wait_suspended: bool
    is_update_overdue: bool
    is_alerting: bool
    is_unread: bool
    present: str | None

    @property
    def place(self) -> QueuePosition:
        """Its position in the order."""
        return QueuePosition(self.severity, self.left, self.priority, self.opened_at, self.number)

    @property
    def code(self) -> str:
        """As `Case.code`."""
        return case_code(self.number)

    @property
    def has_clock(self) -> bool:
        """Whether a service target is running."""
        return self.left != LAST


@dataclass(frozen=True)
class QueuePage:
    """Rows of the queue in order, with the cursors of both neighbours."""

    cases: list[QueueRow]
    as_of: datetime
    next: Cursor | None
    previous: Cursor | None


def page(
    user: User,
    filters: QueueFilters,
    *,
    now: datetime,
    cursor: Cursor | None = None,
    before: Cursor | None = None,
    size: int = PAGE,
) -> QueuePage:
    """A page of the queue in the order of §8: after a cursor, before one, or from the top."""
    edge = before or cursor
    as_of = (edge.as_of if edge else now).replace(microsecond=0)
    keys, params = queue.statement(
        filters.wanted(user),
        totals=queue.calendar_totals(as_of),
        as_of=as_of,
        size=size + 1,
        after=cursor.place if cursor else None,
        before=before.place if before else None,
    )
    rows = rows_of(keys, {**params, "me": user.pk})
    has_more, shown = len(rows) > size, rows[:size]
    if before:
        shown = shown[::-1]
    back = has_more if before else cursor is not None
    onward = before is not None or has_more
    return QueuePage(
        shown,
        as_of,
        Cursor(as_of, shown[-1].place) if onward and shown else None,
        Cursor(as_of, shown[0].place) if back and shown else None,
    )


def keys_of(user: User, filters: QueueFilters, *, now: datetime, most: int) -> list[int]:
    """The cases of the whole list in the order of §8, at most `most`: keys of the cases."""
    as_of = now.replace(microsecond=0)
    keys, params = queue.statement(
        filters.wanted(user), totals=queue.calendar_totals(as_of), as_of=as_of, size=most
    )
    with connection.cursor() as cursor:
        cursor.execute(keys, params)
        return [key for key, *_ in cursor.fetchall()]


def rows_of(keys: str, params: dict[str, Any]) -> list[QueueRow]:
    way = "DESC" if "DESC LIMIT" in keys else "ASC"
    order = ", ".join(
        f"k.{column} {way}" for column in ("severity", "left_s", "priority", "opened_at", "number")
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH keys AS MATERIALIZED ({keys}) {SHOWN} ORDER BY {order}",
            {**params, "fresh": timezone.now() - FRESH},
        )
        return [QueueRow(*row) for row in cursor.fetchall()]


def open_cases(user: User, *, history: bool) -> QuerySet[Case]:
    """The open cases that Care works on.

    Replayed histories from other systems are separate: nobody works on them.
    """
    cases: QuerySet[Case] = Case.objects.visible_to(user).being_worked()
    return cases if history else cases.filter(organisation__is_historical=False)


def counts(user: User, now: datetime, *, history: bool) -> dict[str, int]:
    """The number of open cases in each view, up to five hundred each, and the number of replayed
    ones.

    `newest` is the newest event, from which `live.news` continues. One statement. Nobody reads the
    difference above five hundred.
    """
    return _fetch(_parts([*OWN, *COMMON], history), user, now)


class SavedViewLink(NamedTuple):
    """A saved view."""

    pk: int
    name: str
    query: str
    is_shared: bool
    person_id: int
    columns: str = ""


def beside(
    user: User, now: datetime, *, history: bool
) -> tuple[dict[str, int], list[SavedViewLink]]:
    """The counts, and the reader's own and shared saved views, in one statement.

    Counts that are the same for everybody may be five seconds old.
    """
    known: dict[str, int] | None = caches["process"].get(f"queue:counts:{history}")
    wanted = OWN if known is not None else [*OWN, *COMMON]
    fetched = _fetch([*_parts(wanted, history), SAVED_VIEWS], user, now)
    saved = [SavedViewLink(*row) for row in fetched.pop("saved_views") or []]
    if known is None:
        known = {key: fetched[key] for key in COMMON}
        caches["process"].set(f"queue:counts:{history}", known, COUNTS_CACHE_SECONDS)
    return known | fetched, saved


OWN = ("mine", "team", "newest")
COMMON = (*(view for view in VIEWS if view not in OWN), "replayed", "applications")


def _parts(wanted: Iterable[str], history: bool) -> list[str]:
    only = "" if history else " AND NOT p.is_historical"
    mine = "p.team_id IN (SELECT team_id FROM contacts_team_members WHERE user_id = %(me)s)"
    others = {
        "replayed": _bounded("replayed", "p.is_historical"),
        "applications": APPLICATIONS,
        "newest": NEWEST,
    }
    return [
        others.get(key) or _bounded(key, (mine if key == "team" else CONDITIONS[key][0]) + only)
        for key in wanted
    ]


def _fetch(parts: list[str], user: User, now: datetime) -> dict[str, Any]:
    """Run the parts in one statement. Each part returns a name with a number, or with lists."""
    params: dict[str, Any] = {
        "me": user.pk,
        "as_of": now.replace(microsecond=0),
        "most": MOST_COUNTED + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return {
            name: number if number is not None else json.loads(lists or "[]")
            for name, number, lists in cursor
        }


SAVED_VIEWS = """SELECT 'saved_views', NULL::bigint,
    (SELECT json_agg(json_build_array(id, name, query, is_shared, person_id, columns)
        ORDER BY name, id)::text FROM cases_savedview
    WHERE organisation_id IS NULL AND audience = 'console' AND (person_id = %(me)s OR is_shared))"""


NEWEST = "SELECT 'newest', coalesce(max(id), 0), NULL::text FROM cases_caseevent"
APPLICATIONS = """SELECT 'applications', count(*), NULL::text FROM (SELECT
    FROM contacts_designatedcontact
    WHERE state = 'submitted' LIMIT %(most)s) AS few"""


def _bounded(view: str, condition: str) -> str:
    rows = f"SELECT FROM sla_queueentry p WHERE {condition} LIMIT %(most)s"
    return f"SELECT '{view}', count(*), NULL::text FROM ({rows}) AS few"  # noqa: S608


def count_label(number: int) -> str:
    """A limited count as text."""
    return f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)


def numbers(rows: Sequence[QueueRow]) -> list[int]:
    """The case numbers of the rows, in their order."""
    return [row.number for row in rows]
