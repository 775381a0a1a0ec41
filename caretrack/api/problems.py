"""Errors as problem details (RFC 9457): what is wrong and what to do, the same words as on the pages."""

from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, JsonResponse
from django_fsm import TransitionNotAllowed
from rest_framework import exceptions
from rest_framework.response import Response

from caretrack.middleware import wrong_state
from contacts.errors import Refused

KIND = "application/problem+json"


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. A verb that raised has rolled itself back; nothing is half-written."""
    if isinstance(error, Refused):
        return _problem(403, "Refused", error.reason)
    if isinstance(error, TransitionNotAllowed):
        return _problem(409, "Not possible in this state", wrong_state(error))
    if isinstance(error, Http404):
        return _problem(404, "Not found", "There is nothing here that this token may see.")
    if isinstance(error, PermissionDenied):
        return _problem(403, "Forbidden", str(error) or "This token may not do that.")
    if isinstance(error, exceptions.ValidationError):
        return _problem(400, "Invalid", "The request says something that cannot be taken.", errors=_plain(error.detail))
    if isinstance(error, exceptions.APIException):
        answer = _problem(error.status_code, error.default_code, str(error.detail))
        wait = getattr(error, "wait", None)
        if wait:
            answer["Retry-After"] = str(ceil(wait))
        if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
            answer["WWW-Authenticate"] = 'Bearer realm="caretrack"'
        return answer
    transaction.set_rollback(True)
    return None


def _problem(status: int, title: str, detail: str, **more: Any) -> Response:
    return Response(
        {"type": "about:blank", "title": title, "status": status, "detail": detail, **more},
        status=status,
        content_type=KIND,
    )


def _plain(said: Any) -> Any:
    """The errors without what no answer can hold: half a surrogate pair that the request brought."""
    if isinstance(said, dict):
        return {_plain(key): _plain(value) for key, value in said.items()}
    if isinstance(said, list):
        return [_plain(item) for item in said]
    return str(said).encode("utf-8", "replace").decode()


def not_found(request: HttpRequest) -> JsonResponse:
    """For addresses under /api/ that lead nowhere."""
    said = {"type": "about:blank", "title": "Not found", "status": 404, "detail": "No such address in this API."}
    return JsonResponse(said, status=404, content_type=KIND)
