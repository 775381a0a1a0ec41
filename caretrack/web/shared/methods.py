"""Restrict a view to POST, in a way that other code can ask about.

A reader may come to such an address by a link: after signing in, by a reload or from the history.
`page_of` names the page that its form is on, so that nobody ends at an empty answer.
"""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

View = Callable[..., HttpResponse]


def post_only(view: View) -> View:
    """Accept POST alone."""
    guarded: View = require_POST(view)
    guarded.is_post_only = True  # type: ignore[attr-defined]  # decorators around it copy the mark
    return guarded


def page_of(address: str) -> str:
    """The page to which a path belongs: the path itself, or the next one above that shows a page.

    `/portal/drafts/` belongs to `/portal/`, `/console/cases/CT-0000012/draft/` to its case. An
    address of another site belongs to the start page.
    """
    path, _, query = address.partition("?")
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return "/"
    if _shows_a_page(path):
        return f"{path}?{query}" if query else path
    while path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if _shows_a_page(path):
            return path
    return "/"


def _shows_a_page(path: str) -> bool:
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return not getattr(match.func, "is_post_only", False)
