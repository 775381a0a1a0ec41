"""`/healthz`: this process responds. `/readyz`: it can serve requests."""

import shutil
from collections.abc import Callable

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.redis_health import health_of

NEEDED_BYTES = 100 * 1024 * 1024
# A sort that exceeds its memory writes to the database's disk, and changes no row.
WRITE_TO_DISK = """
    SET LOCAL work_mem = '64kB';
    SELECT count(*) FROM (SELECT n FROM generate_series(1, 20000) AS s (n)
        ORDER BY md5(n::text)) AS sorted
"""


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Liveness. Checks no other service."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Readiness: 200, or 503 with what is missing.

    The broker is reported but does not count: pages work without it, and sweeps catch up later.
    """
    checks = {"database": _database, "database disk": _database_disk, "file disk": _file_disk}
    results = {name: _result(check) for name, check in checks.items()}
    is_ready = set(results.values()) == {"ready"}
    results["broker"] = (
        "ready" if health_of(settings.BROKER_CLIENT_URL).answers() else "away: working without it"
    )
    return JsonResponse(
        {"status": "ready" if is_ready else "not ready", **results}, status=200 if is_ready else 503
    )


def _result(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:
        return f"away: {type(error).__name__}"
    return "ready"


class DiskFull(Exception):
    """The volume of the stored files is full."""


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _database_disk() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WRITE_TO_DISK)


def _file_disk() -> None:
    folder = settings.MEDIA_ROOT
    while not folder.exists():
        folder = folder.parent
    if shutil.disk_usage(folder).free < NEEDED_BYTES:
        raise DiskFull
