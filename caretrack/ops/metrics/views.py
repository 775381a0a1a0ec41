"""`/metrics`, for clients with the token of the settings.

Without that setting the page does not exist.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from caretrack.ops.metrics import broker, requests, state


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All metrics, as of now.

    Errors are plain responses: an error page would query the database for its reader.
    """
    if not settings.METRICS_TOKEN:
        return HttpResponseNotFound("Not found.\n", content_type="text/plain")
    if not _may_read(request):
        headers = {"WWW-Authenticate": "Bearer"}
        return HttpResponse(
            "The token is missing or wrong.\n",
            status=401,
            content_type="text/plain",
            headers=headers,
        )
    registry = CollectorRegistry()
    registry.register(state.StateCollector())
    registry.register(broker.BrokerCollector())
    requests.register(registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and constant_time_compare(
        token.strip(), settings.METRICS_TOKEN
    )
