"""The key of a form: what makes a repeated request one act (`caretrack.web.sent_once`)."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from cases.sent_forms import is_key

FIELD = "form_key"


def new_form_key() -> str:
    """A key for a form on a page that is being shown."""
    return str(uuid.uuid4())


def form_key_of(data: Mapping[str, Any]) -> str:
    """The key in a form that was sent. Empty without one."""
    key = str(data.get(FIELD) or "")
    return key if is_key(key) else ""


def leads_to(response: HttpResponse, page: str) -> HttpResponse:
    """Mark a response that shows an outcome itself: sent again, its form leads to `page`."""
    response.result_page = page  # type: ignore[attr-defined]
    return response


def result_page_of(response: HttpResponse) -> str:
    """Where a form led that did its work. Empty if it did not."""
    if response.status_code in (302, 303):
        return str(response["Location"])
    return str(getattr(response, "result_page", ""))
