"""Small charts beside figures. The figures themselves stay readable as text."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from caretrack.web.shared.templatetags.care import when_present

register = template.Library()


@register.filter
@when_present()
def count(number: int) -> str:
    """A number with separators: “12,345”."""
    return f"{number:,}"


@register.simple_tag
def share_bar(share: float | None) -> SafeString | str:
    """A bar for the share of met targets, in steps of five per cent. Only 100 fills it."""
    if share is None:
        return ""
    width = 100 if share == 100 else min(round(share / 5) * 5, 95)
    return format_html(
        '<span class="share" aria-hidden="true"><span class="share__met used-{}"></span></span>',
        width,
    )
