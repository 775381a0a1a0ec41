"""Refuse characters that no text may contain: NUL, which PostgreSQL cannot store, and lone
surrogates.

No person types them. A page answers 400 with a text, the API with problem details. The API's
parsers check its bodies (`caretrack.web.api.parsing`).
"""

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

BAD = re.compile("[\\x00\\ud800-\\udfff]")
API = "/api/"
GetResponse = Callable[[HttpRequest], HttpResponse]


def is_bad(text: str) -> bool:
    """Whether a text contains a character that cannot be stored."""
    return BAD.search(text) is not None


def _has_bad(fields: QueryDict) -> bool:
    return any(is_bad(name) or any(map(is_bad, values)) for name, values in fields.lists())


class BadInputMiddleware:
    """Answer 400 if the URL, the query or the form has such a character. Ignore such cookies."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_bad(request.path) or _has_bad(request.GET):
            return self._refuse(request)
        for name, value in list(request.COOKIES.items()):
            if is_bad(name) or is_bad(value):
                del request.COOKIES[name]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        """Check the form once it is known that a view reads it."""
        if request.method != "POST" or request.path.startswith(API):
            return None
        names = (file.name or "" for files in request.FILES.lists() for file in files[1])
        return self._refuse(request) if _has_bad(request.POST) or any(map(is_bad, names)) else None

    def _refuse(self, request: HttpRequest) -> HttpResponse:
        from caretrack.web.views import bad_request

        return bad_request(request, ValueError("a character that cannot be stored"))
