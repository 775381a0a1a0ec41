"""Choices of form fields: languages and time zones."""

import zoneinfo

from django.conf import settings

LANGUAGES = settings.LANGUAGES


def zones() -> list[tuple[str, str]]:
    """Time zones by place."""
    known = sorted(
        name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith("Etc/")
    )
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in known)]
