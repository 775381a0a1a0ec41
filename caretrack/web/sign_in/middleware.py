"""What limits and known devices add to a response: status, headers, cookie."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from caretrack.web.sign_in import devices
from core.cache_counters import Usage

GetResponse = Callable[[HttpRequest], HttpResponse]


def must_wait(request: HttpRequest, seconds: int) -> None:
    """Make the response 429 with Retry-After. The page shows the same as text."""
    request.retry_after = seconds  # type: ignore[attr-defined]


def report_usage(request: HttpRequest, usage: Usage) -> None:
    """Report the used share of a rate limit in the response headers."""
    request.rate_limit = usage  # type: ignore[attr-defined]


def trust_device(request: HttpRequest, address: str) -> None:
    """Set the cookie that makes this device a known one of the account."""
    request.trusted_address = address  # type: ignore[attr-defined]


def sign_in_answer(get_response: GetResponse) -> GetResponse:
    """Middleware: apply `must_wait`, `report_usage` and `trust_device` to the response."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        attributes: dict[str, Any] = vars(request)
        if "retry_after" in attributes:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = str(attributes["retry_after"])
        if "rate_limit" in attributes:
            _write_usage(response, attributes["rate_limit"])
        if "trusted_address" in attributes:
            devices.remember(request, response, attributes["trusted_address"])
        return response

    return middleware


def _write_usage(response: HttpResponse, usage: Usage) -> None:
    response["RateLimit-Limit"] = str(usage.limit)
    response["RateLimit-Remaining"] = str(usage.remaining)
    if usage.retry_after:
        response["RateLimit-Reset"] = str(usage.retry_after)
