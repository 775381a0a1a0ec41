"""What is drawn by hand, for templates."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from caretrack import drawing

register = template.Library()


@register.simple_tag(takes_context=True)
def promise(
    context: Any, clock: Any, code: str = "", why_target: str = "", compact: Any = False
) -> SafeString:
    """One promise, as `caretrack.drawing` has it."""
    return drawing.promise(
        clock,
        context.get("user"),
        code=code or "",
        why_target=why_target or "",
        compact=bool(compact),
    )


@register.simple_tag(takes_context=True)
def timeline(
    context: Any, entries: Any, quotes: Any = False, quote_at: str = "#act-answer", splits: str = ""
) -> SafeString:
    """What happened, oldest first."""
    return drawing.timeline(
        entries, context.get("user"), quotes=bool(quotes), quote_at=quote_at, splits=splits or ""
    )


@register.simple_tag
def attachments(files: Any) -> SafeString:
    """Files as downloads."""
    return drawing.files(files)
