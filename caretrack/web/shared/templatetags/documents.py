"""Instants in documents. They are read on other days and by other people, so they have the full
date and a zone that the document names. They never contain “today”.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from caretrack.web.shared.templatetags.care import when_present
from core.formatting import is_japanese, japanese_day

register = template.Library()


@register.filter
@when_present()
def fixed(at: datetime, zone: str = "") -> SafeString:
    """An instant with its day and year: “Mon 2 Mar 2026 09:00”. Without a zone, in the reader's."""
    here = timezone.localtime(at, ZoneInfo(zone) if zone else None)
    text = (
        f"{japanese_day(here, 0)} {here:%H:%M}" if is_japanese() else f"{here:%a %-d %b %Y %H:%M}"
    )
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        at.strftime("%Y-%m-%d %H:%M:%S"),
        text,
    )
