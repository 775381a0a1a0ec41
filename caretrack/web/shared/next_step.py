"""The sentence at the top of every case: whose turn it is, what happens next, and when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from string import Formatter
from typing import Any

from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from caretrack.web.shared.clock_view import ClockView, nearest
from caretrack.web.shared.readers import paused_labels
from caretrack.web.shared.templatetags.care import duration, instant
from caretrack.web.shared.templatetags.documents import fixed
from cases.choices import CaseState, Severity
from cases.facts import Hold
from cases.models import Case
from contacts.models import User
from core.formatting import is_japanese
from sla.models.clock import ClockKindChoices

Piece = str | datetime


@dataclass(frozen=True)
class NextStep:
    """`whose` is yours, theirs, ours or nobody's, as the reader sees it.

    `lead` is the first sentence, and `pieces` are the others. `pause` replaces the name of the
    case's state while the contact's time is paused.
    """

    whose: str
    lead: str
    pieces: tuple[Piece, ...]
    clock: ClockView | None = None
    pause: str = ""

    @property
    def html(self) -> SafeString:
        """The sentences, with each instant as a <time> element."""
        return self._joined(instant)

    def in_document(self, zone: str) -> SafeString:
        """The same on paper: instants have the full date, in the zone of the document."""
        return self._joined(lambda at: fixed(at, zone))

    def _joined(self, shown: Callable[[datetime], Any]) -> SafeString:
        return format_html_join(
            "",
            "{}",
            (
                (shown(p) if isinstance(p, datetime) else conditional_escape(p),)
                for p in self.pieces
            ),
        )


def sentence(
    case: Case,
    clocks: Sequence[ClockView],
    reader: User,
    *,
    asker: str = "",
    reopens_until: datetime | None = None,
    held: str = "",
    has_written: bool = False,
    hold: Hold | None = None,
    is_suspended: bool = False,
    survivor: Case | None = None,
) -> NextStep:
    """Whose turn it is on `case` for `reader`. `clocks` are all its clocks as values.

    `asker` requested information last. `reopens_until` ends the reopening window of a closed case.
    `held` is why the case cannot close. `has_written` means that the contact wrote after the
    proposal, and nobody replied yet. `hold` is the hold in force, `is_suspended` that no
    contact may reply. `survivor` is the case as which a
    duplicate goes on.
    """
    if case.state == CaseState.CLOSED:
        return _over(case, reader, reopens_until, survivor)
    if hold is not None or is_suspended:
        step = _on_hold(hold, reader) if hold is not None else _suspended(reader)
        if case.state != CaseState.WAITING_ON_CONTACT:  # a proposed resolution stays one
            return step
        return replace(
            step, pause=paused_labels()["on_hold" if hold is not None else "wait_suspended"]
        )
    if case.state == CaseState.WAITING_ON_CONTACT:
        return _waiting_on_contact(case, clocks, reader, asker)
    if case.state == CaseState.RESOLUTION_PROPOSED:
        if has_written:
            return _written_since(reader)
        return _proposed(case, clocks, reader, held)
    return _with_care(case, clocks, reader)


def _over(
    case: Case, reader: User, reopens_until: datetime | None, survivor: Case | None
) -> NextStep:
    reason = str(case.get_closing_reason_display())
    pieces = (
        filled(_("{reason}, {at}."), reason=reason, at=case.closed_at)
        if case.closed_at
        else [f"{reason}, "]
    )
    if survivor is not None and not reader.is_care:
        link = format_html('<a href="/portal/cases/{0}/">{0}</a>', survivor.code)
        goes_on = (
            _("It goes on as {case}: please write there.")
            if survivor.is_open
            else _("It went on as {case}, which is closed too.")
        )
        return NextStep("nobody", _("Closed."), (*pieces, " ", *filled(goes_on, case=link)))
    if reopens_until and reopens_until > timezone.now():
        until = (
            _("The customer can reopen it until {at}.")
            if reader.is_care
            else _("If it comes back, you can reopen the case until {at}.")
        )
        pieces += [" ", *filled(until, at=reopens_until)]
    elif not reader.is_care:
        again = (
            _("If it comes back, open a new case and mention this number.")
            if case.severity == Severity.CRITICAL
            else _("If it comes back, you can continue it as a new, linked case.")
        )
        pieces += [" ", again]
    return NextStep("nobody", _("Closed."), tuple(pieces))


def _on_hold(hold: Hold, reader: User) -> NextStep:
    """The contact's time is paused (§13)."""
    case = format_html(
        '<a href="/{}/cases/{}/">{}</a>',
        "console" if reader.is_care else "portal",
        hold.after,
        hold.after,
    )
    if hold.after:
        until = _("Until {case} is resolved, and at most until {at}.")
    else:
        until = _("Until {at}.")
    pieces = [*filled(until, at=hold.until, case=case), " "]
    if reader.is_care:
        pieces.append("The contact's time is paused, and a reply of theirs ends the hold.")
    else:
        pieces.append(
            _("Your time to reply is paused. You can reply at any time; that ends the hold.")
        )
    return NextStep("nobody", _("On hold."), tuple(pieces))


def _suspended(reader: User) -> NextStep:
    """No contact may reply: their time is paused until one may (§13)."""
    if reader.is_care:
        text = "No contact of the organisation can reply now. The wait continues once one can."
        return NextStep("nobody", "Paused.", (text,))
    text = _(
        "No contact of your organisation can reply now. The time to reply is paused until then."
    )
    return NextStep("nobody", _("Paused."), (text,))


def _waiting_on_contact(
    case: Case, clocks: Sequence[ClockView], reader: User, asker: str
) -> NextStep:
    wait = _running(clocks, ClockKindChoices.CUSTOMER_RESPONSE)
    asker = asker or _("Care")
    pieces: list[Piece] = []
    if case.waiting_since and reader.is_care:
        pieces += [
            f"{asker} asked the contact for information (",
            case.waiting_since,
            ").",
        ]
    elif case.waiting_since:
        pieces += filled(
            _("{asker} asked you for information ({at})."), asker=asker, at=case.waiting_since
        )
    if reader.is_care:
        if wait and wait.due_at:
            pieces += [
                "  Their reply is due ",
                wait.due_at,
                f" ({_left(wait)}); then CareTrack gives notice of closure.",
            ]
        return NextStep("theirs", "The customer's turn.", tuple(pieces), wait)
    if wait and wait.due_at:
        please = (
            _("Please reply by {at} ({left}). Without a reply, the case may be closed on {closes}.")
            if wait.closes_at
            else _("Please reply by {at} ({left}).")
        )
        pieces += [" ", *filled(please, at=wait.due_at, left=_left(wait), closes=wait.closes_at)]
    return NextStep("yours", _("Waiting for you."), tuple(pieces), wait)


def _written_since(reader: User) -> NextStep:
    """The contact wrote after the proposal. Care replies first, and the case does not close
    meanwhile.
    """
    if reader.is_care:
        text = (
            "The contact has written since the resolution was proposed. "
            "The case is not closed before a reply."
        )
        return NextStep("ours", "Our turn.", (text,))
    text = _(
        "You have written since we proposed a resolution. We will reply first; the case is not "
        "closed before that."
    )
    return NextStep("theirs", _("With us: there is nothing you need to do now."), (text,))


def _proposed(case: Case, clocks: Sequence[ClockView], reader: User, held: str) -> NextStep:
    closure = _running(clocks, ClockKindChoices.CLOSURE)
    at = (closure.closes_at or closure.due_at) if closure else None
    if reader.is_care:
        pieces: list[Piece] = ["A resolution is proposed."]
        if held:
            pieces += [" The case cannot close yet: ", held]
            return NextStep("ours", "Our turn.", tuple(pieces), nearest(clocks, cares=True))
        pieces += (
            [" Without an issue reported it closes ", at, f" ({_left(closure)})."]
            if at and closure
            else []
        )
        return NextStep("theirs", "The customer's turn.", tuple(pieces), closure)
    if held:
        text = _(
            "We believe it is fixed. Please tell us if it is not. The case stays open until you "
            "have our root cause analysis."
        )
        return NextStep(
            "yours", _("Waiting for you."), (text,), nearest(clocks, cares=True) or closure
        )
    text = _(
        "We believe it is fixed. Please tell us if it is not, or accept the resolution. Without a "
        "reply, the case closes {at}."
    )
    if not at:
        text = _("We believe it is fixed. Please tell us if it is not, or accept the resolution.")
    return NextStep("yours", _("Waiting for you."), tuple(filled(text, at=at)), closure)


def _with_care(case: Case, clocks: Sequence[ClockView], reader: User) -> NextStep:
    clock = nearest(clocks, cares=True)
    owed = any(one.state == "owed" for one in clocks)
    lead, whose = (
        ("Our turn.", "ours")
        if reader.is_care
        else (_("With us: there is nothing you need to do now."), "theirs")
    )
    if (clock is None or clock.due_at is None) and owed:
        text = _("The root cause analysis is due again after the next resolution.")
        return NextStep(whose, lead, (text,), clock)
    if clock is None or clock.due_at is None:
        nothing_due = _(
            "There is no deadline running on this case. We will notify you as soon as there is an "
            "update."
        )
        return NextStep(
            whose,
            lead,
            ("No SLA running.",) if reader.is_care else (nothing_due,),
            clock,
        )
    update = _running(clocks, ClockKindChoices.UPDATE)
    other = nearest([c for c in clocks if c.kind != ClockKindChoices.UPDATE], cares=True)
    second = other if clock is update else update
    due = [one for one in (clock, second) if one is not None and one.due_at is not None]
    missed = [one for one in due if one.state == "missed"]
    pieces: list[Piece] = []
    for one in due:
        pieces += [" ", *_promised(one, reader)]
        if missed and one is missed[-1]:  # said once, also of two
            pieces += [" ", _apology(reader, len(missed))]
    return NextStep(whose, lead, tuple(pieces[1:]), clock)


def _apology(reader: User, number: int) -> str:
    """What a late target means to the reader."""
    if not reader.is_care:
        return _("We are late, and we are on it.")
    return "It is late and comes first." if number == 1 else "Both are late and come first."


def _promised(clock: ClockView, reader: User) -> list[Piece]:
    """When one of Care's targets is due, or since when it is late."""
    missed = clock.state == "missed"
    promises = PROMISES if clock.ordinal == 1 else PROMISES | PROMISES_AGAIN
    ours, yours = promises.get(ClockKindChoices(clock.kind), (clock.label, ""))
    if reader.is_care:
        text = (
            "{promise} was due {at}, {late} ago." if missed else "{promise} is due {at}, in {left}."
        )
    elif missed:
        text = _("{promise} was due by {at}, {late} ago.")
    else:
        text = str(yours) or _("{promise} by {at} ({left} left).")
    late = _late(clock)
    return filled(text, promise=str(ours), at=clock.due_at, late=late, left=_left(clock))


# The name of a target, and what its customer reads while it can be met.
PROMISES: dict[ClockKindChoices, tuple[Any, Any]] = {
    ClockKindChoices.RESPONSE: (
        gettext_lazy("The first response"),
        gettext_lazy("We'll reply by {at} ({left} left)."),
    ),
    ClockKindChoices.RESTORE: (
        gettext_lazy("Restoration"),
        gettext_lazy("We aim to restore service by {at} ({left} left)."),
    ),
    ClockKindChoices.RCA: (
        gettext_lazy("The root cause analysis"),
        gettext_lazy("We aim to deliver our root cause analysis by {at} ({left} left)."),
    ),
    ClockKindChoices.ESCALATION: (
        gettext_lazy("The response to the escalation request"),
        gettext_lazy("We'll reply to your escalation request by {at} ({left} left)."),
    ),
    ClockKindChoices.UPDATE: (
        gettext_lazy("The next update"),
        gettext_lazy("Next update by {at} ({left} left)."),
    ),
}
# The same after a reopening.
PROMISES_AGAIN: dict[ClockKindChoices, tuple[Any, Any]] = {
    ClockKindChoices.RESPONSE: (
        gettext_lazy("The response after the reopening"),
        gettext_lazy("We'll reply by {at} ({left} left)."),
    ),
    ClockKindChoices.RESTORE: (
        gettext_lazy("Restoration after the reopening"),
        gettext_lazy("We aim to restore service by {at} ({left} left)."),
    ),
}


def filled(sentence: str, **values: Piece | None) -> list[Piece]:
    """A sentence as pieces with its placeholders filled. An instant stays a value, and becomes an
    element.
    """
    pieces: list[Piece] = []
    for text, name, _form, _conversion in Formatter().parse(sentence):
        if text:
            pieces.append(text)
        value = values.get(name) if name else None
        if value is not None:
            pieces.append(value)
    return pieces


def _running(clocks: Sequence[ClockView], kind: str) -> ClockView | None:
    return next((clock for clock in clocks if clock.kind == kind and clock.is_running), None)


def _left(clock: ClockView) -> str:
    if clock.left is None:
        return _("time not known yet")
    if clock.left < 0:
        return _("{time} ago").format(time=_late(clock))
    return _counted(clock.left, clock)


def _late(clock: ClockView) -> str:
    """How late a clock is. Only business time is named: the other is the time that everybody
    counts.
    """
    late = -(clock.left or 0)
    return duration(late) if clock.is_around_the_clock else _counted(late, clock)


def _counted(seconds: int, clock: ClockView) -> str:
    """Seconds of a clock with the hours in which they count: “2 h of business time”."""
    joint = "" if is_japanese() else " "
    return f"{duration(seconds)}{joint}{clock.counted_in}"
