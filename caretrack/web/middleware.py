"""Middleware of every request: log line, tenant scope, transaction, zone, language, refusals."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from django.conf import settings
from django.contrib import messages
from django.db import InterfaceError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from caretrack.ops.metrics import requests
from caretrack.web import fairness, signed_out, time_limit, unavailable
from caretrack.web.shared import costly_work
from caretrack.web.shared.readers import language_of, wrong_state
from contacts import sign_in_data
from core.errors import Refused
from core.tenancy import (
    APP_ROLE,
    AUTH_ROLE,
    CARE_ROLE,
    Scope,
    auth_scope,
    scope_of_person,
    statement_limit,
    take,
)

GetResponse = Callable[[HttpRequest], HttpResponse]
logger = structlog.get_logger("caretrack.request")

# Served without a scope, so that they work when the database does not.
UNSCOPED = ("/healthz", "/readyz", "/metrics", "/static/")
API = "/api/"
SESSION_KEY = "caretrack_scope"
LOG_IN = Scope(AUTH_ROLE)
# Account pages: reachable without a second factor, so that one can be set up.
ACCOUNTS = "/accounts/"
JOINING = "/join/"  # the URL of an invitation, which ends with a sign-in


def request_log(get_response: GetResponse) -> GetResponse:
    """One structured log line for each request, with the id that the response carries, and its
    duration.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex[:12]
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        try:
            response = get_response(request)
            seconds = time.perf_counter() - started
            logger.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round(seconds * 1000, 1),
            )
            requests.observe(request, response, seconds)
            response["X-Request-ID"] = request_id
            return response
        finally:
            structlog.contextvars.clear_contextvars()

    return middleware


class TenantMiddleware:
    """Run the request in one transaction, in the scope that its session got at sign-in.

    Before sign-in that is the sign-in scope. A response of 500 rolls everything back.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(UNSCOPED):
            return self.get_response(request)
        if request.path.startswith(API):
            return self._answer(request)
        # Until the reader is known, and while the database cannot identify them, the browser sets
        # the language.
        with translation.override(translation.get_language_from_request(request)):
            return self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if unavailable.was_away_a_moment_ago():
            return unavailable.without_database(request)
        _receive_upload(request)
        try:
            scope = scope_of(request)
            with (
                fairness.turns.turn(scope),
                time_limit.limit(settings.REQUEST_SECONDS),
                _limited_statements(),
            ):
                return self._in_scope(request, scope)
        except fairness.TooMany:
            return unavailable.too_many(request)
        except time_limit.RequestTooLong:
            logger.error("request_too_long", path=request.path, seconds=settings.REQUEST_SECONDS)
            connection.close()
            return unavailable.too_long(request)
        except (OperationalError, InterfaceError) as error:
            if not unavailable.has_no_connection():
                raise
            if unavailable.database_answers():
                return unavailable.busy(request)
            logger.error("database_away", path=request.path, error=str(error).strip()[:200])
            return unavailable.without_database(request)

    def _in_scope(self, request: HttpRequest, scope: Scope) -> HttpResponse:
        with take(scope):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response


def _receive_upload(request: HttpRequest) -> None:
    """Receive a form with files completely first.

    A slow upload then holds neither a connection nor the time limit.
    """
    if request.method == "POST" and (request.content_type or "").startswith("multipart/"):
        request.POST  # noqa: B018 (reading it receives the body)


@contextmanager
def _limited_statements() -> Iterator[None]:
    token = statement_limit.set(settings.REQUEST_SECONDS * 1000)
    try:
        yield
    finally:
        statement_limit.reset(token)


def scope_of(request: HttpRequest) -> Scope:
    """The scope of a request. Pages that sign somebody in have the sign-in scope."""
    if request.path.startswith(API):
        return scope_of_token(request) or LOG_IN
    if request.path.startswith((ACCOUNTS, JOINING)):
        return LOG_IN
    return scope_of_session(request) or LOG_IN


def scope_of_session(request: HttpRequest) -> Scope | None:
    """The scope that sign-in stored in the session; None before sign-in."""
    value = request.session.get(SESSION_KEY)
    return (
        None
        if value is None
        else Scope(CARE_ROLE)
        if value == "care"
        else Scope(APP_ROLE, int(value))
    )


def scope_of_token(request: HttpRequest) -> Scope | None:
    """The scope of the token's user; None without a usable token.

    Sessions are ignored.
    """
    from caretrack.web.api.authentication import token_of

    with auth_scope():
        token = token_of(request)
    request.api_token = token  # type: ignore[attr-defined]
    return None if token is None else scope_of_person(token.user)


class ReaderMiddleware:
    """Activate the reader's zone and language. End a session whose scope has changed."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        if request.path.startswith((*UNSCOPED, API)) or user is None:
            return self.get_response(request)
        if not user.is_authenticated:
            with translation.override(translation.get_language_from_request(request)):
                answer = self.get_response(request)
                patch_vary_headers(answer, ("Accept-Language", "Cookie"))
                return answer
        if request.session.get(SESSION_KEY) != session_scope(user):
            request.session.flush()
            with translation.override(language_of(user)):
                if signed_out.is_for_a_script(request):
                    return signed_out.notice(request)
                return render(
                    request, "refused.html", {"reason": _("Please sign in again.")}, status=403
                )
        with timezone.override(user.tzinfo), translation.override(language_of(user)):
            if lacks_second_step(request, user):
                warning = (
                    "Your role needs a second step at sign-in. Please set up an "
                    "authenticator app or a passkey first."
                )
                messages.warning(request, warning)
                return redirect("mfa_index")
            answer = self.get_response(request)
        # Nothing between us and the reader stores it, and a browser asks again before it shows it.
        answer.setdefault("Cache-Control", "private, no-cache")
        return answer


SECOND_STEP_KEY = "caretrack_second_step"


def lacks_second_step(request: HttpRequest, user) -> bool:  # type: ignore[no-untyped-def]
    """Whether the role requires a second factor that is not set up. Checked once a session."""
    if user.role not in settings.MFA_REQUIRED_ROLES or request.path.startswith(ACCOUNTS):
        return False
    if not request.session.get(SECOND_STEP_KEY):
        has_one = sign_in_data.has_second_step(user)
        if has_one:
            request.session[SECOND_STEP_KEY] = True
        return not has_one
    return False


def session_scope(user) -> str | int | None:  # type: ignore[no-untyped-def]
    """The session's record of a user's scope: "care", or the id of one organisation."""
    return "care" if user.is_care else user.organisation_id


def give_scope(*, request: HttpRequest, user, **kwargs) -> None:  # type: ignore[no-untyped-def]
    """Store the user's scope in the session at sign-in."""
    request.session[SESSION_KEY] = session_scope(user)


class RefusalMiddleware:
    """Turn Refused into 403 and a transition from the wrong state into 409, with the reason."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return render(request, "refused.html", {"reason": exception.reason}, status=403)
        if isinstance(exception, costly_work.Busy):
            answer = render(request, "busy.html", {"reason": str(exception)}, status=503)
            answer["Retry-After"] = str(costly_work.RETRY_SECONDS)
            return answer
        if unavailable.is_ended_statement(exception):
            return unavailable.too_long(request)
        if isinstance(exception, TransitionNotAllowed):
            is_care = getattr(request.user, "is_care", True)
            reason = wrong_state(exception, is_care=is_care)
            return render(request, "refused.html", {"reason": reason}, status=409)
        return None
