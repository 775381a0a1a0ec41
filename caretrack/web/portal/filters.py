"""What the address of the list asks for.

Unknown words are left out, so that an old bookmark still opens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.choices import CaseState, Severity
from cases.querysets import CaseQuerySet

STATES = {
    "open": pgettext_lazy("cases", "Open"),
    "yours": _("Your turn"),
    "ours": _("With us"),
    "closed": pgettext_lazy("cases", "Closed"),
    "all": pgettext_lazy("cases", "All"),
}
SORTS = {"turn": _("Your turn first"), "newest": _("Newest first")}


@dataclass(frozen=True)
class CaseListFilters:
    """One list of cases: each value as it stands in the address, empty where nothing is asked."""

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
        """Read an address; a date is YYYY-MM-DD on the reader's calendar."""
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
            site=values["site"] if _is_key(values["site"]) else "",
            area=values["area"][:80],
            person=values["person"] if _is_key(values["person"]) else "",
            since=values["since"] if _day(values["since"]) else "",
            until=values["until"] if _day(values["until"]) else "",
            sort=values["sort"] if values["sort"] in SORTS else "",
            q=values["q"],
        )

    def query(self, **changes: Any) -> str:
        """The address of this list, with changes; what is usual is left out."""
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
    def narrows(self) -> bool:
        """Whether anything but the state, the words and the order was chosen."""
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
    def turn_first(self) -> bool:
        """Open cases come with the reader's turn first, unless another order is asked for."""
        return self.state in ("open", "yours", "ours") and self.sort != "newest"

    def applied(self, cases: CaseQuerySet) -> CaseQuerySet:
        """The cases that this list holds; words are `cases.search`'s affair."""
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


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _day(text: str) -> date | None:
    """A day people mean; years in which nobody opened a case are none."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and 1990 <= day.year <= 2200 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())
