"""A promise and a timeline as HTML, drawn by hand: they stand on every case page, many times each,
and a template costs ten times as much. Each value is escaped, or is a word of ours."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from caretrack.web.shared import conversation
from caretrack.web.shared.clock_labels import words
from caretrack.web.shared.clock_view import ClockView
from caretrack.web.shared.conversation import ConversationEntry
from caretrack.web.shared.templatetags import care
from cases.choices import Facing
from cases.models import Attachment, ScanState

safe = partial(mark_safe)


def promise(
    clock: ClockView, reader: Any, *, code: str = "", why_target: str = "", compact: bool = False
) -> SafeString:
    """One promise: a word, a bar, the time left, the instant, and the way to «why this time?»."""
    pressing = " clock--pressing" if clock.is_pressing else ""
    small = " clock--compact" if compact else ""
    label, word = escape(clock.label), escape(care.as_read_by(clock.word, reader))
    bar = (
        (
            '<div class="clock__bar" aria-hidden="true"><div class="clock__used '
            f'used-{clock.share}"></div></div>'
        )
        if clock.target
        else ""
    )
    why = ""
    if clock.pk and code and not compact:
        address = f"/cases/{code}/why/{clock.pk}/"
        swap = f' hx-get="{address}" hx-target="#{why_target}"' if why_target else ""
        why = (
            f'<a class="clock__why" href="{address}"{swap}>{words().why}'
            f'<span class="visually-hidden"> ({label})</span></a>'
        )
    return safe(
        f'<div class="clock clock--{clock.state}{pressing}{small}"><div class="clock__head">'
        f'<span class="clock__label">{label}</span> <span '
        f'class="clock__word">{word}</span></div>{bar}'
        f'<div class="clock__time">{_time(clock)} {why}</div></div>'
    )


def _time(clock: ClockView) -> str:
    said = words()
    if clock.stopped_at:
        used = care.duration(clock.used)
        if clock.target:
            used = said.of_used.format(used=used, target=care.duration(clock.target))
        return f"{used} · {care.instant(clock.stopped_at)}"
    if clock.state == "paused":
        return said.left.format(time=care.duration(clock.left)) if clock.left is not None else ""
    if clock.due_at:
        if clock.left is not None and clock.left < 0:
            return said.was_due.format(at=care.instant(clock.due_at))
        left = f'<span class="clock__left">{care.duration(clock.left)}</span>'
        return f"{left} {clock.counted_in} · {care.instant(clock.due_at)}"
    return said.so_far.format(time=care.duration(clock.used))


def timeline(
    entries: Sequence[ConversationEntry],
    reader: Any,
    *,
    quotes: bool = False,
    quote_at: str = "#act-answer",
    splits: str = "",
) -> SafeString:
    """What happened, oldest first: words and files as cards, changes as one thin line each.

    `quotes`: words can be taken into an answer, at `quote_at` of the page; `splits` is the code of
    a case whose words can become one of their own.
    """
    if not entries:
        return safe(
            '<ol class="timeline"><li class="timeline__line">'
            + escape(_("Nothing has happened yet."))
            + "</li></ol>"
        )
    drawn = (
        _card(entry, reader, _acts(entry, quotes, quote_at, splits))
        if entry.is_card
        else _line(entry)
        for entry in entries
    )
    return safe(f'<ol class="timeline">{"".join(drawn)}</ol>')


def _card(entry: ConversationEntry, reader: Any, acts: str) -> str:
    by, care_, internal = (
        entry.by,
        _("Care"),
        " timeline__card--internal" if entry.is_internal else "",
    )
    of = ""
    if getattr(reader, "is_care", False):
        of = f' <span class="muted">{escape(by.organisation)}</span>' if by.organisation else ""
    elif entry.side == "care":
        of = f' <span class="muted">{care_}</span>'
    detail = f' <span class="muted">({escape(entry.detail)})</span>' if entry.detail else ""
    word = ' <span class="timeline__internal">internal</span>' if entry.is_internal else ""
    text = f'<div class="prose">{care.prose(entry, "text")}</div>' if entry.text else ""
    place = f' id="entry-{entry.seq}"' if acts else ""
    return (
        f'<li class="timeline__card timeline__card--{entry.side}{internal}"{place}>'
        f'<div class="timeline__head"><span><strong>{escape(by.name)}</strong>{of}'
        f"{conversation.joint()}{escape(entry.says)}{detail}{word}</span> "
        f'<span class="timeline__at">{acts}{care.instant(entry.at)}</span></div>'
        f"{text}{files(entry.files)}</li>"
    )


def _acts(entry: ConversationEntry, quotes: bool, quote_at: str, splits: str) -> str:
    if not entry.text:
        return ""
    place = _("entry {seq}").format(seq=entry.seq)
    whose = (
        f'<span class="visually-hidden"> {escape(entry.by.name)}, {care.local(entry.at)}, '
        f"{place}</span>"
    )
    word = _("Quote")
    quote = (
        f'<a class="timeline__quote" href="?quote={entry.seq}{quote_at}">{word}{whose}</a> '
        if quotes
        else ""
    )
    if not splits or entry.is_internal:
        return quote
    address = f"/console/cases/{splits}/split/?seq={entry.seq}"
    return f'{quote}<a class="timeline__quote" href="{address}">Split{whose}</a> '


def _line(entry: ConversationEntry) -> str:
    internal = " timeline__line--internal" if entry.is_internal else ""
    detail = f": {escape(entry.detail)}" if entry.detail else ""
    return (
        f'<li class="timeline__line{internal}"><span>{escape(entry.by.name)}{conversation.joint()}'
        f"{escape(entry.says)}{detail}</span> "
        f'<span class="timeline__at">{care.instant(entry.at)}</span></li>'
    )


def files(found: Iterable[Attachment]) -> SafeString:
    """Files as downloads; what waits for the scanner, or was blocked, is a name and a word."""
    rows = "".join(_file(file) for file in found)
    return safe(f'<ul class="files">{rows}</ul>') if rows else safe("")


def _file(file: Attachment) -> str:
    name = escape(file.name)
    if file.is_served:
        shown = f'<a href="/attachments/{file.pk}/" title="{name}">{name}</a>'
    else:
        shown = f'<span class="ellipsis" title="{name}">{name}</span>'
    internal = " · internal" if file.facing == Facing.INTERNAL else ""
    word = ""
    if file.scan_state == ScanState.WAITING:
        said = _("being checked")
        word = f' <span class="files__word">{said}</span>'
    elif file.scan_state == ScanState.INFECTED:
        said = escape(_("blocked: {finding}").format(finding=file.finding))
        word = f' <span class="files__word files__word--blocked">{said}</span>'
    return (
        f'<li class="files__file">{shown} <span '
        f'class="muted">{care.filesize(file.size)}{internal}</span>{word}</li>'
    )
