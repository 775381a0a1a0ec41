"""What is drawn by hand, for templates."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from caretrack.web.shared import render

register = template.Library()


@register.simple_tag(takes_context=True)
def promise(
    context: Any, clock: Any, code: str = "", why_target: str = "", compact: Any = False
) -> SafeString:
    """One promise, as `caretrack.web.shared.render` has it."""
    return render.promise(
        clock,
        context.get("user"),
        code=code or "",
        why_target=why_target or "",
        compact=bool(compact),
    )


@register.simple_tag(takes_context=True)
def timeline(
    context: Any,
    entries: Any,
    quotes: Any = False,
    quote_at: str = "#act-answer",
    splits: str = "",
    zone: str = "",
    answer_at: str = "",
) -> SafeString:
    """What happened, oldest first. With a zone, as a document."""
    return render.timeline(
        entries,
        context.get("user"),
        quotes=bool(quotes),
        quote_at=quote_at,
        splits=splits or "",
        zone=zone or "",
        answer_at=answer_at or "",
    )


@register.simple_tag
def attachments(files: Any) -> SafeString:
    """Files as downloads."""
    return render.files(files)
