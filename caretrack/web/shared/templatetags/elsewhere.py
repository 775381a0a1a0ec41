"""Times in another zone than the reader's."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from caretrack.web.shared.templatetags.care import when_present

register = template.Library()


@register.filter
@when_present()
def there(at: datetime, zone: str) -> SafeString:
    """An instant in a zone, with the place: “Mon 23 Nov 17:00 Berlin”; UTC in the title."""
    local = at.astimezone(ZoneInfo(zone))
    year = "" if local.year == timezone.now().year else " %Y"
    place = zone.rpartition("/")[2].replace("_", " ")
    text = local.strftime(f"%a %-d %b{year} %H:%M")
    return format_html(
        '<time datetime="{}" title="{} UTC">{} <span class="muted">{}</span></time>',
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        at.strftime("%Y-%m-%d %H:%M:%S"),
        text,
        place,
    )
