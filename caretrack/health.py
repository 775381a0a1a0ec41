"""`/healthz`: this process answers. `/readyz`: it can do its work, database and broker included."""

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Alive; asks nobody else."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready, or 503 with what is missing."""
    checks = {"database": _database, "broker": _broker}
    said = {}
    for name, check in checks.items():
        try:
            check()
            said[name] = "ready"
        except Exception as error:
            said[name] = f"away: {type(error).__name__}"
    is_ready = set(said.values()) == {"ready"}
    return JsonResponse({"status": "ready" if is_ready else "not ready", **said}, status=200 if is_ready else 503)


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    cache.set("readyz", "1", 5)
