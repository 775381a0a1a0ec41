"""Rows of the queue as HTML. Fifty rows through a template cost more than everything else of the page together."""

from collections.abc import Iterable
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString, mark_safe

from caretrack.console.queue.page import Row
from caretrack.templatetags.care import SIGNS, duration, instant
from cases.verbs import Severity, State
from sla.models.clock import Kind
from sla.models.place import AROUND_THE_CLOCK

THEIRS = (State.WAITING_ON_CONTACT, State.RESOLUTION_PROPOSED)
LABELS = {kind.value: "RCA" if kind == Kind.RCA else str(kind.label) for kind in Kind}
LABELS[Kind.ESCALATION.value] = "Escalation"
DOT = '<span class="pill__dot" aria-hidden="true"></span>'
STATES = {state.value: f'<span class="pill pill--{state.value}">{DOT}{state.label}</span>' for state in State}
SEVERITIES = {
    severity.value: f'<span class="severity severity--{severity.value}">'
    f'<span class="severity__sign" aria-hidden="true">{SIGNS[severity]}</span> {severity.label}</span>'
    for severity in Severity
}
UNREAD = (
    '<span class="dot" title="The contact has written since you looked">'
    '<span class="visually-hidden">unread</span></span>'
)
TURNS = ("<strong>our turn</strong>", "their turn")
NO_CLOCK = {
    State.WAITING_ON_CONTACT: "paused: waiting for the contact",
    State.RESOLUTION_PROPOSED: "a resolution is proposed",
}


def shown(rows: Iterable[Row], now: datetime) -> SafeString:
    """The rows of the table."""
    return mark_safe("\n".join([_row(row, now) for row in rows]))  # noqa: S308 (see `_row`)


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


def _row(row: Row, now: datetime) -> str:
    """All that people wrote is escaped here; everything else is ours."""
    code, title, organisation = row.code, escape(row.title), escape(row.organisation)
    unread = UNREAD if row.is_unread else ""
    who = escape(row.assignee) if row.assignee else '<span class="muted" title="Nobody has taken it">nobody</span>'
    said = escape(row.present or "")
    here = f'<span class="board__here" title="{said}">✎<span class="visually-hidden"> {said}</span></span>'
    return (
        f'<tr class="board__row{" board__row--unread" if row.is_unread else ""}" data-row="{row.number}">'
        f'<td class="board__pick"><input type="checkbox" name="case" value="{code}" form="bulk" '
        f'aria-label="Choose {code}">{unread}</td>'
        f"<td>{SEVERITIES[row.severity]}</td>"
        f'<td class="code"><a class="board__link" href="/console/cases/{code}/">{code}</a></td>'
        f'<td class="board__title"><span class="board__two ellipsis" title="{title}">{title}</span>'
        f'<span class="board__small ellipsis" title="{escape(row.contact)}, {organisation}">'
        f"{_badges(row)}{organisation}</span></td>"
        f"{_due(row, now)}"
        f'<td class="board__state">{STATES[row.state]}'
        f'<span class="board__small">{TURNS[row.state in THEIRS]}</span></td>'
        f'<td class="board__who"><span class="board__two ellipsis">{who}{here if said else ""}</span>'
        f'<span class="board__small ellipsis">{escape(row.team or "")}</span></td></tr>'
    )


def _badges(row: Row) -> str:
    said = []
    if row.is_escalation_asked:
        said.append('<span class="badge badge--asks">escalation asked</span>')
    if row.is_contested:
        said.append('<span class="badge badge--asks">severity contested</span>')
    if row.is_silent:
        said.append('<span class="badge badge--asks">no word for too long</span>')
    said += [f'<span class="badge">{escape(tag)}</span>' for tag in row.tags[:3]]
    return "".join(f"{badge} " for badge in said)


def _due(row: Row, now: datetime) -> str:
    """Why a case stands where it does, and when that is due, for the analyst and for the customer."""
    if not row.has_clock or row.due_at is None:
        why = NO_CLOCK.get(State(row.state), "no clock of ours runs")
        return f'<td class="due"><span class="muted">{why}</span></td><td class="due__when muted">–</td>'
    whole = escape(str(Kind(row.nearest_kind).label))
    label = f'<span class="due__label" title="{whole}">{LABELS[row.nearest_kind]}</span>'
    around = '<span class="muted" title="Counted around the clock"> 24 h</span>' if row.lane == AROUND_THE_CLOCK else ""
    if row.due_at < now:
        late = f"missed by {duration(-row.left)}" if row.left < 0 else "missed"
        state, rest = "missed", f'<span class="due__rest"><span class="clock__word">{late}</span></span>'
    else:
        share = share_used(row)
        state = "due clock--pressing" if share >= 75 else "due"
        rest = (
            f'<span class="clock__bar due__bar" aria-hidden="true"><span class="clock__used used-{share}"></span>'
            "</span>"
            f'<span class="due__left"><span class="clock__left">{duration(row.left)}</span>{around}</span>'
        )
    return (
        f'<td class="due clock--{state}"><span class="due__line">{label}{rest}</span></td><td class="due__when">'
        f'<span class="board__two">{instant(row.due_at)} you</span><span class="board__small">{_there(row)}</span></td>'
    )


def share_used(row: Row) -> int:
    """How much of the target is used, in steps of 5."""
    if not row.target_seconds:
        return 0
    return max(0, min(100, round((row.target_seconds - row.left) / row.target_seconds * 20) * 5))


def _there(row: Row) -> str:
    """The due instant on the customer's clock."""
    assert row.due_at is not None
    place = row.zone.rpartition("/")[2].replace("_", " ")
    return f"{row.due_at.astimezone(ZoneInfo(row.zone)):%a %-d %b %H:%M} {escape(place)}"


def reason(row: Row, now: datetime) -> str:
    """Why a case comes next, in words: «restoration due in 12 min, Critical, nobody has it»."""
    parts = []
    if row.has_clock and row.due_at is not None:
        label = LABELS[row.nearest_kind].lower() if row.nearest_kind != Kind.RCA else "RCA"
        parts.append(f"{label} missed" if row.due_at < now else f"{label} due in {duration(row.left)}")
    parts.append(str(Severity(row.severity).label))
    parts.append("yours" if row.assignee_id else "nobody has it")
    return ", ".join(parts)
