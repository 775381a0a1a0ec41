"""Clocks, conversations and files as HTML: partials that a case page repeats many times
(`templates/jinja2/parts`).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from caretrack.web.shared import conversation
from caretrack.web.shared.clock_labels import clock_labels
from caretrack.web.shared.clock_view import ClockView
from caretrack.web.shared.conversation import ConversationEntry
from caretrack.web.shared.conversation_pages import ConversationPage, whole
from caretrack.web.shared.key_bindings import keys_of
from caretrack.web.shared.templatetags import care, keys
from cases.models import Attachment
from core.formatting import honorific, parentheses


def promise(
    clock: ClockView, reader: Any, *, code: str = "", why_target: str = "", compact: bool = False
) -> SafeString:
    """One service target: a label, a bar, the time left, the instant, and the way to its
    explanation.
    """
    has_explanation = clock.pk and code and not compact
    return partial(
        "parts/clock.html",
        clock=clock,
        reader=reader,
        time=_time(clock),
        why=f"/cases/{code}/why/{clock.pk}/" if has_explanation else "",
        why_label=clock_labels().why,
        why_target=why_target,
        is_compact=compact,
    )


def _time(clock: ClockView) -> str:
    """How much of the time is used or left, and the instant that matters."""
    labels = clock_labels()
    if clock.note:
        return clock.note
    if clock.stopped_at:
        used = care.duration(clock.used)
        if clock.target:
            used = labels.of_used.format(used=used, target=care.duration(clock.target))
        return format_html("{} · {}", used, care.instant(clock.stopped_at))
    if clock.state == "owed":
        return ""
    if clock.state == "paused":
        return labels.left.format(time=care.duration(clock.left)) if clock.left is not None else ""
    if clock.due_at:
        due = care.instant(clock.due_at)
        if clock.left is not None and clock.left < 0:
            return format_html(labels.was_due, at=due)
        left = format_html('<span class="clock__left">{}</span>', care.duration(clock.left))
        return format_html("{} {} · {}", left, clock.counted_in, due)
    return labels.so_far.format(time=care.duration(clock.used))


def timeline(
    shown: ConversationPage | Sequence[ConversationEntry],
    reader: Any,
    *,
    quotes: bool = False,
    quote_at: str = "#act-answer",
    splits: str = "",
    zone: str = "",
    answer_at: str = "",
) -> SafeString:
    """What happened to a case, oldest first: a page of it, or all entries.

    `quotes`: a text can be quoted in an answer, at `quote_at` of the page. `splits` is the code of
    a case whose texts can become a case of their own. `zone` is that of a document, whose instants
    have the full date. `answer_at` is where the page takes an answer.
    """
    return partial(
        "parts/timeline.html",
        page=shown if isinstance(shown, ConversationPage) else whole(shown),
        is_care=getattr(reader, "is_care", False),
        joint=conversation.joint(),
        honorific=honorific(),
        parentheses=parentheses(),
        quotes=quotes,
        quote_at=quote_at,
        splits=splits,
        zone=zone,
        answer_at=answer_at,
        keys=_keys_of_jumps(reader),
    )


JUMPS = ("first-message", "last-message", "own-message")


def _keys_of_jumps(reader: Any) -> dict[str, SafeString]:
    """The attributes of the links into a conversation, by the keys of their reader."""
    own = keys_of(reader) if getattr(reader, "is_care", False) else {}
    return {name: keys.attributes(own, name) for name in JUMPS}


def files(attachments: Iterable[Attachment]) -> SafeString:
    """Files as downloads; what waits for the scanner, or was blocked, is a name and a state."""
    return partial("parts/files.html", files=list(attachments))


def partial(template: str, **context: Any) -> SafeString:
    """A Jinja2 partial of `templates/jinja2`."""
    return SafeString(render_to_string(template, context, using="jinja2"))
