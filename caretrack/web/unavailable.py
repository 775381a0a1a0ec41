"""Responses during an outage: plain pages that use neither the database nor the cache."""

import time

import psycopg
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

API = "/api/"
# After a failed connection, no request tries again for this long.
PAUSE_SECONDS = 1.0
RETRY_SECONDS = 10

_away_until = 0.0


def has_no_connection() -> bool:
    """Whether the request has no working connection to the database.

    A statement may fail even with one.
    """
    return connection.connection is None or bool(getattr(connection.connection, "closed", True))


def database_answers() -> bool:
    """Check the database with a connection of its own. A pool without a free connection may only be
    busy.
    """
    global _away_until
    named = connection.settings_dict
    try:
        psycopg.connect(
            host=named["HOST"],
            port=named["PORT"] or None,
            user=named["USER"],
            password=named["PASSWORD"],
            dbname=named["NAME"],
            connect_timeout=2,
        ).close()
    except psycopg.Error:
        _away_until = time.monotonic() + PAUSE_SECONDS
        return False
    return True


def is_ended_statement(error: Exception) -> bool:
    """Whether PostgreSQL ended a statement at the time limit of its request."""
    return isinstance(error.__cause__, QueryCanceled)


def was_away_a_moment_ago() -> bool:
    """Whether the last attempt to reach the database failed less than a second ago."""
    return time.monotonic() < _away_until


def without_database(request: HttpRequest) -> HttpResponse:
    """503: the database is away. Nothing was saved."""
    title = _("CareTrack cannot reach its database")
    return _answer(
        request,
        title,
        _("Nothing you sent was stored. Please keep your text and try again in a moment."),
    )


def busy(request: HttpRequest) -> HttpResponse:
    """503: every connection to the database was in use for too long."""
    title = _("CareTrack is very busy at the moment")
    return _answer(request, title, _("Nothing was changed. Please try again in a moment."), retry=2)


def too_long(request: HttpRequest) -> HttpResponse:
    """503: the request exceeded its time limit and was rolled back."""
    title = _("This took too long")
    return _answer(
        request, title, _("Nothing was changed. Please try again, or choose less at once.")
    )


def too_many(request: HttpRequest) -> HttpResponse:
    """429: the organisation has reached its limit of running requests."""
    title = _("Your organisation asks for too much at once")
    return _answer(
        request, title, _("Nothing was changed. Please try again in a moment."), status=429, retry=2
    )


def _answer(
    request: HttpRequest, title: str, detail: str, *, status: int = 503, retry: int = RETRY_SECONDS
) -> HttpResponse:
    answer: HttpResponse
    if request.path.startswith(API):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        answer = JsonResponse(problem, status=status, content_type="application/problem+json")
    else:
        again = request.get_full_path() if request.method == "GET" else ""
        page = render_to_string(
            "unavailable.html", {"title": title, "detail": detail, "again": again}
        )
        answer = HttpResponse(page, status=status)
    answer["Retry-After"] = str(retry)
    return answer
