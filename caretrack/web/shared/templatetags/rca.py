"""Instants in an RCA. It is read on other days and in print, so they never say “today”."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from caretrack.web.shared.templatetags.care import when_present
from core.formatting import is_japanese, japanese_day

register = template.Library()


@register.filter
@when_present()
def fixed(at: datetime) -> SafeString:
    """An instant in the reader's zone with its day and year: “Mon 2 Mar 2026 09:00”."""
    here = timezone.localtime(at)
    text = (
        f"{japanese_day(here, 0)} {here:%H:%M}" if is_japanese() else f"{here:%a %-d %b %Y %H:%M}"
    )
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        at.strftime("%Y-%m-%d %H:%M:%S"),
        text,
    )
