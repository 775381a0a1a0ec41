"""What limits and known devices add to an answer: a status, headers, a cookie."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from caretrack.web.sign_in import devices
from core.cache_counters import Usage

GetResponse = Callable[[HttpRequest], HttpResponse]


def must_wait(request: HttpRequest, seconds: int) -> None:
    """Let the answer to this request be 429 with Retry-After; the page itself says the same in
    words.
    """
    request.retry_after = seconds  # type: ignore[attr-defined]


def report_usage(request: HttpRequest, usage: Usage) -> None:
    """Let the answer's headers say how much of a rate limit is left."""
    request.rate_limit = usage  # type: ignore[attr-defined]


def trust_device(request: HttpRequest, address: str) -> None:
    """Let the answer's cookie make this device a known one of the account."""
    request.trusted_address = address  # type: ignore[attr-defined]


def sign_in_answer(get_response: GetResponse) -> GetResponse:
    """Middleware: write into the answer what `must_wait`, `report_usage` and `trust_device` asked
    for.
    """

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
