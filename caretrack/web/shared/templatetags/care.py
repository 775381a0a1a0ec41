"""Times, durations, severities and user texts in templates."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache, wraps
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from caretrack.web.shared.form_keys import FIELD, new_form_key
from caretrack.web.shared.live import token_for
from caretrack.web.shared.readers import state_label
from cases import known_areas
from cases.choices import Severity
from cases.files import attachments
from cases.knowledge.articles import HIT
from cases.models import Case
from contacts.models import CalendarVersion, Role, User
from core import formatting, markdown, rendered_html, translations
from core.formatting import JAPANESE_DAYS, is_japanese, japanese_day

register = template.Library()
BEFORE_A_SIGN = re.compile(r"\s+(?=(?:<[^>]*>)*[,.;])")


@register.simple_block_tag
def sentence(content: str) -> SafeString:
    """A sentence of parts that may be left out: without the blanks that line breaks of the template
    leave before a comma or a full stop.
    """
    return mark_safe(BEFORE_A_SIGN.sub("", content))  # noqa: S308 (rendered and escaped already)


def when_present(shown: str = "—") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a filter show `shown` for an absent value. Django passes "" for `x.y` where x is None."""

    def decorate(filtering: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(filtering)
        def guarded(value: Any, *arguments: Any) -> Any:
            if value is None or (isinstance(value, str) and not value):
                return shown
            return filtering(value, *arguments)

        return guarded

    return decorate


SIGNS = {Severity.CRITICAL: "◆", Severity.HIGH: "▲", Severity.MEDIUM: "■", Severity.LOW: "○"}


@register.filter
def prose(row: Any, name: str) -> SafeString:
    """A Markdown field from its stored HTML, or its translation for the reader:
    `{{ update|prose:"text" }}`.
    """
    if (translation := translations.translation_of(row, name)) is not None:
        return _rendered_document(translation)
    return rendered_html.shown(getattr(row, f"{name}_html", None), getattr(row, name, "") or "")


@lru_cache(maxsize=256)
def _rendered_document(text: str) -> SafeString:
    return mark_safe(markdown.render(text, is_document=True))  # noqa: S308 (cleaned by the renderer)


@register.filter
def localized(row: Any, name: str) -> Any:
    """A text of an author in the reader's language, or else the original:
    `{{ area|localized:"name" }}`.
    """
    return translations.localized(row, name) if row else ""


@register.filter
def bracketed(text: Any) -> str:
    """A text in the parentheses of the reader's script: “(optional)”, or “（任意）”."""
    opening, closing = formatting.parentheses()
    return f"{opening.strip()}{text}{closing}"


@register.filter
@when_present("")
def area_label(name: str) -> str:
    """The area that a case stores by name, in the reader's language."""
    return known_areas.area_label(name)


@register.filter
@when_present("")
def preview(text: str) -> SafeString:
    """Render a Markdown text that is not saved. Only previews use it."""
    return mark_safe(markdown.render(text))  # noqa: S308 (cleaned by the renderer)


@register.filter
@when_present("")
def preview_document(text: str) -> SafeString:
    """The same for a lesson or an article, where single line breaks are ignored."""
    return mark_safe(markdown.render(text, is_document=True))  # noqa: S308 (cleaned by the renderer)


@register.filter
@when_present("")
def hits(snippet: str) -> SafeString:
    """A search snippet of an article with its matches marked. Everything else is escaped."""
    plain = re.sub(r"[*`]+|\]\([^)]*\)?|\[", "", snippet)
    plain = re.sub(r"[#>|\\]+|-{3,}", " ", plain)
    marked = (
        str(escape(" ".join(plain.split()))).replace(HIT[0], "<mark>").replace(HIT[1], "</mark>")
    )
    return mark_safe(marked)  # noqa: S308 (escaped on the line above; the marks are ours)


@register.filter
@when_present()
def local(at: datetime) -> str:
    """An instant in the reader's zone: “today 17:00”, “Wed 4 Mar 17:00”, with the year if it is
    another.
    """
    here, now = timezone.localtime(at), timezone.localtime()
    is_today = here.date() == now.date()
    if is_japanese():
        return f"{'今日' if is_today else japanese_day(here, now.year)} {here:%H:%M}"
    if is_today:
        return here.strftime("today %H:%M")
    year = "" if here.year == now.year else " %Y"
    return here.strftime(f"%a %-d %b{year} %H:%M")


@register.filter
@when_present()
def day(at: date, form: str = "short") -> str:
    """A date: “4 Mar 2026”; with “long” the month in full. An instant's date is in the reader's
    zone.
    """
    at = timezone.localtime(at) if isinstance(at, datetime) else at
    if is_japanese():
        return f"{at.year}年{at.month}月{at.day}日"
    return at.strftime("%-d %B %Y" if form == "long" else "%-d %b %Y")


@register.filter
@when_present()
def till(start: datetime, end: datetime) -> str:
    """A span: “today 09:00 to today 17:00”."""
    return gettext("{start} to {end}").format(start=local(start), end=local(end))


JAPANESE_SCRIPT = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


@register.filter
def tongue(text: str) -> str:
    """The language of an author's text: English or Japanese, not the reader's language."""
    return "ja" if JAPANESE_SCRIPT.search(text or "") else "en"


@register.filter
def translated(text: str) -> str:
    """A stored system text in the reader's language. User texts stay as they are."""
    return gettext(text) if text else ""


@register.filter
@when_present()
def instant(at: datetime) -> SafeString:
    """An instant as a <time> element: the reader's time as text, UTC in title and datetime."""
    utc = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    tip = at.strftime("%Y-%m-%d %H:%M:%S")
    return mark_safe(f'<time datetime="{utc}" title="{tip} UTC">{local(at)}</time>')  # noqa: S308 (digits and our own text)


@register.filter
@when_present()
def time_of_day(at: datetime) -> SafeString:
    """As `instant`, without the day: for lists under the heading of a day."""
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        f"{at:%Y-%m-%dT%H:%M:%SZ}",
        f"{at:%Y-%m-%d %H:%M:%S}",
        f"{timezone.localtime(at):%H:%M}",
    )


@register.filter
@when_present()
def to_the_second(at: datetime) -> SafeString:
    """As `instant`, with the seconds if there are any: for tables whose rows must add up."""
    seconds = f":{at:%S}" if at.second else ""
    return format_html("{}{}", instant(at), seconds)


duration = register.filter("duration", when_present()(formatting.duration))
exact_duration = register.filter("exact_duration", when_present()(formatting.exact_duration))


@register.filter
@when_present("")
def sign(severity: int) -> str:
    """The shape of a severity."""
    return SIGNS[Severity(severity)]


@register.filter
@when_present("")
def severity_label(severity: int) -> str:
    """The label of a severity."""
    return str(Severity(severity).label)


@register.filter
@when_present("")
def state_for(case: Case, reader: User) -> str:
    """The label of a case's state for this reader."""
    return state_label(case.state, is_care=getattr(reader, "is_care", False))


@register.filter
@when_present("")
def named(person: User, names: dict[int, str]) -> str:
    """The name of a person as `contacts.namesakes` tells them apart on this page."""
    return names.get(person.pk, person.name)


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def day_names() -> list[str]:
    """Monday to Sunday, abbreviated."""
    return list(JAPANESE_DAYS) if is_japanese() else [name.title() for name in DAYS]


@register.filter
@when_present()
def week(hours: CalendarVersion) -> str:
    """Business hours as text, equal days together: “Mon–Fri 08:00–17:00, Sat 09:00–13:00”."""
    runs: list[tuple[int, int, str]] = []
    for number, day in enumerate(DAYS):
        spans = ", ".join(f"{opens}–{closes}" for opens, closes in hours.week.get(day, []))
        if spans and runs and runs[-1][2] == spans and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number, spans)
        elif spans:
            runs.append((number, number, spans))
    names = day_names()
    named = [
        (names[first] if first == last else f"{names[first]}–{names[last]}", spans)
        for first, last, spans in runs
    ]
    return "; ".join(f"{days} {spans}" for days, spans in named)


@register.filter
@when_present("")
def weekdays(numbers: list[int]) -> str:
    """Weekdays as text, runs together: “Mon–Fri”, “Mon, Wed”."""
    names = day_names()
    named = [names[number] for number in sorted(numbers)]
    if len(named) > 2 and numbers and max(numbers) - min(numbers) == len(named) - 1:
        return f"{named[0]}–{named[-1]}"
    return ", ".join(named)


@register.filter
@when_present("")
def as_read_by(words: str, reader: User) -> str:
    """A clock text, in the second person for the contact."""
    return words if getattr(reader, "is_care", False) else words.replace("the contact", "you")


@register.filter
@when_present("")
def unlocal(value: float) -> str:
    """A number in a machine-readable form, independent of the reader's language."""
    return f"{value:g}"


@register.filter
@when_present()
def filesize(size: int) -> str:
    """A file size as text."""
    value = float(size)
    for unit in ("B", "KB", "MB"):
        if value < 1024:
            return f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.1f} GB"


@register.filter
@when_present("")
def first_control(field: BoundField) -> str:
    """The id of the first control of a field, where a link from the list of errors leads."""
    if field.use_fieldset:
        return next((str(option.id_for_label) for option in field), "")
    return str(field.id_for_label)


@register.simple_tag(takes_context=True)
def form_tokens(context: dict[str, Any]) -> SafeString:
    """The hidden fields of every form: the token against forgery, and the key that makes a repeated
    request one act.
    """
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="{}" value="{}">',
        context.get("csrf_token", ""),
        FIELD,
        new_form_key(),
    )


@register.simple_tag
def accepted_endings() -> str:
    """The file name extensions of allowed attachments."""
    return attachments.accepted_endings()


@register.simple_tag
def most_megabytes() -> int:
    """The largest attachment that is accepted."""
    return settings.ATTACHMENT_MAX_BYTES // 2**20


@register.simple_tag
def file_texts() -> str:
    """The texts of js/evidence.js, where the reader's language is not English."""
    if not is_japanese():
        return ""
    labels = {
        "stop": gettext("Stop"),
        "stopping": gettext("Stop sending {name}"),
        "sending": gettext("Sending {name}"),
        "here": gettext("{name} is uploaded."),
        "tooLarge": gettext("{name} is larger than {size} MB. Please compress or split it."),
        "empty": gettext("{name} is empty. Please choose the file again."),
        "failed": gettext(
            "Your message could not be sent. Your text is still here: please try again."
        ),
        "dismiss": gettext("Dismiss"),
        "dismissing": gettext("Dismiss {name}"),
        "again": gettext("Try again"),
        "notRemoved": gettext("It could not be removed. Please try again."),
        "removed": gettext("{name} was removed."),
        "waits": gettext("Your message will be sent as soon as the files are uploaded."),
    }
    return json.dumps(labels, ensure_ascii=False)


@register.simple_tag
def draft_texts() -> str:
    """The texts of js/forms.js about a draft."""
    labels = {
        "saving": gettext("Saving …"),
        "offline": gettext("Not saved: you are offline. Keep this page open."),
        "failed": gettext("Not saved yet. We will try again while you continue."),
        "signedOut": gettext("Not saved: you have been signed out."),
        "tooLong": gettext(
            "This text has {used} characters; {limit} is the most. Please attach it as a file."
        ),
    }
    return json.dumps(labels, ensure_ascii=False)


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon beside a word, hidden from screen readers: the word says it. `bin/launch/icons.py`
    lists the names.
    """
    return _icon(static("vendor/icons.svg"), name)


@lru_cache(maxsize=128)
def _icon(sprite: str, name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        sprite,
        name,
    )


@register.simple_tag(takes_context=True)
def active(context: dict[str, Any], prefix: str) -> str:
    """“ active” when the page lies under `prefix`."""
    return " active" if context["request"].path.startswith(prefix) else ""


@register.simple_tag
def demo_logins() -> dict[str, Any] | None:
    """The accounts of the demo. None outside a trial, or without the demo."""
    from caretrack.ops.demo import customers
    from caretrack.ops.demo.people import APPLICANTS

    if (
        not settings.TRIAL
        or not User.objects.filter(email=customers.CUSTOMERS[0].people[0][1]).exists()
    ):
        return None
    people = [
        (email, name, str(Role(role).label), customer.name)
        for customer in customers.CUSTOMERS
        for name, email, role in customer.people
    ]
    people += [(email, name, role, place) for name, email, role, place in APPLICANTS]
    people += [
        (email, name, str(Role(role).label), "Care") for name, email, role, _ in customers.CARE
    ]
    return {"password": customers.PASSWORD, "people": people}


@register.simple_tag
def select_options(widget: dict[str, Any]) -> SafeString:
    """The options of a select widget, in their groups, as HTML."""
    pieces = []
    for name, options, _index in widget["optgroups"]:
        shown = "".join(
            f'<option value="{escape(option["value"])}"{" selected" if option["selected"] else ""}>'
            f"{escape(option['label'])}</option>"
            for option in options
        )
        group = f'<optgroup label="{escape(name)}">{shown}</optgroup>'
        pieces.append(group if name else shown)
    return mark_safe("".join(pieces))  # noqa: S308 (escaped above)


@register.simple_tag(takes_context=True)
def live_source(context: dict[str, Any], case: Any = "") -> SafeString:
    """What `static/js/live.js` needs to ask whether anything changed: about the notifications of
    the reader, and on the page of a case about that case.
    """
    user = context["user"]
    is_case = isinstance(case, Case) and context.get("is_live", False)
    is_queue = "newest" in context
    version = context.get("live_version", 0) if is_case else context.get("newest", 0)
    return format_html(
        '<div hidden data-live-token="{}" data-live-case="{}" data-live-queue="{}" '
        'data-live-version="{}" data-live-every="{}"></div>',
        token_for(user, case.pk if is_case else None, is_queue=is_queue),
        case.number if is_case else "",
        1 if is_queue else "",
        version,
        5 if is_case else 10,
    )
