"""Staged files of a new case or a reply: uploaded one by one with progress, each removable (§5)."""

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from caretrack.web.shared.access import customers_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import is_key
from cases.files import attachments, staging
from cases.models import Case, StagedFile
from cases.models.case import is_code, number_of
from contacts.models import User
from core.errors import Refused

MOST_KEYS = 500
PLAIN = "text/plain; charset=utf-8"


@customers_only
@post_only
def stage(request: HttpRequest) -> HttpResponse:
    """Stage one file. The response is its row, or the reason of the refusal."""
    user = signed_in(request)
    upload = request.FILES.get("file")
    case = _case(user, request.POST.get("case", ""))
    if upload is None:
        return HttpResponse(
            _("No file was received. Please choose it again."), status=422, content_type=PLAIN
        )
    try:
        with attachments.files_with_transaction():
            staged = staging.stage(by=user, upload=upload, case=case)
    except Refused as refused:
        return HttpResponse(refused.reason, status=422, content_type=PLAIN)
    return render(request, "parts/_staged.html", {"file": staged})


@customers_only
@post_only
def removal(request: HttpRequest, staged: int) -> HttpResponse:
    """Remove a staged file. Idempotent."""
    staging.remove([staged], by=signed_in(request))
    return HttpResponse(status=204)


def keys(data: Any) -> list[int]:
    """The keys of the staged files in a form."""
    named = data.getlist("staged") if hasattr(data, "getlist") else []
    return [int(key) for key in named[:MOST_KEYS] if is_key(key)]


def named(user: User, data: Any, case: Case | None) -> list[StagedFile]:
    """The staged files in a form that belong to this user and still exist."""
    chosen = keys(data)
    return list(staging.mine(user, case).filter(pk__in=chosen)) if chosen else []


def remove_requested(user: User, data: Any) -> None:
    """Remove a file by the button beside it, where no script runs."""
    key = data.get("remove_staged", "")
    if is_key(key):
        staging.remove([int(key)], by=user)


def stage_all(user: User, uploads: Sequence[UploadedFile]) -> list[int]:
    """Stage the files of a form that is saved as a draft."""
    return [staging.stage(by=user, upload=upload).pk for upload in uploads]


def _case(user: User, code: str) -> Case | None:
    if not code:
        return None
    number = number_of(code) if is_code(code) else 0
    return get_object_or_404(Case.objects.visible_to(user), number=number)
