"""Languages and time zones, as a form offers them."""

import zoneinfo

from django.conf import settings

LANGUAGES = settings.LANGUAGES


def zones() -> list[tuple[str, str]]:
    """Time zones as people look for them: by place."""
    known = sorted(
        name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith("Etc/")
    )
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in known)]
