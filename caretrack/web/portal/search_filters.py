"""The filters of the portal's search, chosen or typed: `state:closed`, in Japanese `状態:完了`.

A value that means nothing is named on the page, and nothing is found by it: a filter that is left
out in silence shows the wrong cases.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from caretrack.web.portal.filters import STATES
from caretrack.web.shared.readers import state_label
from caretrack.web.shared.search.typed import TypedSearch
from caretrack.web.shared.search.values import BadFilter, midnight_of, plain
from cases.choices import CaseState, Severity
from cases.models import Area
from cases.querysets import CaseQuerySet
from contacts.models import Role, Site, User
from core.formatting import is_japanese
from core.search_query import SearchQuery
from core.translations import localized

NAMES = {
    "state": "state",
    "status": "state",
    "is": "state",
    "severity": "severity",
    "area": "area",
    "site": "site",
    "contact": "contact",
    "from": "since",
    "since": "since",
    "before": "until",
    "状態": "state",
    "ステータス": "state",
    "重大度": "severity",
    "分野": "area",
    "拠点": "site",
    "サイト": "site",
    "登録者": "contact",
    "担当者": "contact",
    "以降": "since",
    "開始": "since",
    "以前": "until",
}
LABELS: dict[str, Promise] = {
    "state": gettext_lazy("State"),
    "severity": gettext_lazy("Severity"),
    "area": gettext_lazy("Area"),
    "site": gettext_lazy("Site"),
    "contact": gettext_lazy("Opened by"),
    "since": gettext_lazy("Opened from"),
    "until": gettext_lazy("Opened before"),
}
ME = ("me", "自分")
SHORT_STATES = {
    "waiting": "yours",
    "pending": "yours",
    "proposed": CaseState.RESOLUTION_PROPOSED,
    "resolved": CaseState.RESOLUTION_PROPOSED,
    "progress": CaseState.IN_PROGRESS,
}
MOST_MEANT = 50


@dataclass(frozen=True)
class SearchFilters:
    """The filters as they were chosen or typed; empty where nothing is. `q` are the words."""

    q: str = ""
    state: str = ""
    severity: str = ""
    area: str = ""
    site: str = ""
    contact: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def from_query(cls, params: Mapping[str, str]) -> Self:
        """The filters of an address. Those that are typed among the words win."""
        values = {
            field.name: " ".join(params.get(field.name, "").replace("\0", "").split())[:200]
            for field in fields(cls)
        }
        typed = TypedSearch.parse(values["q"], NAMES)
        return cls(**values | {"q": typed.words, **typed.filters})

    def query(self, **changes: str) -> str:
        """The query string of these filters with changes."""
        new = replace(self, **changes)
        values = {field.name: getattr(new, field.name) for field in fields(new)}
        return urlencode({key: value for key, value in values.items() if value})

    @property
    def chosen(self) -> list[tuple[Any, str, str]]:
        """(name, value, the query without it) of each filter in use."""
        return [
            (label, _shown(name, getattr(self, name)), self.query(**{name: ""}))
            for name, label in LABELS.items()
            if getattr(self, name)
        ]

    @property
    def has_filters(self) -> bool:
        return bool(self.chosen)

    @property
    def search_query(self) -> SearchQuery | None:
        """The words; None without any."""
        return SearchQuery.parse(self.q) if self.q else None

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


def _shown(name: str, value: str) -> str:
    """A value in the reader's words, where it is one that the page offers."""
    if name == "state":
        return dict(state_options()).get(value, value)
    if name == "severity" and value in {str(key) for key in Severity.values}:
        return str(Severity(int(value)).label)
    return value


def state_options() -> list[tuple[str, str]]:
    """The states of a case in the customer's words: open, whose turn it is, and each of them."""
    groups = [(key, str(label)) for key, label in STATES.items() if key != "all"]
    states = [CaseState.NEW, CaseState.IN_PROGRESS, CaseState.INVESTIGATING]
    states.append(CaseState.RESOLUTION_PROPOSED)
    return [*groups, *((state.value, state_label(state, is_care=False)) for state in states)]


def _state(value: str, user: User) -> Q:
    key = _states_by_name().get(plain(value))
    if key is None:
        wrong = _("“{value}” is not a state. Possible are: {states}.")
        joint = "、" if is_japanese() else ", "
        states = joint.join(label for _key, label in state_options())
        raise BadFilter(wrong.format(value=value, states=states))
    waiting = [CaseState.WAITING_ON_CONTACT, CaseState.RESOLUTION_PROPOSED]
    groups = {
        "all": Q(),
        "open": ~Q(state=CaseState.CLOSED),
        "yours": Q(state__in=waiting),
        "ours": ~Q(state__in=[*waiting, CaseState.CLOSED]),
    }
    return groups.get(key, Q(state=key))


def _states_by_name() -> dict[str, str]:
    """The states by every name that they may be typed with, in English and the reader's
    language.
    """
    by_name: dict[str, str] = {}
    for language in (settings.LANGUAGE_CODE, translation.get_language()):
        with translation.override(language):
            by_name |= {plain(state_label(state, is_care=False)): state for state in CaseState}
            by_name |= {plain(str(label)): key for key, label in STATES.items()}
    by_name |= {plain(state.value): state.value for state in CaseState}
    return by_name | SHORT_STATES | {key: key for key in STATES}


def _severity(value: str, user: User) -> Q:
    by_name: dict[str, int] = {}
    for severity in Severity:
        names = [str(severity.value), severity.name, str(severity.label)]
        by_name |= {plain(name): severity.value for name in names}
    chosen = by_name.get(plain(value))
    if chosen is None:
        wrong = _("“{value}” is not a severity. Possible are: 1 (Critical) to 4 (Low).")
        raise BadFilter(wrong.format(value=value))
    return Q(severity=chosen)


def _area(value: str, user: User) -> Q:
    typed = plain(value)
    names = {
        area.name
        for area in Area.objects.all()
        if typed in {plain(name) for name in (area.name, area.key, localized(area, "name"))}
    }
    if not names:
        raise BadFilter(_("No area is called “{value}”.").format(value=value))
    return Q(area__in=names)


def _site(value: str, user: User) -> Q:
    sites = Site.objects.filter(organisation=user.organisation_id, name__icontains=value)
    meant = dict(sites.values_list("pk", "name")[:MOST_MEANT])
    if not meant:
        raise BadFilter(_("No site is called “{value}”.").format(value=value))
    exact = [key for key, name in meant.items() if plain(name) == plain(value)]
    return Q(site__in=exact or list(meant))


def _contact(value: str, user: User) -> Q:
    if plain(value) in ME:
        return Q(contact=user)
    people = User.objects.filter(
        Q(name__icontains=value) | Q(email__icontains=value),
        organisation=user.organisation_id,
        role=Role.CONTACT,
    )
    meant = dict(people.values_list("pk", "email")[:MOST_MEANT])
    if not meant:
        raise BadFilter(_("No contact is called “{value}”.").format(value=value))
    exact = [key for key, email in meant.items() if plain(email) == plain(value)]
    return Q(contact__in=exact or list(meant))


CONDITIONS: dict[str, Callable[[str, User], Q]] = {
    "state": _state,
    "severity": _severity,
    "area": _area,
    "site": _site,
    "contact": _contact,
    "since": lambda value, user: Q(opened_at__gte=midnight_of(value)),
    "until": lambda value, user: Q(opened_at__lt=midnight_of(value)),
}
