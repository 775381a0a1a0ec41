"""The filters in the URL of the queue.

Unknown values are ignored, so that an old bookmark still opens.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from django.db import connection

from caretrack.web.shared.numbers import is_key
from cases.choices import CaseState, Severity
from contacts.models import User
from core.search_query import SearchQuery
from rca.models import AnalysisState
from sla.models.clock import CARES_PROMISES
from sla.queue import AGES, LEFT, QueueFilter, age_condition

VIEWS = {
    "open": "All open",
    "mine": "Mine",
    "team": "My team",
    "unassigned": "Unassigned",
    "overdue": "Update overdue",
    "waiting": "Waiting on contact",
    "hold": "On hold",
    "investigating": "Investigations",
    "escalation": "Escalation requested",
    "contested": "Severity contested",
    "rca": "RCA owed",
    "closing": "Closing soon",
}
MEANS = {
    "overdue": ("Open, and the next update to the contact is overdue (§14)."),
    "escalation": "The customer requested escalation and waits for our answer (§10).",
    "contested": "The contact objected to the severity and waits for our answer (§7).",
    "rca": "A root cause analysis is owed and not published yet (§12).",
    "waiting": "Waiting for information from the contact (§13).",
    "hold": "The contact's time is paused until a day that both sides know (§13).",
    "closing": "Closed within 24 hours unless the contact answers or reports an issue (§13).",
}
# A view with many cases is walked in its order. For others, the cases are read first and then
# sorted.
CONDITIONS = {
    "open": ("true", False),
    "mine": ("p.assignee_id = %(me)s", True),
    "team": ("true", False),
    "unassigned": ("p.assignee_id IS NULL", False),
    "overdue": ("p.update_overdue_at <= %(as_of)s", True),
    "waiting": (f"p.state = '{CaseState.WAITING_ON_CONTACT}'", False),
    "hold": ("p.on_hold_until IS NOT NULL", True),
    "investigating": (f"p.state = '{CaseState.INVESTIGATING}'", False),
    "escalation": ("p.is_escalation_requested", True),
    "contested": ("p.is_contested", True),
    "rca": (
        (
            "p.case_id IN (SELECT case_id FROM rca_analysis WHERE state <> "  # noqa: S608
            f"'{AnalysisState.PUBLISHED}')"
        ),
        True,
    ),
    "closing": ("p.closing_at < %(as_of)s + interval '24 hours'", True),
}
FEW_HITS = 500
NOBODY = "nobody"


def pairs(query: str) -> dict[str, str]:
    """A query string from a form as a dictionary. Empty if it is invalid."""
    try:
        return dict(parse_qsl(query[:2000], max_num_fields=50))
    except ValueError:
        return {}


def like_literal(text: str) -> str:
    """A text for LIKE, in which it means itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _key(text: str) -> str:
    return text if is_key(text) else ""


def _hour(text: str) -> datetime | None:
    """An hour of UTC in a URL: 2026-03-04T09."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=UTC)
    except ValueError:
        return None


@dataclass(frozen=True)
class QueueFilters:
    """The filters of a list of open cases: values as in the URL, empty if not chosen."""

    view: str = "open"
    severity: int | None = None
    state: str = ""
    organisation: str = ""
    site: str = ""
    area: str = ""
    team: str = ""
    assignee: str = ""
    tag: str = ""
    kind: str = ""
    left: str = ""
    due: str = ""
    age: str = ""
    text: str = ""
    history: bool = False

    @classmethod
    def from_query(cls, params: Mapping[str, str]) -> Self:
        values = {
            field.name: params.get(field.name, "").replace("\0", "").strip()[:100]
            for field in fields(cls)
        }
        return cls(
            view=values["view"] if values["view"] in VIEWS else "open",
            severity=int(values["severity"])
            if values["severity"] in {str(value) for value in Severity.values}
            else None,
            state=values["state"]
            if values["state"] in set(CaseState.values) - {CaseState.CLOSED}
            else "",
            organisation=values["organisation"],
            site=_key(values["site"]),
            area=values["area"][:80],
            team=values["team"] if values["team"] == NOBODY else _key(values["team"]),
            assignee=values["assignee"]
            if values["assignee"] == NOBODY
            else _key(values["assignee"]),
            tag=values["tag"][:40].lower(),
            kind=values["kind"] if values["kind"] in CARES_PROMISES else "",
            left=values["left"] if values["left"] in LEFT else "",
            due=values["due"] if _hour(values["due"]) else "",
            age=values["age"] if values["age"] in AGES else "",
            text=values["text"],
            history=values["history"] == "1",
        )

    def query(self, **changes: Any) -> str:
        """The query string of these filters with changes. Defaults are left out."""
        values = {
            **self.__dict__,
            **changes,
        }  # a page has a dozen of these URLs, so nothing is copied
        values |= {
            "view": values["view"] if values["view"] != "open" else "",
            "history": "1" if values["history"] else "",
        }
        return urlencode({key: value for key, value in values.items() if value})

    @property
    def due_from(self) -> datetime | None:
        """The begin of the hour in which the nearest target is due, if one is chosen."""
        return _hour(self.due)

    @property
    def age_label(self) -> str:
        """The age of the cases, such as “1 to 3 days”, if one is chosen."""
        return AGES[self.age][0] if self.age else ""

    @property
    def without(self) -> str:
        """The query string of the view alone."""
        return type(self)(view=self.view, history=self.history).query()

    @property
    def is_filtered(self) -> bool:
        """Whether a filter other than the view is set."""
        return self.query() != self.without

    def wanted(self, user: User) -> QueueFilter:
        """The filters for the ordered queue (§8).

        Uses a statement of its own only for a search.
        """
        condition, is_selective = CONDITIONS[self.view]
        conditions = [condition] if condition != "true" else []
        params: dict[str, Any] = {"me": user.pk}
        exact: dict[str, Any] = {
            "p.state": self.state,
            "p.area": self.area,
            "p.nearest_kind": self.kind,
            "p.site_id": int(self.site) if self.site else "",
            "p.assignee_id": int(self.assignee) if self.assignee not in ("", NOBODY) else "",
        }
        for index, (column, value) in enumerate(exact.items()):
            if value:
                conditions.append(f"{column} = %(exact_{index})s")
                params[f"exact_{index}"] = value
        if self.assignee == NOBODY:
            conditions.append("p.assignee_id IS NULL")
        if self.team == NOBODY:
            conditions.append("p.team_id IS NULL")
        if self.age:
            conditions.append(age_condition(self.age))
        if self.organisation:
            conditions.append(
                "p.organisation_id IN (SELECT id FROM contacts_organisation WHERE "
                "short_name = %(organisation)s OR name ILIKE %(organisation_name)s)"
            )
            params["organisation"] = self.organisation
            params["organisation_name"] = f"%{like_literal(self.organisation)}%"
        if hour := _hour(self.due):
            conditions.append("p.due_at >= %(hour)s AND p.due_at < %(hour)s + interval '1 hour'")
            params["hour"] = hour
        if self.tag:
            conditions.append("p.tags @> ARRAY[%(tag)s]::varchar[]")
            params["tag"] = self.tag
        few = bool(self.organisation or self.site or self.tag or self.due or exact["p.assignee_id"])
        if self.text:
            words, are_few = _words(self.text, params)
            conditions.append(words)
            few = few or are_few
        return QueueFilter(
            severities=(self.severity,) if self.severity else tuple(Severity.values),
            teams=(int(self.team),) if self.team not in ("", NOBODY) else None,
            teams_of=user.pk if self.view == "team" else None,
            history=self.history,
            time_left_bucket=self.left,
            conditions=tuple(conditions),
            params=params,
            is_selective=is_selective or few,
        )


PROBE = """
    SELECT s.case_id FROM (SELECT case_id, care_words FROM cases_casesearch
        WHERE care_words @@ ({index}) OFFSET 0) AS s
    JOIN sla_queueentry p ON p.case_id = s.case_id WHERE {also} LIMIT %(most)s
"""


def _named(query: str, values: list[str], stem: str) -> tuple[str, dict[str, str]]:
    """A query with named parameters, so that it can be part of a larger statement."""
    names = {f"{stem}_{index}": value for index, value in enumerate(values)}
    return query % tuple(f"%({name})s" for name in names) if values else query, names


def _words(text: str, params: dict[str, Any]) -> tuple[str, bool]:
    """The condition for open cases that contain every word, and whether there are few.

    Few matches are listed by id. For frequent words, each row is checked while the order is walked.
    """
    search_query = SearchQuery.parse(text)
    if search_query.number is not None:
        params["number"] = search_query.number
        params["external_ref"] = search_query.text[:60]
        return (
            (
                "p.number = %(number)s OR p.case_id IN (SELECT id FROM cases_case WHERE "
                "external_ref = %(external_ref)s)"
            ),
            True,
        )
    query, names = _named(*search_query.tsquery, "word")
    params |= names
    index, also, more = query, "true", dict[str, str]()
    if search_query.complete_words is not None:
        index, more = _named(*search_query.complete_words, "rest")
        also = f"s.care_words @@ ({query})"
    with connection.cursor() as cursor:
        cursor.execute(
            PROBE.format(index=index, also=also), {**names, **more, "most": FEW_HITS + 1}
        )
        hits = [key for (key,) in cursor.fetchall()]
    if len(hits) <= FEW_HITS:
        params["hits"] = hits
        return "p.case_id = ANY(%(hits)s)", True
    return (
        (
            "EXISTS (SELECT FROM cases_casesearch s WHERE s.case_id = p.case_id AND "
            f"s.care_words @@ ({query}))"
        ),
        False,
    )
