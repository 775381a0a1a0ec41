"""How CareTrack writes times, durations, severities and people's words on a page."""

import re
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from caretrack.markdown import rendered
from cases.articles import HIT
from cases.models import Case
from cases.verbs import Severity, State
from contacts.models import CalendarVersion, Role, User

register = template.Library()

SIGNS = {Severity.CRITICAL: "◆", Severity.HIGH: "▲", Severity.MEDIUM: "■", Severity.LOW: "○"}


@register.filter
def markdown(text: str) -> SafeString:
    """What a person wrote, as safe HTML."""
    return rendered(text)


@register.filter
def document(text: str) -> SafeString:
    """A lesson or an article, as safe HTML: its lines run on."""
    return rendered(text, is_document=True)


@register.filter
def hits(snippet: str) -> SafeString:
    """A piece of an article with the words that were looked for marked; everything else is escaped."""
    plain = re.sub(r"[*`]+|\]\([^)]*\)?|\[", "", snippet)
    plain = re.sub(r"[#>|\\]+|-{3,}", " ", plain)
    marked = str(escape(" ".join(plain.split()))).replace(HIT[0], "<mark>").replace(HIT[1], "</mark>")
    return mark_safe(marked)  # noqa: S308 (escaped on the line above; the marks are ours)


@register.filter
def local(at: datetime | None) -> str:
    """An instant in the reader's zone: «today 17:00», «Wed 4 Mar 17:00», with the year when it is another one."""
    if at is None:
        return "—"
    here, now = timezone.localtime(at), timezone.localtime()
    if here.date() == now.date():
        return here.strftime("today %H:%M")
    year = "" if here.year == now.year else " %Y"
    return here.strftime(f"%a %-d %b{year} %H:%M")


@register.filter
def instant(at: datetime | None) -> SafeString | str:
    """An instant as a <time> element: the reader's time on the page, UTC in the tip and for machines."""
    if at is None:
        return "—"
    utc = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    tip = at.strftime("%Y-%m-%d %H:%M:%S")
    return mark_safe(f'<time datetime="{utc}" title="{tip} UTC">{local(at)}</time>')  # noqa: S308 (digits and our words)


@register.filter
def duration(seconds: Any) -> str:
    """Counted time in words: «2 h 10 min», «12 min», «45 s»."""
    if seconds is None:
        return "—"
    total = abs(int(seconds))
    hours, minutes = total // 3600, total % 3600 // 60
    if hours:
        said = f"{hours} h {minutes} min" if minutes else f"{hours} h"
    else:
        said = f"{minutes} min" if minutes else f"{total} s"
    return f"−{said}" if int(seconds) < 0 else said


@register.filter
def sign(severity: int) -> str:
    """The shape of a severity."""
    return SIGNS[Severity(severity)]


@register.filter
def severity_word(severity: int) -> str:
    """The word of a severity."""
    return str(Severity(severity).label)


@register.filter
def state_for(case: Case, reader: User) -> str:
    """The state of a case in a word for this reader."""
    if not getattr(reader, "is_care", False) and case.state == State.WAITING_ON_CONTACT:
        return "Waiting for you"
    return str(State(case.state).label)


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@register.filter
def week(hours: CalendarVersion | None) -> str:
    """Business hours in words, days alike together: «Mon–Fri 08:00–17:00, Sat 09:00–13:00»."""
    if hours is None:
        return "—"
    runs: list[tuple[int, int, str]] = []
    for number, day in enumerate(DAYS):
        spans = ", ".join(f"{opens}–{closes}" for opens, closes in hours.week.get(day, []))
        if spans and runs and runs[-1][2] == spans and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number, spans)
        elif spans:
            runs.append((number, number, spans))
    named = [
        (DAYS[first].title() if first == last else f"{DAYS[first].title()}–{DAYS[last].title()}", spans)
        for first, last, spans in runs
    ]
    return "; ".join(f"{days} {spans}" for days, spans in named)


@register.filter
def weekdays(numbers: list[int]) -> str:
    """Weekdays in words, runs together: «Mon–Fri», «Mon, Wed»."""
    named = [DAYS[number].title() for number in sorted(numbers)]
    if len(named) > 2 and numbers and max(numbers) - min(numbers) == len(named) - 1:
        return f"{named[0]}–{named[-1]}"
    return ", ".join(named)


@register.filter
def as_read_by(words: str, reader: User) -> str:
    """What is said about a clock, in the second person where the contact reads it."""
    return words if getattr(reader, "is_care", False) else words.replace("the contact", "you")


@register.filter
def unlocal(value: float) -> str:
    """A number as machines read it, whatever the reader's language."""
    return f"{value:g}"


@register.filter
def filesize(size: int) -> str:
    """A size for people."""
    value = float(size)
    for unit in ("B", "KB", "MB"):
        if value < 1024:
            return f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.1f} GB"


@register.simple_tag(takes_context=True)
def active(context: dict[str, Any], prefix: str) -> str:
    """« active» when the page lies under `prefix`."""
    return " active" if context["request"].path.startswith(prefix) else ""


@register.simple_tag
def demo_logins() -> dict[str, Any] | None:
    """Who can log in to the trial's demo; None outside of a trial, or without its demo."""
    from caretrack import demo, demopeople

    if not settings.TRIAL or not User.objects.filter(email=demo.CUSTOMERS[0].people[0][1]).exists():
        return None
    people = [
        (email, name, Role(role).label, customer.name)
        for customer in demo.CUSTOMERS
        for name, email, role in customer.people
    ]
    people += [(email, name, role, place) for name, email, role, place in demopeople.APPLICANTS]
    people += [(email, name, Role(role).label, "Care") for name, email, role, _ in demo.CARE]
    return {"password": demo.PASSWORD, "people": people}
