"""The order in which Care works (§8), inside the database: severity, time left on the nearest clock, priority, age.

The business time left of a case is its clock's running total at the due instant less the same calendar's total now,
so one statement sorts the cases of many calendars. `as_of` freezes «now» while somebody pages on: the order is total
and stable, and no case is shown twice or passed over because a minute went by.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    F,
    Func,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models import Case as Choose
from django.db.models.functions import Cast, Coalesce

from cases.models import Case
from cases.verbs import Severity, State
from contacts.models import CalendarVersion, User
from rca.models import Analysis
from sla import calendars
from sla.businesstime import ALWAYS, Calendar

PAGE = 50
LAST = 10**15  # the time left of a case without a running clock: after every other of its severity
OLDEST_CURSOR = timedelta(days=2)
HOUR = 3600

VIEWS = {
    "open": "All open",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "waiting": "Waiting on contact",
    "investigating": "Investigating",
    "rca": "RCA owed",
}
# Names of the stretches of time left, nearest first; insight counts by the same words and links here.
LEFT = {
    "missed": "Missed",
    "hour": "Less than 1 h",
    "hours": "Less than 4 h",
    "day": "Less than 1 business day",
    "more": "More",
    "none": "No clock of ours runs",
}


class BadCursor(ValueError):
    """A page was asked for in a way that this queue never offers."""


@dataclass(frozen=True)
class Filters:
    """What the address asks of the queue. Unknown words are left out, so that an old bookmark still opens."""

    view: str = "open"
    severity: int | None = None
    state: str = ""
    organisation: str = ""
    left: str = ""
    text: str = ""
    history: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        severity, state, left = asked.get("severity", ""), asked.get("state", ""), asked.get("left", "")
        return cls(
            view=asked["view"] if asked.get("view") in VIEWS else "open",
            severity=int(severity) if severity in {str(value) for value in Severity.values} else None,
            state=state if state in set(State.values) - {State.CLOSED} else "",
            organisation=asked.get("organisation", "").strip()[:40].replace("\0", ""),
            left=left if left in LEFT else "",
            text=asked.get("text", "").strip()[:100].replace("\0", ""),
            history=asked.get("history") == "1",
        )

    def query(self, **changes: Any) -> str:
        """The address of these filters, with changes; defaults are left out."""
        new = replace(self, **changes)
        said = {
            "view": new.view if new.view != "open" else "", "severity": new.severity or "", "state": new.state,
            "organisation": new.organisation, "left": new.left, "text": new.text, "history": "1" if new.history else "",
        }  # fmt: skip
        return urlencode({key: value for key, value in said.items() if value})

    @property
    def narrows(self) -> bool:
        """Whether anything but the view was chosen."""
        return bool(self.severity or self.state or self.organisation or self.left or self.text)


@dataclass(frozen=True)
class Cursor:
    """The last row of a page, and the instant at which the whole paging is reckoned."""

    as_of: datetime
    place: tuple[int, int, int, datetime, int]

    def __str__(self) -> str:
        severity, left, priority, opened_at, number = self.place
        said = [int(self.as_of.timestamp()), severity, left, priority, int(opened_at.timestamp() * 1_000_000), number]
        return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")

    @classmethod
    def of(cls, text: str, now: datetime) -> Self:
        """Read what a page carried. Raises BadCursor for anything this queue did not write, or wrote days ago."""
        try:
            said = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
            if not (isinstance(said, list) and len(said) == 6 and all(type(value) is int for value in said)):
                raise BadCursor("not a place in the queue")
            if any(abs(value) > 2**62 for value in said):
                raise BadCursor("not a place in the queue")
            as_of = datetime.fromtimestamp(said[0], UTC)
            opened_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=said[4])
        except (ValueError, OverflowError, OSError, binascii.Error, UnicodeError) as error:
            raise BadCursor("not a place in the queue") from error
        if not now - OLDEST_CURSOR <= as_of <= now + timedelta(minutes=5) or not (
            1 <= said[1] <= 4 and 1 <= said[3] <= 9
        ):
            raise BadCursor("not a place in the queue of today")
        return cls(as_of, (said[1], said[2], said[3], opened_at, said[5]))


@dataclass(frozen=True)
class Page:
    """Rows of the queue in their order, and where to go on."""

    cases: list[Case]
    as_of: datetime
    next: Cursor | None


_calendars: dict[int, Calendar] = {}


def calendars_now(now: datetime) -> dict[int, int]:
    """The running total of every calendar at `now`. One statement; a second one for versions not met before."""
    keys = list(CalendarVersion.objects.order_by("pk").values_list("pk", flat=True))
    new = [key for key in keys if key not in _calendars]
    if new:
        for version in CalendarVersion.objects.filter(pk__in=new):
            _calendars[version.pk] = calendars.compiled(version)  # versions never change
    return {key: calendars.mark(_calendars[key], now) for key in keys}


def with_time_left(cases: QuerySet[Case], now: datetime) -> QuerySet[Any]:
    """Each case with `left`: seconds of counted time left on its nearest clock of Care's, below 0 once missed."""
    totals = Func(
        Value(json.dumps(calendars_now(now)), output_field=TextField()),
        function="",
        template="(%(expressions)s)::jsonb",
        output_field=JSONField(),
    )
    own = Func(
        totals,
        Cast("terms__calendar_version_id", TextField()),
        function="jsonb_extract_path_text",
        output_field=TextField(),
    )
    here = Choose(
        When(terms__nearest_is_around_the_clock=True, then=Value(calendars.mark(ALWAYS, now))),
        default=Cast(own, BigIntegerField()),
        output_field=BigIntegerField(),
    )
    return cases.annotate(left=Coalesce(F("terms__nearest_mark") - here, Value(LAST), output_field=BigIntegerField()))


def with_stretch(cases: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    """Each case with `stretch`, the name of its time left; a clock past its due instant counts as missed.

    Outside business hours no counted time passes, so «missed» asks the due instant and not the time left.
    """
    day = Choose(
        When(terms__nearest_is_around_the_clock=True, then=Value(24 * HOUR)),
        default=Cast("terms__policy_version__hours_per_business_day", BigIntegerField()) * HOUR,
        output_field=BigIntegerField(),
    )
    return cases.annotate(
        stretch=Choose(
            When(left=LAST, then=Value("none")),
            When(terms__nearest_due_at__lt=now, then=Value("missed")),
            When(left__lt=HOUR, then=Value("hour")),
            When(left__lt=4 * HOUR, then=Value("hours")),
            When(left__lt=day, then=Value("day")),
            default=Value("more"),
            output_field=TextField(),
        )
    )


def open_cases(user: User, *, history: bool) -> QuerySet[Case]:
    """What Care has on its table. Histories replayed from another system are worked by nobody: they are asked for."""
    cases: QuerySet[Case] = Case.objects.visible_to(user).being_worked()
    return cases if history else cases.filter(organisation__is_historical=False)


def _owes_rca() -> Exists:
    return Exists(Analysis.objects.owed().filter(case_id=OuterRef("pk")))


def in_view(view: str, user: User) -> Q:
    """The cases of a view, out of the open ones."""
    return {
        "mine": Q(assignee=user),
        "unassigned": Q(assignee=None),
        "waiting": Q(state=State.WAITING_ON_CONTACT),
        "investigating": Q(state=State.INVESTIGATING),
        "rca": Q(_owes_rca()),
    }.get(view, Q())


def counts(user: User, *, history: bool) -> dict[str, int]:
    """How many open cases each view holds, and how many of a replayed history lie apart. One statement."""
    wanted = Q() if history else Q(organisation__is_historical=False)
    cases = Case.objects.visible_to(user).being_worked().annotate(owes=_owes_rca())
    views = {view: Count("pk", filter=wanted & in_view(view, user)) for view in VIEWS if view != "rca"}
    replayed = Count("pk", filter=Q(organisation__is_historical=True))
    return cases.aggregate(**views, rca=Count("pk", filter=wanted & Q(owes=True)), replayed=replayed)


def _wanted(cases: QuerySet[Any], filters: Filters, user: User, now: datetime) -> QuerySet[Any]:
    cases = cases.filter(in_view(filters.view, user))
    if filters.severity:
        cases = cases.filter(severity=filters.severity)
    if filters.state:
        cases = cases.filter(state=filters.state)
    if filters.organisation:
        cases = cases.filter(organisation__short_name=filters.organisation)
    if filters.left:
        cases = with_stretch(cases, now).filter(stretch=filters.left)
    if filters.text:
        words = Q(title__icontains=filters.text) | Q(organisation__name__icontains=filters.text)
        digits = filters.text.upper().removeprefix("CT-").lstrip("0")
        if digits.isdecimal() and digits.isascii() and len(digits) < 18:
            words |= Q(number=int(digits))
        cases = cases.filter(words)
    return cases


def _after(place: tuple[int, int, int, datetime, int]) -> Q:
    """What stands behind a place: the tuple comparison, spelled out."""
    condition = Q()
    for name, value in reversed(list(zip(("severity", "left", "priority", "opened_at", "number"), place, strict=True))):
        later = Q(**{f"{name}__gt": value})
        condition = later | Q(**{name: value}) & condition if condition else later
    return condition


def page(user: User, filters: Filters, *, now: datetime, cursor: Cursor | None = None, size: int = PAGE) -> Page:
    """A page of the queue in the order of §8."""
    as_of = (cursor.as_of if cursor else now).replace(microsecond=0)
    cases = _wanted(with_time_left(open_cases(user, history=filters.history), as_of), filters, user, as_of)
    if cursor:
        cases = cases.filter(_after(cursor.place))
    cases = cases.select_related("organisation", "assignee", "contact", "terms__calendar_version__calendar", "team")
    rows = list(cases.order_by("severity", "left", "priority", "opened_at", "number")[: size + 1])
    shown = rows[:size]
    onward = Cursor(as_of, place_of(shown[-1])) if len(rows) > size else None
    return Page(shown, as_of, onward)


def place_of(case: Case) -> tuple[int, int, int, datetime, int]:
    """Where a case with its `left` stands."""
    return case.severity, case.left, case.priority, case.opened_at, case.number  # type: ignore[attr-defined]
