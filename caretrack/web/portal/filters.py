"""The filters in the URL of the case list.

Unknown values are ignored, so that an old bookmark still opens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from caretrack.web.portal.case_order import ORDERS
from caretrack.web.shared.case_pages import CaseOrder
from caretrack.web.shared.numbers import is_key
from cases.choices import CaseState, Severity
from cases.querysets import CaseQuerySet

STATES = {
    "open": pgettext_lazy("cases", "Open"),
    "yours": _("Waiting for you"),
    "ours": _("With us"),
    "closed": pgettext_lazy("cases", "Closed"),
    "all": pgettext_lazy("cases", "All"),
}


@dataclass(frozen=True)
class CaseListFilters:
    """The filters of a case list: each value as in the URL, empty where nothing is chosen."""

    state: str = "open"
    stage: str = ""
    severity: str = ""
    site: str = ""
    area: str = ""
    person: str = ""
    since: str = ""
    until: str = ""
    sort: str = ""
    q: str = ""

    @classmethod
    def from_query(cls, params: Mapping[str, str]) -> Self:
        """Parse the query. A date is YYYY-MM-DD in the reader's zone."""
        values = {
            field.name: params.get(field.name, "").replace("\0", "").strip()[:200]
            for field in fields(cls)
        }
        return cls(
            state=values["state"]
            if values["state"] in STATES
            else "all"
            if values["q"] and not values["state"]
            else "open",
            stage=values["stage"] if values["stage"] in CaseState.values else "",
            severity=values["severity"]
            if values["severity"] in {str(value) for value in Severity.values}
            else "",
            site=values["site"] if is_key(values["site"]) else "",
            area=values["area"][:80],
            person=values["person"] if is_key(values["person"]) else "",
            since=values["since"] if _day(values["since"]) else "",
            until=values["until"] if _day(values["until"]) else "",
            sort=values["sort"] if values["sort"] in ORDERS else "",
            q=values["q"],
        )

    def query(self, **changes: Any) -> str:
        """The query string of this list with changes. Defaults are left out."""
        new = replace(self, **changes)
        values = {field.name: getattr(new, field.name) for field in fields(new)}
        usual = "all" if new.q else "open"
        return urlencode(
            {
                key: value
                for key, value in values.items()
                if value and (key, value) != ("state", usual)
            }
        )

    @property
    def is_filtered(self) -> bool:
        """Whether a filter other than state, search and order is set."""
        return bool(
            self.stage
            or self.severity
            or self.site
            or self.area
            or self.person
            or self.since
            or self.until
        )

    @property
    def shows_open_only(self) -> bool:
        return self.state in ("open", "yours", "ours")

    @property
    def order_name(self) -> str:
        """The order of the list: the chosen one; otherwise what is most urgent first, or of closed
        cases the newest.
        """
        chosen = ORDERS.get(self.sort)
        if chosen is not None and (self.shows_open_only or not chosen.open_only):
            return self.sort
        return "urgent" if self.shows_open_only else "newest"

    @property
    def order(self) -> CaseOrder:
        return ORDERS[self.order_name]

    def applied(self, cases: CaseQuerySet) -> CaseQuerySet:
        """Apply the filters to cases. `cases.search` handles the search."""
        cases = {
            "open": cases.being_worked,
            "yours": cases.contacts_turn,
            "ours": cases.with_cares_side,
            "closed": lambda: cases.filter(state=CaseState.CLOSED),
            "all": lambda: cases,
        }[self.state]()
        exact = {
            "state": self.stage,
            "severity": self.severity,
            "site_id": self.site,
            "contact_id": self.person,
        }
        cases = cases.filter(**{key: value for key, value in exact.items() if value})
        if self.area:
            cases = cases.filter(area=self.area)
        if since := _day(self.since):
            cases = cases.filter(opened_at__gte=_midnight(since))
        if until := _day(self.until):
            cases = cases.filter(opened_at__lt=_midnight(until + timedelta(days=1)))
        return cases


def _day(text: str) -> date | None:
    """A date of a plausible year, or None."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and 1990 <= day.year <= 2200 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())
