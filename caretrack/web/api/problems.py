"""Errors as problem details (RFC 9457), with the same texts as the pages."""

from collections.abc import Callable
from itertools import islice
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpRequest, JsonResponse
from django_fsm import TransitionNotAllowed
from rest_framework import exceptions
from rest_framework.response import Response

from caretrack.web.shared.readers import wrong_state
from core.errors import Refused

KIND = "application/problem+json"
MOST_ERRORS = 20  # of one request
LONGEST_ERROR = 300  # characters


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler.

    A failed action has rolled itself back; nothing is half-written.
    """
    if isinstance(error, exceptions.ValidationError):
        return _problem(
            400,
            "Invalid",
            "The request says something that cannot be taken.",
            errors=_plain(error.detail),
        )
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    known = next((make for kind, make in PROBLEMS if isinstance(error, kind)), None)
    if known is not None:
        return known(error)
    transaction.set_rollback(True)
    return None


def _of_framework(error: exceptions.APIException) -> Response:
    answer = _problem(error.status_code, error.default_code, str(error.detail))
    wait = getattr(error, "wait", None)
    if wait:
        answer["Retry-After"] = str(ceil(wait))
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        answer["WWW-Authenticate"] = 'Bearer realm="caretrack"'
    return answer


def _problem(status: int, title: str, detail: str, **more: Any) -> Response:
    return Response(
        {"type": "about:blank", "title": title, "status": status, "detail": detail, **more},
        status=status,
        content_type=KIND,
    )


# The titles of our errors and of Django's. The first matching class applies.
PROBLEMS: tuple[tuple[type[Exception], Callable[[Any], Response]], ...] = (
    (Refused, lambda error: _problem(403, "Refused", error.reason)),
    (
        TransitionNotAllowed,
        lambda error: _problem(409, "Not possible in this state", wrong_state(error)),
    ),
    (
        Http404,
        lambda error: _problem(404, "Not found", "There is nothing here that this token may see."),
    ),
    (
        PermissionDenied,
        lambda error: _problem(403, "Forbidden", str(error) or "This token may not do that."),
    ),
    (
        RequestDataTooBig,
        lambda error: _problem(413, "Too large", "The request is larger than this API takes."),
    ),
    (
        SuspiciousOperation,
        lambda error: _problem(400, "Bad request", "The request cannot be read."),
    ),
)


def _plain(errors: Any) -> Any:
    """The errors without characters that a response cannot hold, shortened where they are many or
    long.
    """
    if isinstance(errors, dict):
        shown = {_plain(key): _plain(value) for key, value in islice(errors.items(), MOST_ERRORS)}
        if len(errors) > MOST_ERRORS:
            shown["more_errors"] = [f"{len(errors) - MOST_ERRORS} more fields are wrong."]
        return shown
    if isinstance(errors, list):
        return [_plain(item) for item in errors[:MOST_ERRORS]]
    return str(errors)[:LONGEST_ERROR].encode("utf-8", "replace").decode()


def is_for_programs(request: HttpRequest) -> bool:
    """Whether the URL belongs to the API, which answers with JSON only."""
    return request.path.startswith("/api/")


def answer(status: int, title: str, detail: str) -> JsonResponse:
    """Problem details for requests that reach no view of the API."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type=KIND)


def not_found(request: HttpRequest) -> JsonResponse:
    """For URLs under /api/ that do not exist."""
    return answer(404, "Not found", "No such address in this API.")
