"""The way back from a case to the list, the page and the row from which it was opened.

The browser names the list in the Referer; a cookie of the case's own pages keeps it while one works
on the case. So two tabs, each with its own list, do not disturb each other.
"""

import re
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from cases.models import Case

COOKIE = "caretrack_back"
LONGEST = 1500
A_DAY = 24 * 3600
# The lists that lead to cases, by side.
CARES = re.compile(
    r"/(console|console/cases|console/search|console/rca|console/requests|insight/cases|insight)/"
)
CUSTOMERS = re.compile(r"/portal/(cases/|search/)?")


def list_before(request: HttpRequest, case: Case) -> str:
    """The path of the list that the case was opened from, with the row; empty if none is known."""
    path = _from_referer(request) or _checked(request, unquote(request.COOKIES.get(COOKIE, "")))
    return f"{path}#case-{case.code}" if path else ""


def remember(response: HttpResponse, request: HttpRequest, case: Case) -> HttpResponse:
    """Keep the list for the other pages of this case."""
    path = _from_referer(request)
    if path:
        response.set_cookie(
            COOKIE,
            quote(path, safe=""),
            max_age=A_DAY,
            path=f"/{_side(request)}/cases/{case.code}/",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _from_referer(request: HttpRequest) -> str:
    try:
        address = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    if address.netloc != request.get_host():
        return ""
    return _checked(request, f"{address.path}?{address.query}" if address.query else address.path)


def _checked(request: HttpRequest, path: str) -> str:
    """The path if it is a list of this side, otherwise nothing: a cookie may hold anything."""
    bare = path.partition("?")[0]
    lists = CARES if _side(request) == "console" else CUSTOMERS
    is_plain = path.isascii() and path.isprintable() and " " not in path
    return path if is_plain and len(path) <= LONGEST and lists.fullmatch(bare) else ""


def _side(request: HttpRequest) -> str:
    return "console" if request.path.startswith("/console/") else "portal"
