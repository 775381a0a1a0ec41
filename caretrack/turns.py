"""The sentence on top of every case: whose turn it is, what happens next, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString

from caretrack.clockviews import ClockView, nearest
from caretrack.templatetags.care import duration, instant
from cases.models import Case
from cases.verbs import State
from contacts.models import User
from sla.models.clock import Kind

Piece = str | datetime


@dataclass(frozen=True)
class Turn:
    """`whose` is yours, theirs, ours or nobody's, as the reader sees it; `lead` says so; `pieces` are the sentences."""

    whose: str
    lead: str
    pieces: tuple[Piece, ...]
    clock: ClockView | None = None

    @property
    def html(self) -> SafeString:
        """The sentences, with each instant as a <time> element."""
        return format_html_join(
            "", "{}", ((instant(p) if isinstance(p, datetime) else conditional_escape(p),) for p in self.pieces)
        )


def sentence(
    case: Case, clocks: Sequence[ClockView], reader: User, *, asker: str = "", reopens_until: datetime | None = None,
    held: str = "", has_written: bool = False,
) -> Turn:  # fmt: skip
    """Whose turn it is on `case` for `reader`; `clocks` are all its clocks as values.

    `asker` names who asked for information, `reopens_until` is the end of the window of a closed case, `held` says why
    a closure waits, and `has_written` that the contact wrote after the proposal and nobody has answered yet.
    """
    if case.state == State.CLOSED:
        return _over(case, reader, reopens_until)
    if case.state == State.WAITING_ON_CONTACT:
        return _asked(case, clocks, reader, asker)
    if case.state == State.RESOLUTION_PROPOSED:
        if has_written:
            return _written_since(reader)
        return _proposed(case, clocks, reader, held)
    return _with_care(case, clocks, reader)


def _over(case: Case, reader: User, reopens_until: datetime | None) -> Turn:
    pieces: list[Piece] = [f"{case.get_closing_reason_display()}, "]
    if case.closed_at:
        pieces += [case.closed_at, "."]
    if reopens_until and reopens_until > timezone.now():
        who = "The customer can" if reader.is_care else "If it comes back you can"
        pieces += [f" {who} reopen it until ", reopens_until, "."]
    elif not reader.is_care:
        pieces += [" Should it come back, open a new case and mention this number."]
    return Turn("nobody", "Closed.", tuple(pieces))


def _asked(case: Case, clocks: Sequence[ClockView], reader: User, asker: str) -> Turn:
    wait = _running(clocks, Kind.CUSTOMER_RESPONSE)
    asker = asker or "Care"
    pieces: list[Piece] = []
    if case.waiting_since:
        whom = f" {case.contact.name}" if reader.is_care else " you"
        pieces += [f"{asker} asked{whom} for information on ", case.waiting_since, "."]
    if reader.is_care:
        if wait and wait.due_at:
            pieces += [
                " Their answer is due ",
                wait.due_at,
                f" ({_left(wait)}); then CareTrack gives notice of closure.",
            ]
        return Turn("theirs", "The customer's turn.", tuple(pieces), wait)
    if wait and wait.due_at:
        pieces += [" Please answer by ", wait.due_at, f" ({_left(wait)})"]
        pieces += [", or we may close the case on ", wait.closes_at, "."] if wait.closes_at else ["."]
    return Turn("yours", "Your turn.", tuple(pieces), wait)


def _written_since(reader: User) -> Turn:
    """The contact wrote after the proposal: the ball is with Care again, and the case does not close meanwhile."""
    if reader.is_care:
        said = "The contact has written since the resolution was proposed. The case does not close before an answer."
        return Turn("ours", "Our turn.", (said,))
    said = "You have written since we proposed a resolution. We answer first; until then the case does not close."
    return Turn("theirs", "Our turn: there is nothing you need to do now.", (said,))


def _proposed(case: Case, clocks: Sequence[ClockView], reader: User, held: str) -> Turn:
    closure = _running(clocks, Kind.CLOSURE)
    at = closure.due_at if closure else None
    if reader.is_care:
        pieces: list[Piece] = ["A resolution is proposed."]
        if held:
            pieces += [" The case cannot close yet: ", held]
            return Turn("ours", "Our turn.", tuple(pieces), nearest(clocks, cares=True))
        pieces += [" Without an issue reported it closes ", at, f" ({_left(closure)})."] if at and closure else []
        return Turn("theirs", "The customer's turn.", tuple(pieces), closure)
    pieces = ["We believe it is fixed. Tell us if it is not"]
    if held:
        pieces += [". The case stays open until you have our root cause analysis."]
        return Turn("yours", "Your turn.", tuple(pieces), nearest(clocks, cares=True) or closure)
    pieces += [", or accept it; if we hear nothing, the case closes ", at, "."] if at else [", or accept it."]
    return Turn("yours", "Your turn.", tuple(pieces), closure)


def _with_care(case: Case, clocks: Sequence[ClockView], reader: User) -> Turn:
    clock = nearest(clocks, cares=True)
    lead, whose = (
        ("Our turn.", "ours") if reader.is_care else ("Our turn: there is nothing you need to do now.", "theirs")
    )
    if clock is None or clock.due_at is None:
        what = "Nothing is promised for a certain hour; we tell you as soon as there is news."
        return Turn(whose, lead, ("No promise runs towards an hour.",) if reader.is_care else (what,), clock)
    missed = clock.state == "missed"
    said = _promise(clock, reader, missed)
    pieces: list[Piece] = [f"{said} ", clock.due_at]
    if missed:
        late = duration(-(clock.left or 0))
        pieces += [
            f", {late} ago. It is late and comes first."
            if reader.is_care
            else f", {late} ago. We are late, and we are on it."
        ]
    else:
        pieces += [f", in {_left(clock)}."]
    return Turn(whose, lead, tuple(pieces), clock)


PROMISES = {
    Kind.RESPONSE: ("The first answer", "You get a first answer by"),
    Kind.RESTORE: ("Restoration", "It works again by"),
    Kind.RCA: ("The root cause analysis", "You get our root cause analysis by"),
    Kind.ESCALATION: ("The answer to the escalation request", "You get an answer to your request for escalation by"),
}


def _promise(clock: ClockView, reader: User, missed: bool) -> str:
    ours, yours = PROMISES.get(Kind(clock.kind), (clock.label, f"{clock.label} by"))
    if missed:
        return f"{ours} was {'due' if reader.is_care else 'promised for'}"
    return f"{ours} is due" if reader.is_care else yours


def _running(clocks: Sequence[ClockView], kind: str) -> ClockView | None:
    return next((clock for clock in clocks if clock.kind == kind and clock.is_running), None)


def _left(clock: ClockView) -> str:
    if clock.left is None:
        return "time not known yet"
    if clock.left < 0:
        return f"{duration(-clock.left)} {clock.counted_in} ago"
    return f"{duration(clock.left)} {clock.counted_in}"
