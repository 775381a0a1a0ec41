"""What `manage.py check --deploy` and `check --database default` verify."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import OperationalError, connections

# The first minor release of each major one without CVE-2025-8713: the planner's statistics showed
# values that row-level security hides. CVE-2023-2455, reuse of a plan after SET ROLE, was fixed
# earlier. The tools of the same releases close CVE-2025-8714 and CVE-2025-8715 of pg_dump.
OLDEST_MAJOR = 15
OLDEST_MINOR = {15: 14, 16: 10, 17: 6}


@register(Tags.database)
def database_version(databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """Refuse a PostgreSQL whose row-level security has known flaws. `migrate` runs this too."""
    problems: list[CheckMessage] = []
    for alias in databases or ():
        try:
            number = int(connections[alias].pg_version)  # type: ignore[attr-defined]
        except OperationalError:
            continue  # the database does not answer: /readyz reports that
        major, minor = divmod(number, 10_000)
        if not is_safe_version(major, minor):
            problems.append(_too_old(major, minor))
    return problems


def is_safe_version(major: int, minor: int) -> bool:
    """Whether a PostgreSQL release has the fixes that the separation of tenants depends on."""
    return major >= OLDEST_MAJOR and minor >= OLDEST_MINOR.get(major, 0)


def _too_old(major: int, minor: int) -> Error:
    oldest = ", ".join(f"{known}.{first}" for known, first in OLDEST_MINOR.items())
    return Error(
        f"PostgreSQL {major}.{minor} is too old: row-level security, which separates "
        "customers, has known holes in it.",
        hint=(
            "Install the newest minor release of its major version. The oldest that are "
            f"accepted: {oldest}, 18.0."
        ),
        id="caretrack.E001",
    )


@register(Tags.security, deploy=True)
def proxies(**options: Any) -> list[CheckMessage]:
    """CareTrack does not terminate TLS, so production always has a proxy in front of it."""
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return []
    return [
        CheckWarning(
            "CARETRACK_TRUSTED_PROXIES is 0: all visitors share the proxy's address "
            "and its limits.",
            hint=(
                "Set it to the number of proxies in front. See docs/operations.md, "
                '"Behind a proxy".'
            ),
            id="caretrack.W001",
        )
    ]


@register(Tags.security, deploy=True)
def sender(**options: Any) -> list[CheckMessage]:
    """Mail from an address that does not exist is classified as spam, and no bounce comes back."""
    if ".invalid" not in settings.DEFAULT_FROM_EMAIL:
        return []
    return [
        CheckWarning(
            f"Mail is sent from {settings.DEFAULT_FROM_EMAIL}, which does not exist.",
            hint="Set CARETRACK_FROM_EMAIL to an address of yours.",
            id="caretrack.W002",
        )
    ]
