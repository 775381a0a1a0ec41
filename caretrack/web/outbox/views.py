"""The emails of the trial. Care reads all of them, everyone else their own."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from caretrack.ops.outbox.models import OutboxMessage
from caretrack.web.shared.access import signed_in
from caretrack.web.shared.numbers import is_key
from contacts.models import User
from core.pagination import Page

SIZE = 40


def _readable(user: User) -> "QuerySet[OutboxMessage]":
    if not settings.TRIAL:
        raise Http404
    mails = OutboxMessage.objects.all()
    return mails if user.is_care else mails.filter(to__iexact=user.email)


@login_required
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """Emails, newest first."""
    queryset = _readable(signed_in(request)).order_by("-id")
    after = request.GET.get("after", "")
    is_first = not is_key(after)
    if not is_first:
        queryset = queryset.filter(id__lt=int(after))
    rows: list[Any] = list(queryset[: SIZE + 1])
    page = Page(rows[:SIZE], str(rows[SIZE - 1].pk) if len(rows) > SIZE else "", is_first)
    return render(request, "outbox/list.html", {"page": page})


@login_required
@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One email as its recipient received it."""
    return render(
        request,
        "outbox/mail.html",
        {"mail": get_object_or_404(_readable(signed_in(request)), pk=pk)},
    )
