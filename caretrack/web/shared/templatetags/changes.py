"""How the admin log shows a stored value."""

import re
from datetime import datetime
from typing import Any

from django import template

from caretrack.web.shared.templatetags.care import local, week
from contacts.models import CalendarVersion
from contacts.models.calendars import WEEKDAYS

register = template.Library()
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?\+\d{2}:\d{2}")


@register.filter
def as_text(value: Any) -> str:
    """A value as text: “none”, “yes”, a list with commas, “Mon–Fri 08:00–17:00”, an instant in the
    reader's zone.
    """
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and set(value) <= set(WEEKDAYS):
        return week(CalendarVersion(week=value))
    if isinstance(value, dict):
        return "; ".join(f"{key} {as_text(one)}" for key, one in value.items())
    if isinstance(value, list):
        if len(value) == 2 and all(
            isinstance(one, str) and re.fullmatch(r"\d\d:\d\d", one) for one in value
        ):
            return "–".join(value)
        return ", ".join(as_text(one) for one in value)
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return local(datetime.fromisoformat(value))
    return str(value)
