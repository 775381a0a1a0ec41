"""A case's page, the forms of its actions, and the one view that runs every action of Care."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django_fsm import TransitionNotAllowed

from caretrack.web.console import action_registry, case_view, pending, snippets
from caretrack.web.console.actions import ConsoleAction
from caretrack.web.console.queue.views import take_next
from caretrack.web.shared import conversation_pages, upload_staging, way_back
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.conversation import entries
from caretrack.web.shared.form_keys import form_key_of
from caretrack.web.shared.numbers import number_in
from caretrack.web.shared.readers import wrong_state
from cases import (
    actions,
    macro_effects,
    mentions,
    pending_messages,
    read_marks,
    reply_drafts,
)
from cases.actions.side_conversations import MOST_OPEN
from cases.choices import CaseState
from cases.files.attachments import files_with_transaction
from cases.macro_effects import MacroEffects
from cases.models import Case, PendingMessage, Reminder, ReminderState, SideConversation
from cases.notifications import side_emails
from contacts import namesakes, roster
from core.capped_count import CappedCount
from core.errors import Refused
from sla import preview


def case_or_404(request: HttpRequest, number: int) -> Case:
    """The case with that number."""
    cases = Case.objects.visible_to(signed_in(request)).select_related(
        "organisation",
        "site",
        "contact__designation",
        "assignee",
        "team",
        "terms",
        "analysis",
    )
    reminders = Reminder.objects.filter(
        case=OuterRef("pk"), by=signed_in(request), state=ReminderState.OPEN
    )
    conversations = SideConversation.objects.filter(case=OuterRef("pk"))
    cases = cases.annotate(
        has_waiting=Exists(pending_messages.waiting(OuterRef("pk"))),
        reminder_at=Subquery(reminders.order_by("due_at").values("due_at")[:1]),
        has_side_conversations=Exists(conversations),
        open_side_conversations=CappedCount(
            side_emails.open_conversations(OuterRef("pk")), limit=MOST_OPEN
        ),
    )
    case = get_object_or_404(cases, number=number)
    if not isinstance(case, Case):
        raise Http404
    return case


@care_only
@require_safe
def page(request: HttpRequest, number: int) -> HttpResponse:
    """Conversation, clocks, possible actions, and the customer."""
    case = case_or_404(request, number)
    read_marks.mark_read(case, by=signed_in(request))
    return show(request, case)


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, number: int, noun: str) -> HttpResponse:
    """Run the action that the URL names.

    GET shows the form. POST runs the action, or shows the form again with its input.
    """
    action = action_registry.BY_NOUN.get(noun)
    if action is None:
        raise Http404
    case = case_or_404(request, number)
    seen = case_view.load_case_view(case, signed_in(request))
    if request.method != "POST":
        return _form_page(request, seen, action)
    form = action.new_form(seen.situation, request.POST, request.FILES)
    if not {"remove_staged", "preview"}.isdisjoint(request.POST):  # without scripts
        upload_staging.remove_requested(signed_in(request), request.POST)
        return show(request, case, noun, form, status=200)
    if form.is_valid():
        try:
            shown = _preview(request, case, action, form)
            if shown is not None:
                return _form_page(request, seen, action, form, shown)
            did = _do(request, case, action, form)
        except Refused as refusal:
            form.add_error(None, refusal.reason)
        except TransitionNotAllowed as error:
            form.add_error(None, wrong_state(error))
            return show(request, case_or_404(request, number), noun, form, status=409)
        else:
            return _done(request, case, action, did)
    if action.place == "hidden":  # the case's page does not show this form
        return _form_page(request, seen, action, form, status=422)
    return show(request, case_or_404(request, number), noun, form, status=422)


def _do(request: HttpRequest, case: Case, action: ConsoleAction, form: Form) -> Any:
    """Run the action in one transaction, so that no event comes between the check for news and the
    action.

    A sent draft is deleted.
    """
    by, data = (
        signed_in(request),
        {**form.cleaned_data, "staged": upload_staging.keys(request.POST)},
    )
    with transaction.atomic(), files_with_transaction():
        seen = number_in(request.POST.get("seen"))
        if action.reads_first and seen is not None:
            actions.require_unmoved(case, by=by, seen=seen)
        if pending.can_wait(request, case, action, data):
            did: Any = pending.hold(request, case, action, data)
        else:
            macro = snippets.chosen_macro(request) if action.place == "composer" else None
            if macro is not None:
                macro_effects.apply(case, MacroEffects.from_stored(macro.effects), by=by)
                macro_effects.count_use(macro, by=by)
                case = case_or_404(request, case.number)
            did = action.act(case, by, data)
        reply_drafts.discard_sent(
            case,
            by=by,
            key=number_in(request.POST.get("draft")),
            form_key=form_key_of(request.POST),
        )
    return did


def _done(request: HttpRequest, case: Case, action: ConsoleAction, did: Any) -> HttpResponse:
    if isinstance(did, Case):  # the action opened a new case
        messages.success(request, f"{did.code} is open, split from {case.code}.")
        return redirect("console:case", number=did)
    if isinstance(did, SideConversation):
        messages.success(request, action.done)
        return redirect("console:side_conversation", case, did.pk)
    if isinstance(did, PendingMessage):
        pending.announce(request, did)
    else:
        messages.success(request, action.done)
    if request.POST.get("then") == "next":
        return take_next(request)
    return redirect("console:case", number=case)


def _preview(request: HttpRequest, case: Case, action: ConsoleAction, form: Form) -> Any:
    """The effect of the action, unless this choice was previewed already. None means: run it."""
    if action.preview is None:
        return None
    chosen = form.cleaned_data.get("severity", form.cleaned_data.get("other"))
    if request.POST.get("previewed") == str(chosen):
        return None
    return action.preview(case, signed_in(request), form.cleaned_data)


def _form_page(
    request: HttpRequest,
    seen: case_view.CaseView,
    action: ConsoleAction,
    form: Form | None = None,
    more: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The form of an action alone: a part of the page for htmx, otherwise a page."""
    case = seen.case
    if action.place == "composer" and action.noun != "call":
        return redirect(f"/console/cases/{case.code}/?tab={action.noun}#composer")
    if form is None and action.noun == "unlink":
        return redirect(f"/console/cases/{case.code}/link/")
    if form is None and not action.is_possible(seen.situation):
        reason = (
            f"“{action.label}” is not possible on {case.code} now. Perhaps someone was faster: "
            f"please reload."
        )
        return render(request, "refused.html", {"reason": reason}, status=409)
    context = {
        "case": case,
        "action": action,
        "form": form or action.new_form(seen.situation, **_initial(request, seen, action)),
        "more": more,
        "sidebar": seen.sidebar,
        "entry": _entry(request, seen) if action.noun == "split" else None,
    }
    if action.noun == "assign":
        context["assignees"] = ["me", *mentions.names()]
    if action.noun == "merge":
        context["candidates"] = _older(request, case)
    is_part = request.headers.get("HX-Request") == "true"
    return render(
        request, "console/_move.html" if is_part else "console/move.html", context, status=status
    )


def _entry(request: HttpRequest, seen: case_view.CaseView) -> Any:
    seq = (request.POST if request.method == "POST" else request.GET).get("seq", "")
    return next(
        (e for e in seen.entries if str(e.seq) == seq and e.text and not e.is_internal), None
    )


def _initial(
    request: HttpRequest, seen: case_view.CaseView, action: ConsoleAction
) -> dict[str, Any]:
    if action.noun != "split":
        return {}
    entry = _entry(request, seen)
    return {"seq": entry.seq, "text": entry.text, "severity": seen.case.severity} if entry else {}


def _older(request: HttpRequest, case: Case) -> list[Case]:
    """The organisation's open cases into which this one may be merged."""
    others = (
        Case.objects.visible_to(signed_in(request))
        .being_worked()
        .filter(organisation_id=case.organisation_id)
    )
    older = others.filter(
        opened_at__lte=case.opened_at, severity__lte=case.severity, kind=case.kind
    )
    return list(older.exclude(pk=case.pk).order_by("-opened_at", "-id")[:20])


def show(
    request: HttpRequest, case: Case, noun: str = "", bound: Form | None = None, status: int = 200
) -> HttpResponse:
    """The case's page, with a form that was refused."""
    user = signed_in(request)
    seen = case_view.load_case_view(case, user)
    params = {**request.GET.dict(), "insert": snippets.requested_text(request, case)}
    read_to = conversation_pages.read_to(request, user)
    context = case_view.context(seen, user, noun=noun, bound=bound, params=params, read_to=read_to)
    context |= snippets.effects_context(snippets.requested_macro(request), case, user)
    context["list_before"] = way_back.list_before(request, case)
    is_queue = context["list_before"].partition("?")[0].partition("#")[0] in ("", "/console/")
    context["list_name"] = "Queue" if is_queue else "Back to the list"
    response = render(request, "console/case.html", context, status=status)
    conversation_pages.remember(response, context["entries"], case, user)
    return way_back.remember(response, request, case)


@care_only
@require_safe
def customer(request: HttpRequest, number: int) -> HttpResponse:
    """The customer beside a case: licences, roster, colleagues, other open cases and recently
    closed ones.
    """
    user, case, now = signed_in(request), case_or_404(request, number), timezone.now()
    theirs = (
        Case.objects.visible_to(user)
        .filter(organisation_id=case.organisation_id)
        .exclude(pk=case.pk)
    )
    on_duty = roster.on_duty(case.organisation, now)
    contacts = list(
        case.organisation.people.filter(is_active=True, designation__state="active").order_by(
            "name", "pk"
        )[:6]
    )
    context = {
        "case": case,
        "names": namesakes.labels_of_shown([*contacts, *(duty.user for duty in on_duty)]),
        "licences": case.organisation.licences.in_force(timezone.localdate()),
        "contacts": contacts,
        "on_duty": on_duty,
        "others": theirs.being_worked().order_by("severity", "opened_at", "id")[:8],
        "last": theirs.filter(state=CaseState.CLOSED).order_by("-closed_at", "-id")[:3],
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(
        request, "console/_customer.html" if is_part else "console/customer.html", context
    )


@care_only
@require_safe
def conversation(request: HttpRequest, number: int) -> HttpResponse:
    """The conversation of a merged case, for the page of the remaining case."""
    case = case_or_404(request, number)
    return render(
        request,
        "console/_conversation.html",
        {"case": case, "entries": entries(case, signed_in(request))},
    )


@care_only
@require_safe
def severity_preview(request: HttpRequest, number: int) -> HttpResponse:
    """The clocks that would change with that severity, as a part of its form."""
    case, severity = case_or_404(request, number), _severity(request)
    if severity is None or severity == case.severity or not case.is_open:
        return HttpResponse("")
    more = {"severity": severity, "moving": preview.of_severity(case, severity, timezone.now())}
    return render(request, "console/_severity_preview.html", {"case": case, "more": more})


def _severity(request: HttpRequest) -> int | None:
    value = request.GET.get("severity", "")
    return int(value) if value in {"1", "2", "3", "4"} else None


@care_only
@require_safe
def journal(request: HttpRequest, number: int) -> HttpResponse:
    """The event log of the case, with the hashes that chain it."""
    case = case_or_404(request, number)
    return render(
        request,
        "console/journal.html",
        {"case": case, "events": case.events.select_related("by").order_by("seq")},
    )
