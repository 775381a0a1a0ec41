"""Limits on the requests of a token, and on unknown tokens from one source."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from caretrack.web.sign_in.middleware import report_usage
from caretrack.web.sign_in.sources import network_of
from contacts.models import ApiToken
from core import cache_counters

if TYPE_CHECKING:  # rest_framework.views imports its default throttles while it is being imported
    from rest_framework.views import APIView

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def rate(scope: str) -> tuple[int, int]:
    """A rate of the settings such as "600/min" as requests and seconds."""
    rates: Any = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    number, _, period = rates[scope].partition("/")
    return int(number), SECONDS[period[0]]


class TokenThrottle(BaseThrottle):
    """A number of requests a minute for each token, exact under concurrency."""

    _wait: int | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        limit, window = rate("token")
        usage = cache_counters.spend(f"api-token:{request.auth.prefix}", limit, window)
        report_usage(request._request, usage)
        self._wait = usage.retry_after
        return usage.is_allowed

    def wait(self) -> float | None:
        return self._wait


def limit_unknown_tokens(request: HttpRequest) -> None:
    """Raise Throttled when the source of this request sent too many unknown tokens.

    Known tokens are not limited here.
    """
    limit, window = rate("unknown_token")
    usage = cache_counters.spend(f"api-unknown:{network_of(request)}", limit, window)
    if not usage.is_allowed:
        raise Throttled(wait=usage.retry_after)
