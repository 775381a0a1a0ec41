"""The side conversations of a case: what Care writes by email with third parties. Internal."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe
from django_fsm import TransitionNotAllowed

from caretrack.web.console.case import case_or_404
from caretrack.web.console.side_forms import SideMessageForm, SideReplyForm
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import is_key
from caretrack.web.shared.readers import wrong_state
from cases import actions
from cases.actions import side_conversations as side_actions
from cases.actions.catalogue import is_possible
from cases.actions.context import ActionContext
from cases.models import Attachment, SideConversation, SideMessage
from cases.notifications import side_emails
from core.errors import Refused
from core.pagination import Page

SIZE = 50
MOST = 100


def _conversation(request: HttpRequest, number: int, side: int) -> SideConversation:
    case = case_or_404(request, number)
    rows = SideConversation.objects.filter(organisation_id=case.organisation_id, case=case)
    conversation: SideConversation = get_object_or_404(rows.select_related("by"), pk=side)
    conversation.case = case
    return conversation


@care_only
@require_safe
def listed(request: HttpRequest, number: int) -> HttpResponse:
    """The side conversations of a case, open ones first."""
    case = case_or_404(request, number)
    rows = (
        SideConversation.objects.filter(organisation_id=case.organisation_id, case=case)
        .annotate(count=Count("messages"), last_at=Max("messages__event__at"))
        .order_by("ended_at", "-last_at", "-id")
    )
    context = {
        "case": case,
        "conversations": sorted(rows[:MOST], key=lambda one: one.is_ended),
        "may_open": is_possible("open_side_conversation", ActionContext(case, signed_in(request))),
    }
    return render(request, "console/side_conversations.html", context)


@care_only
@require_safe
def show(request: HttpRequest, number: int, side: int) -> HttpResponse:
    """One side conversation: its messages, and the forms of what is possible."""
    return _page(request, _conversation(request, number, side))


def _page(
    request: HttpRequest,
    conversation: SideConversation,
    *,
    message_form: forms.Form | None = None,
    reply_form: forms.Form | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    case = conversation.case
    context = ActionContext(case, signed_in(request))
    may_write = side_actions.refusal_to_write(context, conversation) is None
    may_log = side_actions.refusal_to_log_reply(context, conversation) is None
    page = _messages(conversation, request.GET.get("after", ""))
    keys = {key for message in page.rows for key in message.attachments}
    files = {
        file.pk: file
        for file in Attachment.objects.filter(
            organisation_id=case.organisation_id, case=case, pk__in=keys
        )
    }
    values = {
        "case": case,
        "conversation": conversation,
        "page": page,
        "rows": [
            (message, [files[key] for key in message.attachments if key in files])
            for message in page.rows
        ],
        "message_form": message_form
        or (SideMessageForm(conversation=conversation) if may_write else None),
        "reply_form": reply_form or (SideReplyForm(conversation=conversation) if may_log else None),
        "may_write": may_write,
        "may_end": side_actions.refusal_to_end(context, conversation) is None,
        "may_reopen": side_actions.refusal_to_reopen(context, conversation) is None,
        "reply_address": side_emails.reply_address_of(conversation.pk),
        "refusal": refusal,
    }
    return render(request, "console/side_conversation.html", values, status=status)


def _messages(conversation: SideConversation, after: str) -> Page:
    """A page of messages, the newest page first, and each page from old to new."""
    rows = SideMessage.objects.filter(
        organisation_id=conversation.organisation_id, conversation=conversation
    ).select_related("event__by", "event__update")
    if is_key(after):
        rows = rows.filter(pk__lt=int(after))
    fetched = list(rows.order_by("-pk")[: SIZE + 1])
    shown = fetched[:SIZE]
    cursor = str(shown[-1].pk) if len(fetched) > SIZE else ""
    return Page(list(reversed(shown)), cursor, is_first=not is_key(after))


@care_only
@post_only
def write(request: HttpRequest, number: int, side: int) -> HttpResponse:
    """Send a further message."""
    conversation = _conversation(request, number, side)
    form = SideMessageForm(request.POST, conversation=conversation)

    def run(data: dict[str, Any]) -> object:
        return actions.write_in_side_conversation(conversation, by=signed_in(request), **data)

    return _run(request, conversation, run, "The message is sent.", form, "message_form")


@care_only
@post_only
def log_reply(request: HttpRequest, number: int, side: int) -> HttpResponse:
    """Log what came back."""
    conversation = _conversation(request, number, side)
    form = SideReplyForm(request.POST, conversation=conversation)

    def run(data: dict[str, Any]) -> object:
        return actions.log_side_reply(conversation, by=signed_in(request), **data)

    return _run(request, conversation, run, "The reply is logged.", form, "reply_form")


@care_only
@post_only
def end(request: HttpRequest, number: int, side: int) -> HttpResponse:
    """End the conversation."""
    conversation = _conversation(request, number, side)

    def run(data: dict[str, Any]) -> object:
        return actions.end_side_conversation(conversation, by=signed_in(request))

    return _run(request, conversation, run, "The side conversation has ended.")


@care_only
@post_only
def reopening(request: HttpRequest, number: int, side: int) -> HttpResponse:
    """Continue an ended conversation."""
    conversation = _conversation(request, number, side)

    def run(data: dict[str, Any]) -> object:
        return actions.reopen_side_conversation(conversation, by=signed_in(request))

    return _run(request, conversation, run, "The side conversation is open again.")


@care_only
@post_only
def send_again(request: HttpRequest, number: int, side: int, side_message: int) -> HttpResponse:
    """Send a message again that was not delivered."""
    conversation = _conversation(request, number, side)
    message = get_object_or_404(
        SideMessage.objects.filter(
            organisation_id=conversation.organisation_id, conversation=conversation
        ).select_related("conversation"),
        pk=side_message,
    )

    def run(data: dict[str, Any]) -> object:
        return actions.send_side_message_again(message, by=signed_in(request))

    return _run(request, conversation, run, "The message is sent again.")


def _run(
    request: HttpRequest,
    conversation: SideConversation,
    run: Callable[[dict[str, Any]], object],
    done: str,
    form: forms.Form | None = None,
    name: str = "",
) -> HttpResponse:
    """Run an action. A refusal shows the page again with the input."""
    refusal, status = "", 422
    if form is None or form.is_valid():
        try:
            run(form.cleaned_data if form else {})
        except Refused as refused:
            refusal = refused.reason
        except TransitionNotAllowed as error:
            refusal, status = wrong_state(error), 409
        else:
            messages.success(request, done)
            return redirect("console:side_conversation", conversation.case, conversation.pk)
    if form is None:
        return _page(request, conversation, refusal=refusal, status=status)
    if refusal:
        form.add_error(None, refusal)
    shown: dict[str, Any] = {name: form}
    return _page(request, conversation, status=status, **shown)
