"""The texts of every notification, in the recipient's language.

English is written here; `locale/` holds the other languages, and a test checks that they are
complete.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from cases.choices import CaseState, EventType, Severity
from contacts.models import User
from contacts.notification_preferences import NotificationKind

# The kind of a notification to the contact, and its first line; `{by}` is the person, `{code}` the
# case.
TO_CONTACT: dict[EventType, tuple[NotificationKind, Any]] = {
    EventType.FILED: (NotificationKind.CASE, gettext_lazy("We have received your case {code}")),
    EventType.ANSWERED: (NotificationKind.ANSWER, gettext_lazy("{by} answered on {code}")),
    EventType.INFORMATION_REQUESTED: (
        NotificationKind.TURN,
        gettext_lazy("Waiting for you: {by} asked for information on {code}"),
    ),
    EventType.RULED_INADEQUATE: (
        NotificationKind.TURN,
        gettext_lazy("Waiting for you: {code} still needs a reply"),
    ),
    EventType.QUESTION_SETTLED: (
        NotificationKind.ANSWER,
        gettext_lazy("We no longer wait for your reply on {code}"),
    ),
    EventType.WAIT_SUSPENDED: (
        NotificationKind.TURN,
        gettext_lazy("Nobody can reply to {code} now: its time is paused"),
    ),
    EventType.WAIT_RESUMED: (
        NotificationKind.TURN,
        gettext_lazy("Waiting for you: {code} can be answered again"),
    ),
    EventType.ON_HOLD: (
        NotificationKind.ANSWER,
        gettext_lazy("{code} is on hold: your time to reply is paused"),
    ),
    EventType.HOLD_ENDED: (
        NotificationKind.TURN,
        gettext_lazy("Waiting for you: {code} is no longer on hold"),
    ),
    EventType.SEVERITY_SET: (NotificationKind.CASE, gettext_lazy("The severity of {code} was set")),
    EventType.SEVERITY_UPHELD: (
        NotificationKind.CASE,
        gettext_lazy("The severity of {code} is upheld"),
    ),
    EventType.DETAILS_CORRECTED: (
        NotificationKind.CASE,
        gettext_lazy("The details of {code} were corrected"),
    ),
    EventType.CONTACT_CHANGED: (
        NotificationKind.TURN,
        gettext_lazy("You are now the contact of {code}"),
    ),
    EventType.TERMS_MOVED: (
        NotificationKind.CASE,
        gettext_lazy("The service targets of {code} have changed"),
    ),
    EventType.ESCALATED: (
        NotificationKind.ANSWER,
        gettext_lazy("{code} is with our investigation team"),
    ),
    EventType.HANDED_BACK: (
        NotificationKind.ANSWER,
        gettext_lazy("The investigation of {code} has findings"),
    ),
    EventType.ESCALATION_ANSWERED: (
        NotificationKind.ANSWER,
        gettext_lazy("Your request for escalation of {code} was answered"),
    ),
    EventType.RESTORED: (NotificationKind.ANSWER, gettext_lazy("{code}: service is restored")),
    EventType.RESOLUTION_PROPOSED: (
        NotificationKind.CLOSURE,
        gettext_lazy("Waiting for you: a resolution is proposed for {code}"),
    ),
    EventType.CLOSURE_ANNOUNCED: (
        NotificationKind.CLOSURE,
        gettext_lazy("Waiting for you: {code} will be closed"),
    ),
    EventType.FILE_BLOCKED: (NotificationKind.ANSWER, gettext_lazy("A file on {code} was blocked")),
    EventType.CLOSED: (NotificationKind.CASE, gettext_lazy("{code} is closed")),
    EventType.SPLIT: (
        NotificationKind.CASE,
        gettext_lazy("Part of {code} is now a separate case"),
    ),
    EventType.MERGED: (NotificationKind.CASE, gettext_lazy("A duplicate was merged into {code}")),
    EventType.INITIAL_RCA_SENT: (
        NotificationKind.ANSWER,
        gettext_lazy("Initial root cause analysis of {code}"),
    ),
    EventType.RCA_PUBLISHED: (
        NotificationKind.ANSWER,
        gettext_lazy("Complete root cause analysis of {code}"),
    ),
    EventType.ACTION_MOVED: (
        NotificationKind.ANSWER,
        gettext_lazy("Progress on a corrective action of {code}"),
    ),
    EventType.DOCUMENTS_DELIVERED: (
        NotificationKind.ANSWER,
        gettext_lazy("The documentation of {code} is here"),
    ),
    EventType.MEETING_ARRANGED: (
        NotificationKind.ANSWER,
        gettext_lazy("A meeting about {code} is arranged"),
    ),
    EventType.MEETING_MOVED: (
        NotificationKind.ANSWER,
        gettext_lazy("The meeting about {code} is moved"),
    ),
    EventType.MEETING_CANCELLED: (
        NotificationKind.ANSWER,
        gettext_lazy("The meeting about {code} is cancelled"),
    ),
}
TO_CARE: dict[EventType, tuple[NotificationKind, Any]] = {
    EventType.FILED: (NotificationKind.CASE, gettext_lazy("New case {code}")),
    EventType.ASSIGNED: (NotificationKind.CASE, gettext_lazy("{by} assigned {code} to you")),
    EventType.CONTACT_ANSWERED: (NotificationKind.ANSWER, gettext_lazy("{by} answered on {code}")),
    EventType.WAIT_SUSPENDED: (
        NotificationKind.CASE,
        gettext_lazy("No contact can reply to {code} now: the wait is paused"),
    ),
    EventType.WAIT_RESUMED: (
        NotificationKind.CASE,
        gettext_lazy("A contact can reply to {code} again: the wait continues"),
    ),
    EventType.HOLD_ENDED: (
        NotificationKind.CASE,
        gettext_lazy("{code} is no longer on hold: the contact's time continues"),
    ),
    EventType.ISSUE_REPORTED: (
        NotificationKind.ANSWER,
        gettext_lazy("{by} reported an issue with the resolution of {code}"),
    ),
    EventType.SEVERITY_CONTESTED: (
        NotificationKind.ANSWER,
        gettext_lazy("{by} contests the severity of {code}"),
    ),
    EventType.ESCALATION_REQUESTED: (
        NotificationKind.ANSWER,
        gettext_lazy("{by} requests escalation of {code}"),
    ),
    EventType.CLOSED: (NotificationKind.CASE, gettext_lazy("{code} is closed")),
    EventType.REOPENED: (NotificationKind.CASE, gettext_lazy("{code} was reopened")),
    EventType.REMARKED: (
        NotificationKind.ANSWER,
        gettext_lazy("{by} commented on {code}, which stays closed"),
    ),
    EventType.RATED: (NotificationKind.ANSWER, gettext_lazy("{by} rated {code}: {score} of 5")),
    EventType.RCA_ACKNOWLEDGED: (
        NotificationKind.ANSWER,
        gettext_lazy("{by} acknowledged the root cause analysis of {code}"),
    ),
    EventType.TALK_REQUESTED: (
        NotificationKind.ANSWER,
        gettext_lazy("{by} requests a discussion on {code}"),
    ),
    EventType.FILE_BLOCKED: (NotificationKind.ANSWER, gettext_lazy("A file on {code} was blocked")),
}
# The contact reads these as a follower does while the case is on hold: nothing waits for them.
WHILE_HELD = frozenset({EventType.INFORMATION_REQUESTED, EventType.WAIT_RESUMED})
# Watchers are notified about both sides, without a turn of their own.
TO_WATCHER: dict[EventType, Any] = {
    **{
        verb: lead
        for verb, (_kind, lead) in TO_CARE.items()
        if verb not in (EventType.FILED, EventType.ASSIGNED, EventType.RATED)
    },
    **{verb: lead for verb, (_kind, lead) in TO_CONTACT.items() if verb != EventType.FILED},
    EventType.INFORMATION_REQUESTED: gettext_lazy("{by} asked for information on {code}"),
    EventType.RULED_INADEQUATE: gettext_lazy("{code} still needs a reply"),
    EventType.QUESTION_SETTLED: gettext_lazy("{code} no longer waits for a reply"),
    EventType.WAIT_SUSPENDED: gettext_lazy("No contact can reply to {code} now"),
    EventType.WAIT_RESUMED: gettext_lazy("A contact can reply to {code} again"),
    EventType.RESOLUTION_PROPOSED: gettext_lazy("A resolution is proposed for {code}"),
    EventType.ON_HOLD: gettext_lazy("{code} is on hold"),
    EventType.HOLD_ENDED: gettext_lazy("{code} is no longer on hold"),
    EventType.CLOSURE_ANNOUNCED: gettext_lazy("{code} will be closed"),
    EventType.CONTACT_CHANGED: gettext_lazy("{code} has another contact now"),
    EventType.ESCALATION_ANSWERED: gettext_lazy(
        "The request for escalation of {code} was answered"
    ),
}
CONTESTED = gettext_lazy("{by} contests the severity of {code} and asks for {severity}")
PROMISES: dict[str, Any] = {
    "response": gettext_lazy("first response"),
    "restore": gettext_lazy("restoration"),
    "resolve": gettext_lazy("resolution"),
    "rca": gettext_lazy("root cause analysis"),
    "customer_response": gettext_lazy("customer response"),
    "closure": gettext_lazy("closure"),
    "credential": gettext_lazy("credentials"),
    "escalation": gettext_lazy("response to the escalation request"),
    "update": gettext_lazy("next update"),
}
# The same after a reopening.
PROMISES_AGAIN: dict[str, Any] = {
    **PROMISES,
    "response": gettext_lazy("response after the reopening"),
    "restore": gettext_lazy("restoration after the reopening"),
}
JAPANESE_DAYS = "月火水木金土日"
LONGEST_SUBJECT = 250
QUOTED_LINES = 40  # of a message that a notification repeats


def lead(
    verb: str,
    reader: User,
    *,
    watches: bool,
    by: str,
    code: str,
    score: int | None = None,
    wanted: int | None = None,
    is_held: bool = False,
) -> tuple[NotificationKind, str] | None:
    """The kind of an event for a recipient, and its first line; None where they are not
    notified. `wanted` is the severity that a contest asks for. `is_held` is a case on hold, which
    waits for nobody.
    """
    if wanted is not None and (watches or reader.is_care):
        kind = NotificationKind.WATCHED if watches else NotificationKind.ANSWER
        text = str(CONTESTED).format(by=by, code=code, severity=Severity(wanted).label)
        return kind, text
    if watches:
        template = TO_WATCHER.get(EventType(verb))
        return (
            (NotificationKind.WATCHED, str(template).format(by=by, code=code)) if template else None
        )
    entry = (TO_CARE if reader.is_care else TO_CONTACT).get(EventType(verb))
    if is_held and not reader.is_care and verb in WHILE_HELD and entry:
        entry = (entry[0], TO_WATCHER[EventType(verb)])
    return (entry[0], str(entry[1]).format(by=by, code=code, score=score)) if entry else None


def subject_of(code: str, text: str) -> str:
    """The subject of an email about a case: its number stands in it once, in front where the text
    does not name it.
    """
    shown = text[:LONGEST_SUBJECT]
    is_named = re.search(rf"(?<![A-Za-z0-9]){re.escape(code)}(?!\d)", shown)
    return shown if is_named else f"[{code}] {text}"[:LONGEST_SUBJECT]


def instant(at: datetime, zone: str, *, short: bool = False, joint: str = " ") -> str:
    """A time as text in the active language, in the recipient's time zone, which it names."""
    local = at.astimezone(ZoneInfo(zone))
    if translation.get_language() == "ja":
        day = JAPANESE_DAYS[local.weekday()]
        return f"{local.year}年{local.month}月{local.day}日({day}){local:%H:%M}（{zone}）"
    day = f"{local:%a %d %b %Y}" if short else f"{local:%A %d %B %Y}"
    return f"{day}{joint}{local:%H:%M} ({zone})"


def turn(state: str, is_care: bool, *, watches: bool = False) -> str:
    """Whose turn it is, in one sentence."""
    if state == CaseState.CLOSED:
        return _("The case is closed.")
    if state in (CaseState.WAITING_ON_CONTACT, CaseState.RESOLUTION_PROPOSED):
        if is_care:
            return _("It is the customer's turn.")
        return _("It is your organisation's turn.") if watches else _("It is your turn.")
    return (
        _("It is our turn.")
        if is_care
        else _("It is our turn: there is nothing you need to do now.")
    )


def on_hold(until: datetime, after: str | None, reader: "HoldReader") -> str:
    """Until when a case is on hold, in the active language (§13)."""
    if reader.is_care:
        text = (
            _(
                "The case is on hold until {case} is resolved, at most until {at}. A reply of the "
                "contact ends the hold."
            )
            if after
            else _("The case is on hold until {at}. A reply of the contact ends the hold.")
        )
    else:
        text = (
            _(
                "The case is on hold until {case} is resolved, at most until {at}. A reply is "
                "welcome at any time and ends the hold."
            )
            if after
            else _(
                "The case is on hold until {at}. A reply is welcome at any time and ends the hold."
            )
        )
    return text.format(case=after, at=instant(until, reader.zone))


def suspended(reader: "HoldReader") -> str:
    """That no contact may reply, in the active language (§13)."""
    if reader.is_care:
        return _("No contact of the organisation can reply now: the wait is paused.")
    return _("No contact of your organisation can reply now: the time to reply is paused.")


def question(link: str) -> str:
    """The rating question in the notification of a closing, in the active language.

    There is no reminder.
    """
    return f"{_('How well did we handle this case?')} {link}"


def why_followed(link: str) -> str:
    """Why a follower is notified and where they stop it, in the active language."""
    why = _("You are notified because you follow this case. Stop following it here:")
    return f"{why} {link}"


def closure_notice(reader: User) -> str:
    """The closing notice of §13, in the contact's language. The instant of the closing stands in
    its event and is written when the notice is sent.
    """
    with translation.override(reader.language):
        return _("We asked you for information and have had no answer.")


class HasZone(Protocol):
    """Somebody whose time zone is known."""

    @property
    def zone(self) -> str: ...


class HoldReader(HasZone, Protocol):
    """Somebody who reads of a hold: of Care or of the customer."""

    @property
    def is_care(self) -> bool: ...


@dataclass(frozen=True)
class NoticeLine:
    """A sentence of a notification, which a reader gets in their language and time zone.

    `label` is translated late. With `at` it is a label before an instant; `before` is the instant
    that it replaces. A label with placeholders is filled from `values`, whose instants are shown in
    the reader's zone.
    """

    label: Any
    at: datetime | None = None
    before: datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def shown(self, reader: User) -> str:
        """The sentence, such as “First response by Thursday 05 March 2026 14:00 (…).”"""
        if self.at is None:
            values = {
                name: instant(value, reader.zone) if isinstance(value, datetime) else str(value)
                for name, value in self.values.items()
            }
            return str(self.label).format(**values) if values else str(self.label)
        at = instant(self.at, reader.zone)
        if self.before is None or self.before == self.at:
            form = pgettext("a promise and its instant", "{promise} {instant}.")
            return form.format(promise=self.label, instant=at)
        form = pgettext("a promise and its instant", "{promise} {instant}, before: {before}.")
        before = instant(self.before, reader.zone)
        return form.format(promise=self.label, instant=at, before=before)


def promise_lines(lines: Iterable[NoticeLine], reader: User, now: datetime) -> list[str]:
    """The sentences of a notification that is written `now`: none names an instant that is past."""
    return [line.shown(reader) for line in lines if line.at is None or line.at > now]


def unsent_files(names: list[str]) -> str:
    """What a reminder says of files that wait on the page, in the active language."""
    return ngettext(
        "You have added this file and not sent it yet: {names}",
        "You have added these files and not sent them yet: {names}",
        len(names),
    ).format(names=", ".join(names))


def quote(by: str, at: datetime, text: str, reader: HasZone) -> str:
    """A message that a notification repeats, with its author and time, in the active language."""
    heading = _("{by} wrote on {at}:").format(by=by, at=instant(at, reader.zone))
    lines = text.strip().splitlines()
    shown = [f"> {line}".rstrip() for line in lines[:QUOTED_LINES]]
    if len(lines) > QUOTED_LINES:
        shown.append("> …")
    return "\n".join([heading, *shown])


@lru_cache(maxsize=256)
def of_clock(
    language: str,
    step: str,
    kind: str,
    state: str,
    is_care: bool,
    *,
    is_again: bool = False,
    is_past: bool = False,
    is_held: bool = False,
) -> tuple[str, str]:
    """Subject and text about a step of a clock, with placeholders for code, due, question, name,
    title and link. `is_again` is a promise after a reopening. `is_past` says that the due time has
    passed when the text is written. `is_held` leaves a placeholder `turn` for the hold.

    Cached per process: a sweep sends the same few texts to many.
    """
    with translation.override(language):
        promise = str((PROMISES_AGAIN if is_again else PROMISES)[kind])
        what = step.split("@")[0].partition(":")
        if what[0] == "breach":
            subject = _("{code}: the {promise} was missed")
            sentence = _("The target for the {promise} on {code} was {due}. We have missed it.")
        elif what[0] == "remind":
            subject = _("Waiting for you: {code} needs your reply")
            sentence = (
                _("We asked you for information and have had no answer yet. Please answer soon.")
                if is_past
                else _("We asked you for information. Please reply by {due}.")
            )
            sentence += "{question}"
        else:
            subject = _("{code}: {percent} of the time for the {promise} is used")
            sentence = (
                _("The {promise} on {code} was due {due}.")
                if is_past
                else _("The {promise} on {code} is due {due}.")
            )
        greeting = pgettext("the first line of a mail", "{name},")
        whose = "{turn}" if is_held else turn(state, is_care)
        text = f"{greeting}\n\n{sentence}\n\n{whose}\n\n{{code}}  {{title}}\n{{link}}\n"
    known = {"promise": promise, "percent": f"{what[2]} %"}
    return _filled(subject, known), _filled(text, known)


def _filled(text: str, known: dict[str, str]) -> str:
    """Fill the known placeholders; the others remain."""
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@lru_cache(maxsize=16)
def soon(language: str) -> str:
    """The text in place of an unknown time."""
    with translation.override(language):
        return _("soon")
