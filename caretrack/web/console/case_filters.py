"""The filters of the list of all cases and of the search, chosen or typed: `state:closed`.

A value that means nothing is named on the page, and nothing is found by it: a filter that is left
out in silence shows the wrong cases.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import F, Q, Value

from caretrack.web.console import caller_search
from caretrack.web.shared.case_pages import CaseOrder
from caretrack.web.shared.search.typed import TypedSearch
from caretrack.web.shared.search.values import BadFilter, midnight_of
from cases.choices import CaseState, Severity
from cases.models import Area
from cases.querysets import CaseQuerySet
from contacts.models import Organisation, Team, User
from contacts.models.people import CARE_ROLES
from core.search_query import SearchQuery

NAMES = {
    "state": "state",
    "status": "state",
    "is": "state",
    "severity": "severity",
    "customer": "customer",
    "organisation": "customer",
    "organization": "customer",
    "contact": "contact",
    "requester": "contact",
    "area": "area",
    "assignee": "assignee",
    "analyst": "assignee",
    "team": "team",
    "tag": "tag",
    "from": "since",
    "since": "since",
    "before": "until",
}
TYPED = {"since": "from", "until": "before"}  # how a filter is typed, where it has another name
OPEN, CLOSED, ALL, ME, NOBODY = "open", "closed", "all", "me", "nobody"
SHORT_STATES = {
    "waiting": CaseState.WAITING_ON_CONTACT,
    "pending": CaseState.WAITING_ON_CONTACT,
    "proposed": CaseState.RESOLUTION_PROPOSED,
    "resolved": CaseState.RESOLUTION_PROPOSED,
    "progress": CaseState.IN_PROGRESS,
}
MOST_MEANT = 50
ORDERS = {
    "newest": CaseOrder("Newest first", lambda now: [F("opened_at")]),
    "oldest": CaseOrder("Oldest first", lambda now: [F("opened_at")], is_descending=False),
    "active": CaseOrder("Last activity first", lambda now: [F("last_message_at")]),
    "quiet": CaseOrder(
        "Longest without activity first", lambda now: [F("last_message_at")], is_descending=False
    ),
    "severe": CaseOrder(
        "Most severe first", lambda now: [Value(9) - F("severity"), F("opened_at")]
    ),
    "closed": CaseOrder("Closed last first", lambda now: [F("closed_at")]),
}
# What a click on a heading leads to: the first order, and when that is shown the second.
ORDERS_OF_COLUMNS: dict[str, tuple[str, ...]] = {
    "severity": ("severe",),
    "case": ("newest", "oldest"),
    "opened": ("newest", "oldest"),
    "activity": ("active", "quiet"),
    "closed": ("closed",),
}


@dataclass(frozen=True)
class CaseFilters:
    """The filters as they were chosen or typed; empty where nothing is. `q` are the words."""

    q: str = ""
    state: str = ""
    severity: str = ""
    customer: str = ""
    contact: str = ""
    area: str = ""
    assignee: str = ""
    team: str = ""
    tag: str = ""
    since: str = ""
    until: str = ""
    sort: str = ""

    @classmethod
    def from_query(cls, params: Mapping[str, str]) -> Self:
        """The filters of an address. Those that are typed among the words win."""
        values = {
            field.name: " ".join(params.get(field.name, "").replace("\0", "").split())[:200]
            for field in fields(cls)
        }
        typed = TypedSearch.parse(values["q"], NAMES)
        values |= {"q": typed.words, **typed.filters}
        if values["sort"] not in ORDERS:
            values["sort"] = ""
        return cls(**values)

    def query(self, **changes: str) -> str:
        """The query string of these filters with changes."""
        new = replace(self, **changes)
        values = {field.name: getattr(new, field.name) for field in fields(new)}
        return urlencode({key: value for key, value in values.items() if value})

    @property
    def chosen(self) -> list[tuple[str, str, str]]:
        """(filter as it is typed, value, the query without it) of each filter in use."""
        names = [field.name for field in fields(self) if field.name not in ("q", "sort")]
        return [
            (TYPED.get(name, name), getattr(self, name), self.query(**{name: ""}))
            for name in names
            if getattr(self, name)
        ]

    @property
    def has_filters(self) -> bool:
        return bool(self.chosen)

    @property
    def search_query(self) -> SearchQuery | None:
        """The words; None without any."""
        return SearchQuery.parse(self.q) if self.q else None

    @property
    def order_name(self) -> str:
        """The chosen order, otherwise the newest first; of closed cases the last closed."""
        if self.sort and (self.sort != "closed" or self.is_of_closed):
            return self.sort
        return "closed" if self.is_of_closed else "newest"

    @property
    def is_of_closed(self) -> bool:
        return self.state.lower() == CLOSED

    def applied(self, cases: CaseQuerySet, user: User) -> tuple[CaseQuerySet, list[str]]:
        """The cases that the filters leave, and what is wrong with their values. A filter whose
        value means nothing leaves no case.
        """
        problems = []
        for name, condition in CONDITIONS.items():
            value = getattr(self, name)
            if not value:
                continue
            try:
                cases = cases.filter(condition(value, user))
            except BadFilter as bad:
                problems.append(str(bad))
                cases = cases.none()
        return cases, problems


def _state(value: str, user: User) -> Q:
    text = value.lower().replace("_", " ")
    by_label = {str(state.label).lower(): state for state in CaseState}
    by_value = {state.value.replace("_", " "): state for state in CaseState}
    if text == ALL:
        return Q()
    if text == OPEN:
        return ~Q(state=CaseState.CLOSED)
    state = by_label.get(text) or by_value.get(text) or SHORT_STATES.get(text)
    if state is None:
        possible = ", ".join([OPEN, ALL, *(str(state.label).lower() for state in CaseState)])
        raise BadFilter(f"“{value}” is not a state. Possible are: {possible}.")
    return Q(state=state)


def _severity(value: str, user: User) -> Q:
    by_name = {str(severity.label).lower(): severity.value for severity in Severity}
    by_name |= {str(severity.value): severity.value for severity in Severity}
    by_name |= {severity.name.lower(): severity.value for severity in Severity}
    chosen = by_name.get(value.lower())
    if chosen is None:
        raise BadFilter(f"“{value}” is not a severity. Possible are: 1 (Critical) to 4 (Low).")
    return Q(severity=chosen)


def _customer(value: str, user: User) -> Q:
    exact = caller_search.exact(value)
    if exact is not None:
        return Q(organisation=exact)
    named = Organisation.objects.filter(Q(name__icontains=value) | Q(short_name__icontains=value))
    meant = list(named.values_list("pk", flat=True)[:MOST_MEANT])
    if not meant:
        raise BadFilter(f"No customer is called “{value}”.")
    return Q(organisation__in=meant)


def _contact(value: str, user: User) -> Q:
    people = User.objects.filter(
        Q(name__icontains=value) | Q(email__icontains=value), organisation__isnull=False
    )
    meant = list(people.values_list("pk", flat=True)[:MOST_MEANT])
    if not meant:
        raise BadFilter(f"No contact is called “{value}”.")
    return Q(contact__in=meant)


def _area(value: str, user: User) -> Q:
    area = Area.objects.filter(Q(name__iexact=value) | Q(key__iexact=value)).first()
    return Q(area=area.name if area else value)


def _assignee(value: str, user: User) -> Q:
    if value.lower() == ME:
        return Q(assignee=user)
    if value.lower() in (NOBODY, "none", "unassigned"):
        return Q(assignee=None)
    people = User.objects.filter(
        Q(name__icontains=value) | Q(email__iexact=value), role__in=CARE_ROLES
    )
    meant = list(people.values_list("pk", flat=True)[:MOST_MEANT])
    if not meant:
        raise BadFilter(f"No analyst is called “{value}”. “me” and “nobody” are possible too.")
    return Q(assignee__in=meant)


def _team(value: str, user: User) -> Q:
    meant = list(Team.objects.filter(name__icontains=value).values_list("pk", flat=True))
    if not meant:
        raise BadFilter(f"No team is called “{value}”.")
    return Q(team__in=meant)


def _tag(value: str, user: User) -> Q:
    return Q(tags__contains=[value.lower()])


CONDITIONS: dict[str, Callable[[str, User], Q]] = {
    "state": _state,
    "severity": _severity,
    "customer": _customer,
    "contact": _contact,
    "area": _area,
    "assignee": _assignee,
    "team": _team,
    "tag": _tag,
    "since": lambda value, user: Q(opened_at__gte=midnight_of(value)),
    "until": lambda value, user: Q(opened_at__lt=midnight_of(value)),
}


def choices() -> dict[str, list[tuple[Any, Any]]]:
    """What the fields of the list offer, beside what can be typed."""
    return {
        "state": [
            (OPEN, "Open"),
            (CLOSED, "Closed"),
            *[(state.value, state.label) for state in CaseState if state != CaseState.CLOSED],
        ],
        "severity": list(Severity.choices),
    }
