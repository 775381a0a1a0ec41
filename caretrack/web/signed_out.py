"""What a reader meets whose session has ended under an open page, or who comes to an address that
only takes forms.

A script of the page gets a short notice instead of the sign-in page, so what is written stays where
it is. A form leads to the sign-in page, and from there back to the page that it was on.
"""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url

from caretrack.web.shared.methods import page_of

GetResponse = Callable[[HttpRequest], HttpResponse]
API = "/api/"
NOTICE = "#session-notice"


def is_for_a_script(request: HttpRequest) -> bool:
    """Whether a script of an open page asks, which shows a part of a page and never a whole one."""
    return request.headers.get("HX-Request") == "true"


def notice(request: HttpRequest) -> HttpResponse:
    """401 for a script: the reader is signed out, and nothing on their page is replaced."""
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    here = urlunsplit(("", "", current.path, current.query, ""))
    context = {"sign_in": _sign_in(page_of(here or request.path))}
    response = render(request, "parts/_signed_out.html", context, status=401)
    response["HX-Retarget"] = NOTICE
    response["HX-Reswap"] = "innerHTML"
    return response


def ended_sessions(get_response: GetResponse) -> GetResponse:
    """Middleware: no sign-in page inside a page, no redirect to an address that shows nothing, and
    a way on from such an address.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith(API):
            return response
        if "Location" in response:
            return _redirected(request, response)
        if response.status_code == 405:
            return _without_a_page(request, response)
        return response

    return middleware


def _redirected(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    target = urlsplit(response["Location"])
    if target.netloc and target.netloc != request.get_host():
        return response
    if target.path != resolve_url(settings.LOGIN_URL):
        if page_of(target.path) != target.path:
            response["Location"] = page_of(target.path)
        return response
    if is_for_a_script(request):
        return notice(request)
    wanted = parse_qs(target.query).get(REDIRECT_FIELD_NAME, [""])[0]
    if wanted:
        response["Location"] = _sign_in(page_of(wanted))
    return response


def _sign_in(page: str) -> str:
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({REDIRECT_FIELD_NAME: page}, safe='/')}"


def _without_a_page(request: HttpRequest, refused: HttpResponse) -> HttpResponse:
    page = page_of(request.path)
    response = render(request, "no_page_here.html", {"page": page}, status=405)
    if "Allow" in refused:
        response["Allow"] = refused["Allow"]
    return response
