"""Undo for some seconds: messages to a contact wait first (`cases.pending_messages`)."""

import logging
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from caretrack.web.console import snippets
from caretrack.web.console.actions import ConsoleAction
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import number_in
from cases import pending_messages
from cases.models import Case, PendingMessage, PendingState
from cases.tasks import release_message
from sla import clocks

logger = logging.getLogger(__name__)
# A target that ends within the wait, or while a slow sweep sends it, leaves no time for it.
MARGIN_SECONDS = 60


def can_wait(request: HttpRequest, case: Case, action: ConsoleAction, data: dict[str, Any]) -> bool:
    """Whether the message of a form waits. Files that came with the form, an initial root cause
    analysis and a target about to end let it go at once.
    """
    return (
        settings.UNDO_SECONDS > 0
        and action.noun in pending_messages.HELD
        and request.POST.get("undo") == "1"
        and not data.get("files")
        and not data.get("initial_rca")
        and not clocks.is_due_within(case, settings.UNDO_SECONDS + MARGIN_SECONDS)
    )


def hold(
    request: HttpRequest, case: Case, action: ConsoleAction, data: dict[str, Any]
) -> PendingMessage:
    """Let the message of a form wait, and have it sent when its time is over."""
    message = pending_messages.hold(
        case,
        by=signed_in(request),
        noun=action.noun,
        text=data["text"],
        staged=data.get("staged", ()),
        seen=number_in(request.POST.get("seen")) if action.reads_first else None,
        seconds=settings.UNDO_SECONDS,
        macro=snippets.chosen_macro(request),
    )
    transaction.on_commit(partial(_send_later, message.pk))
    return message


def _send_later(key: int) -> None:
    try:
        release_message.apply_async((key,), countdown=settings.UNDO_SECONDS)
    except Exception:
        logger.warning("The broker is away: message %s waits for the page or the sweep.", key)


def announce(request: HttpRequest, message: PendingMessage) -> None:
    """Say at the top of the next page that the message waits, with a way to undo it."""
    text = format_html(
        'Your message on {} is sent in <span data-pending="{}" data-release="{}">{} seconds</span>.'
        ' <a href="{}" data-undo>Undo</a>',
        message.case.code,
        settings.UNDO_SECONDS,
        reverse("console:pending_release", args=[message.pk]),
        settings.UNDO_SECONDS,
        reverse("console:pending", args=[message.pk]),
    )
    messages.info(request, text)


def _own(request: HttpRequest, key: int) -> PendingMessage:
    own = PendingMessage.objects.filter(by=signed_in(request)).select_related("case")
    message: PendingMessage = get_object_or_404(own, pk=key)
    return message


@care_only
@require_safe
def show(request: HttpRequest, message: int) -> HttpResponse:
    """A message that waits, and the button that takes it back."""
    return render(request, "console/pending.html", {"message": _own(request, message)})


@care_only
@post_only
def undo(request: HttpRequest, message: int) -> HttpResponse:
    """Take a message back. The case opens with its text as a draft."""
    taken_back = pending_messages.undo(message, by=signed_in(request))
    tab = taken_back.noun if taken_back.noun != "resolution" else "answer"
    messages.success(request, "The message was not sent. It is a draft again.")
    return redirect(f"{reverse('console:case', args=[taken_back.case])}?tab={tab}#composer")


@care_only
@post_only
def release(request: HttpRequest, message: int) -> HttpResponse:
    """Send a message whose time is over. The response says what became of it."""
    own = _own(request, message)
    pending_messages.release(own.pk, by=signed_in(request))
    own.refresh_from_db()
    seconds = max(0, (own.release_at - timezone.now()).total_seconds())
    context = {"message": own, "seconds": round(seconds) + 1}
    is_waiting = own.state == PendingState.WAITING
    return render(
        request, "console/_pending_state.html", context, status=202 if is_waiting else 200
    )
