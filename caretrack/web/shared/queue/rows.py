"""Rows of the queue as HTML.

Fifty rows through a template cost more than everything else of the page together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from html import escape
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from caretrack.web.shared.queue.page import QueueRow
from caretrack.web.shared.templatetags.care import SIGNS, duration
from cases.choices import CaseState, Severity
from sla.models.clock import ClockKindChoices
from sla.models.queue_entry import AROUND_THE_CLOCK

THEIRS = (CaseState.WAITING_ON_CONTACT, CaseState.RESOLUTION_PROPOSED)
LABELS = {
    kind.value: "RCA" if kind == ClockKindChoices.RCA else str(kind.label)
    for kind in ClockKindChoices
}
LABELS[ClockKindChoices.ESCALATION.value] = "Escalation"
WHOLE = {kind.value: escape(str(kind.label)) for kind in ClockKindChoices}
DOT = '<span class="pill__dot" aria-hidden="true"></span>'
STATES = {
    state.value: f'<span class="pill pill--{state.value}">{DOT}{state.label}</span>'
    for state in CaseState
}
SEVERITIES = {
    severity.value: f'<span class="severity severity--{severity.value}">'
    f'<span class="severity__sign" aria-hidden="true">{SIGNS[severity]}</span> '
    f"{severity.label}</span>"
    for severity in Severity
}
UNREAD = (
    '<span class="dot" title="The contact has written since you looked">'
    '<span class="visually-hidden">unread</span></span>'
)
TURNS = ("<strong>our turn</strong>", "their turn")
NO_CLOCK = {
    CaseState.WAITING_ON_CONTACT: "paused: waiting for the contact",
    CaseState.RESOLUTION_PROPOSED: "a resolution is proposed",
}


@dataclass(frozen=True)
class Reading:
    """When and where the rows are read: asked once for a page, for it cost more than all else of a
    row.
    """

    now: datetime
    zone: tzinfo
    today: date

    @classmethod
    def at(cls, now: datetime) -> "Reading":
        zone = timezone.get_current_timezone()
        return cls(now, zone, timezone.now().astimezone(zone).date())

    def instant(self, at: datetime) -> str:
        """As the filter of that name writes it, in English."""
        here, utc = at.astimezone(self.zone), at.astimezone(UTC)
        day = here.date()
        if day == self.today:
            said = f"today {here:%H:%M}"
        else:
            said = (
                f"{here:%a} {here.day} "
                f"{here:%b}{'' if day.year == self.today.year else f' {day.year}'} "
                f"{here:%H:%M}"
            )
        return (
            f'<time datetime="{utc:%Y-%m-%dT%H:%M:%SZ}" title="{utc:%Y-%m-%d %H:%M:%S} '
            f'UTC">{said}</time>'
        )


def shown(rows: Iterable[QueueRow], now: datetime) -> SafeString:
    """The rows of the table."""
    read = Reading.at(now)
    return mark_safe("\n".join([_row(row, read) for row in rows]))  # noqa: S308 (see `_row`)


def nav(views: Iterable[tuple[str, str, str, str, str]], here: str) -> SafeString:
    """The views with how many cases each holds: (key, label, number, address, meaning)."""
    made = []
    for key, label, number, address, means in views:
        mark = ' view--here" aria-current="page' if key == here else ""
        tip = f' title="{escape(means)}"' if means else ""
        made.append(
            f'<a class="view{mark}" href="?{escape(address)}"{tip}><span>{label}</span> '
            f'<span class="view__count">{number}</span></a>'
        )
    return mark_safe("".join(made))  # noqa: S308 (labels and numbers are ours, the address is escaped)


def _row(row: QueueRow, read: Reading) -> str:
    """All that people wrote is escaped here; everything else is ours."""
    code, title, organisation = row.code, escape(row.title), escape(row.organisation)
    unread = UNREAD if row.is_unread else ""
    who = (
        escape(row.assignee)
        if row.assignee
        else '<span class="muted" title="Nobody has taken it">nobody</span>'
    )
    said = escape(row.present or "")
    here = (
        f'<span class="board__here" title="{said}">✎<span class="visually-hidden"> '
        f"{said}</span></span>"
    )
    return (
        f'<tr class="board__row{" board__row--unread" if row.is_unread else ""}" '
        f'data-row="{row.number}">'
        f'<td class="board__pick"><input type="checkbox" name="case" value="{code}" form="bulk" '
        f'aria-label="Choose {code}">{unread}</td>'
        f"<td>{SEVERITIES[row.severity]}</td>"
        f'<td class="code"><a class="board__link" href="/console/cases/{code}/">{code}</a></td>'
        f'<td class="board__title"><span class="board__two ellipsis" title="{title}">{title}</span>'
        f'<span class="board__small ellipsis" title="{escape(row.contact)}, {organisation}">'
        f"{_badges(row)}{organisation}</span></td>"
        f"{_due(row, read)}"
        f'<td class="board__state">{STATES[row.state]}'
        f'<span class="board__small">{TURNS[row.state in THEIRS]}</span></td>'
        '<td class="board__who"><span class="board__two '
        f'ellipsis">{who}{here if said else ""}</span>'
        f'<span class="board__small ellipsis">{escape(row.team or "")}</span></td></tr>'
    )


def _badges(row: QueueRow) -> str:
    said = []
    if row.is_escalation_asked:
        said.append('<span class="badge badge--asks">escalation asked</span>')
    if row.is_contested:
        said.append('<span class="badge badge--asks">severity contested</span>')
    if row.is_silent:
        said.append('<span class="badge badge--asks">no word for too long</span>')
    said += [f'<span class="badge">{escape(tag)}</span>' for tag in row.tags[:3]]
    return "".join(f"{badge} " for badge in said)


def _due(row: QueueRow, read: Reading) -> str:
    """Why a case stands where it does, and when that is due, for the analyst and for the
    customer.
    """
    if not row.has_clock or row.due_at is None:
        why = NO_CLOCK.get(CaseState(row.state), "no clock of ours runs")
        return (
            f'<td class="due"><span class="muted">{why}</span></td><td class="due__when '
            'muted">–</td>'
        )
    label = (
        '<span class="due__label" '
        f'title="{WHOLE[row.nearest_kind]}">{LABELS[row.nearest_kind]}</span>'
    )
    around = (
        '<span class="muted" title="Counted around the clock"> 24 h</span>'
        if row.calendar_key == AROUND_THE_CLOCK
        else ""
    )
    if row.due_at < read.now:
        late = f"missed by {duration(-row.left)}" if row.left < 0 else "missed"
        state, rest = (
            "missed",
            f'<span class="due__rest"><span class="clock__word">{late}</span></span>',
        )
    else:
        share = share_used(row)
        state = "due clock--pressing" if share >= 75 else "due"
        rest = (
            '<span class="clock__bar due__bar" aria-hidden="true"><span '
            f'class="clock__used used-{share}"></span>'
            "</span>"
            '<span class="due__left"><span '
            f'class="clock__left">{duration(row.left)}</span>{around}</span>'
        )
    return (
        f'<td class="due clock--{state}"><span '
        f'class="due__line">{label}{rest}</span></td><td class="due__when">'
        f'<span class="board__two">{read.instant(row.due_at)} you</span>'
        f'<span class="board__small">{_there(row)}</span></td>'
    )


def share_used(row: QueueRow) -> int:
    """How much of the target is used, in steps of 5."""
    if not row.target_seconds:
        return 0
    return max(0, min(100, round((row.target_seconds - row.left) / row.target_seconds * 20) * 5))


def _there(row: QueueRow) -> str:
    """The due instant on the customer's clock."""
    assert row.due_at is not None
    zone, place = _place(row.zone)
    return f"{row.due_at.astimezone(zone):%a %-d %b %H:%M} {place}"


@lru_cache(maxsize=1000)
def _place(zone: str) -> tuple[ZoneInfo, str]:
    """A zone, and what its city is called."""
    return ZoneInfo(zone), escape(zone.rpartition("/")[2].replace("_", " "))


def reason(row: QueueRow, now: datetime) -> str:
    """Why a case comes next, in words: «restoration due in 12 min, Critical, nobody has it»."""
    parts = []
    if row.has_clock and row.due_at is not None:
        label = (
            LABELS[row.nearest_kind].lower() if row.nearest_kind != ClockKindChoices.RCA else "RCA"
        )
        parts.append(
            f"{label} missed" if row.due_at < now else f"{label} due in {duration(row.left)}"
        )
    parts.append(str(Severity(row.severity).label))
    parts.append("yours" if row.assignee_id else "nobody has it")
    return ", ".join(parts)
