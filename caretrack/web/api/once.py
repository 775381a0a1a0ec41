"""A request of a program that is repeated acts once: `Idempotency-Key` names it.

The keys are those of forms (`cases.sent_forms`): the first request that succeeds stores what it
created, and the same request leads there again.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from cases import sent_forms
from contacts.models import User

HEADER = "Idempotency-Key"
PARAMETER = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="A UUID of your own for this request. Within seven days, the same request with "
    "the same key acts once and gets the same response.",
)


def run_once(request: Request, *, by: User, run: Callable[[], int]) -> int:
    """Run an action that creates a row, unless the same request ran it. Returns the row's key."""
    key = request.headers.get(HEADER, "").lower()
    if not key:
        return run()
    if not sent_forms.is_key(key):
        raise ValidationError({HEADER: "A key is a UUID."})
    digest = _digest(request)
    sent_forms.hold(key, by=by)
    if result := sent_forms.result_of(key, digest, by=by):
        return int(result)
    if sent_forms.was_sent(key, by=by):
        raise ValidationError({HEADER: "This key belongs to another request."})
    created = run()
    sent_forms.record(key, digest, str(created), by=by)
    return created


def _digest(request: Request) -> str:
    data: Any = request.data
    whole = json.dumps([request.path, data], sort_keys=True, default=_as_text)
    return hashlib.sha256(whole.encode(errors="surrogatepass")).hexdigest()


def _as_text(value: Any) -> str:
    """A value that JSON does not know; a file is its name and its content."""
    if not isinstance(value, UploadedFile):
        return str(value)
    content = hashlib.sha256()
    for chunk in value.chunks():
        content.update(chunk)
    value.seek(0)
    return f"{value.name} {content.hexdigest()}"
