"""A case for its customer: next step, conversation, service targets, and the available actions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe
from django_fsm import TransitionNotAllowed

from caretrack.web.portal import documentation
from caretrack.web.portal.drafts import REPLIES, draft_key
from caretrack.web.portal.forms import (
    AnswerForm,
    ColleagueForm,
    ContestForm,
    RatingForm,
    ReplyTextForm,
    TextAndFilesForm,
)
from caretrack.web.portal.own_drafts import phone_of
from caretrack.web.portal.related import load_related, newest_analysis
from caretrack.web.shared import (
    clock_view,
    conversation,
    conversation_pages,
    next_step,
    open_requests,
    rca_view,
    upload_staging,
    way_back,
)
from caretrack.web.shared.access import customers_only, signed_in
from caretrack.web.shared.clock_view import ClockView
from caretrack.web.shared.conversation import ConversationEntry
from caretrack.web.shared.form_keys import form_key_of
from caretrack.web.shared.forms import EmptyForm
from caretrack.web.shared.next_step import NextStep
from caretrack.web.shared.readers import wrong_state
from caretrack.web.shared.zones import zone_of_case
from cases import actions, contact_drafts, permissions
from cases.actions import mentioning
from cases.actions.catalogue import is_possible
from cases.actions.closing import survivor_of
from cases.actions.context import ActionContext
from cases.choices import CaseState, EventType
from cases.events import Attached
from cases.files.attachments import clean_name, files_with_transaction
from cases.models import Case, ContactDraft
from cases.notifications import outgoing
from contacts.models import User
from core.errors import Refused
from core.formatting import honorific
from rca import actions as rca
from rca.gate import why_held
from rca.models import CorrectiveAction, RcaVersion
from sla.receivers import reopens_until


@dataclass(frozen=True)
class PortalAction:
    """Something a contact can do to a case: its form, its labels, and the action it calls.

    `action` is its name in the catalogue of actions. It is empty for actions of a documentation
    request.
    """

    action: str
    form: type[forms.Form]
    title: Any
    submit: Any
    done: Any
    do: Callable[[Case, User, dict[str, Any]], Any]
    label: Any = ""
    help: Any = ""
    is_grave: bool = False

    def new_form(self, noun: str, case: Case, by: User, *data: Any, **initial: Any) -> forms.Form:
        """The form, empty or bound to the input."""
        form_class: Callable[..., forms.Form] = self.form
        known = {"case": case, "by": by} if getattr(self.form, "knows_case", False) else {}
        return form_class(*data, auto_id=f"{noun}_%s", initial=initial, **known)


def _answer(case: Case, by: User, data: dict[str, Any]) -> None:
    """Attach the files first, so that a reply that ends a wait comes with the requested files."""
    sent = [
        event.read_as(Attached).name
        for event in actions.attach_staged(case, by=by, staged=data["staged"])
    ]
    for upload in data["files"]:
        actions.attach(case, by=by, upload=upload)
        sent.append(clean_name(upload.name or "a file"))
    text = data["text"].strip()
    if not text and not sent:
        raise Refused(gettext("The files are no longer here. Please choose them again."))
    if not text and case.state == CaseState.WAITING_ON_CONTACT:
        text = gettext("Sent: {names}").format(names=", ".join(sent))
    if text:
        actions.answer_as_contact(case, by=by, text=text)


def _with_files(do: Callable[[Case, User, dict[str, Any]], Any]) -> Callable[..., Any]:
    """An action with the files that were sent along; they belong to the case that it leads to."""

    def act(case: Case, by: User, data: dict[str, Any]) -> Any:
        event = do(case, by, data)
        for upload in data["files"]:
            actions.attach(event.case, by=by, upload=upload)
        return event

    return act


# The most likely action of each state comes first.
ACTS = {
    "acceptance": PortalAction(
        "accept",
        EmptyForm,
        _("Accept the resolution"),
        _("Accept and close"),
        _("Thank you. The case is closed."),
        lambda case, by, data: actions.accept(case, by=by),
        help=_(
            "If it is fixed, accept and the case is closed. You can still reopen it for a while."
        ),
    ),
    "issue": PortalAction(
        "report_issue",
        TextAndFilesForm,
        _("Report an issue"),
        _("It is not fixed"),
        _("Thank you. We continue working on it."),
        _with_files(lambda case, by, data: actions.report_issue(case, by=by, text=data["text"])),
        label=_("What is still wrong?"),
    ),
    "answer": PortalAction(
        "answer_as_contact",
        AnswerForm,
        _("Answer"),
        _("Send"),
        _("Sent."),
        _answer,
        label=_("Your reply"),
    ),
    "contest": PortalAction(
        "contest_severity",
        ContestForm,
        _("Contest the severity"),
        _("Send objection"),
        _("We have received your objection. Care will review the severity."),
        lambda case, by, data: actions.contest_severity(
            case, by=by, text=data["text"], severity=data["severity"]
        ),
        label=_("Why should the severity change?"),
        help=_("You can contest each severity once. Care decides and gives a reason."),
    ),
    "escalation": PortalAction(
        "request_escalation",
        ReplyTextForm,
        _("Request escalation"),
        _("Request escalation"),
        _("We have received your request and will reply within the time shown."),
        lambda case, by, data: actions.request_escalation(case, by=by, text=data["text"]),
        label=_("Why should it be escalated?"),
        help=_("Someone with more authority looks at the case and replies to you."),
    ),
    "withdrawal": PortalAction(
        "withdraw",
        ReplyTextForm,
        _("Withdraw the case"),
        _("Withdraw and close"),
        _("The case is closed."),
        lambda case, by, data: actions.withdraw(case, by=by, text=data["text"]),
        label=_("Why is it no longer needed?"),
        is_grave=True,
    ),
    "reopening": PortalAction(
        "reopen",
        TextAndFilesForm,
        _("Reopen the case"),
        _("Reopen"),
        _("The case is open again."),
        _with_files(lambda case, by, data: actions.reopen(case, by=by, text=data["text"])),
        label=_("What is still wrong?"),
    ),
    "continuation": PortalAction(
        "continue",
        TextAndFilesForm,
        _("It came back"),
        _("Open a new case about it"),
        "",
        _with_files(lambda case, by, data: actions.continue_case(case, by=by, text=data["text"])),
        label=_("What is wrong again?"),
        help=_(
            "The time to reopen this case is over. Your message opens a new case that is linked "
            "to it."
        ),
    ),
    "rating": PortalAction(
        "rate",
        RatingForm,
        _("One question"),
        _("Send"),
        _("Thank you for telling us."),
        lambda case, by, data: actions.rate(case, by=by, score=data["score"], text=data["comment"]),
    ),
    "remark": PortalAction(
        "remark",
        ReplyTextForm,
        _("Comment without reopening"),
        _("Send"),
        _("Thank you. We will read it; the case stays closed."),
        lambda case, by, data: actions.remark(case, by=by, text=data["text"]),
        label=_("Your message"),
    ),
    "follower": PortalAction(
        "add_follower",
        ColleagueForm,
        _("Add a colleague"),
        _("Add follower"),
        _("Your colleague follows this case and is notified that you added them."),
        lambda case, by, data: actions.add_follower(case, data["person"], by=by),
    ),
    "discussion": PortalAction(
        "",
        ReplyTextForm,
        _("Request a discussion"),
        _("Request a discussion"),
        _(
            "We have received your request. The meeting is arranged once the documents are "
            "delivered."
        ),
        lambda case, by, data: rca.request_talk(
            documentation.request_of(case), by=by, text=data["text"]
        ),
        label=_("What do you want to discuss?"),
    ),
}

# The actions whose text can mention a colleague.
MENTIONING = ("answer", "issue", "reopening", "remark")


@customers_only
@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The case page."""
    return _page(request, _case_or_404(request, number))


@customers_only
@require_safe
def colleagues(request: HttpRequest, number: int) -> HttpResponse:
    """Names of colleagues that begin with the input after an @."""
    case, begun = _case_or_404(request, number), request.GET.get("q", "")[:60].replace("\0", "")
    names = mentioning.suggested(case, signed_in(request), begun)
    return render(request, "parts/_mentions.html", {"names": names})


@customers_only
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, number: int, noun: str) -> HttpResponse:
    """Run an action, or show the page again with the input and the reason of the refusal."""
    case, user, one = _case_or_404(request, number), signed_in(request), ACTS[noun]
    if request.method != "POST":  # a reload of, or a return to, a page that was shown again
        return redirect("portal:case", case.code)
    form = one.new_form(noun, case, user, request.POST, request.FILES)
    form.has_staged = bool(upload_staging.keys(request.POST))  # type: ignore[attr-defined]
    if "remove_staged" in request.POST:
        upload_staging.remove_requested(user, request.POST)
        return _page(
            request,
            case,
            noun,
            one.new_form(noun, case, user, **request.POST.dict()),
            status=200,
        )
    if "preview" in request.POST:  # without scripts; scripts show the preview beside the box
        return _page(
            request,
            case,
            noun,
            one.new_form(noun, case, user, **request.POST.dict()),
            status=200,
        )
    if form.is_valid():
        try:
            with files_with_transaction():
                did = one.do(
                    case, user, {**form.cleaned_data, "staged": upload_staging.keys(request.POST)}
                )
                contact_drafts.discard_sent(
                    case,
                    by=user,
                    key=draft_key(request.POST),
                    form_key=form_key_of(request.POST),
                )
        except Refused as refused:
            form.add_error(None, refused.reason)
        except TransitionNotAllowed as error:
            form.add_error(None, wrong_state(error, is_care=False))
        else:
            if noun == "continuation":
                message = gettext("We have received your new case {code}, linked to {old}.")
                messages.success(request, message.format(code=did.case.code, old=case.code))
                return redirect("portal:case", did.case.code)
            messages.success(request, one.done)
            return redirect("portal:case", case.code)
    return _page(request, _case_or_404(request, number), noun, form)


@customers_only
@require_safe
def printed(request: HttpRequest, number: int) -> HttpResponse:
    """The whole case for print: every message, every clock with its explanation, links, and files
    by name.
    """
    case, user, now = _case_or_404(request, number), signed_in(request), timezone.now()
    clocks, entries = clock_view.of_case(case, now, user), conversation.entries(case, user)
    turn = _next_step(ActionContext(case, user), clocks, entries)
    zone = zone_of_case(case)
    context = {
        "case": case,
        "entries": entries,
        "clocks": clocks,
        "now": now,
        "analysis": _analysis(newest_analysis(case), with_progress=True),
        "turn": turn,
        "next_step": turn.in_document(zone),
        "zone": zone,
    }
    return render(request, "portal/case_print.html", context)


def _next_step(
    context: ActionContext, clocks: list[ClockView], entries: list[ConversationEntry]
) -> NextStep:
    """The sentence at the top, the same on the page and in print."""
    case = context.case
    return next_step.sentence(
        case,
        clocks,
        context.by,
        asker=conversation.asker(entries),
        reopens_until=reopens_until(case) if case.state == CaseState.CLOSED else None,
        survivor=survivor_of(case),
        held=why_held(case) if case.state == CaseState.RESOLUTION_PROPOSED else "",
        has_written=context.facts.has_contact_written_since_proposal,
        hold=context.facts.hold,
        is_suspended=context.facts.is_wait_suspended,
    )


def _needs_the_phone(case: Case) -> bool:
    """Whether somebody of the customer must stay reachable: a Critical case until the service is
    restored (§6). A proposed resolution counts as a restoration (§11).
    """
    is_restored = case.restored_at is not None or case.state == CaseState.RESOLUTION_PROPOSED
    return case.is_critical and case.is_open and not is_restored


def _case_or_404(request: HttpRequest, number: int) -> Case:
    cases = (
        Case.objects.visible_to(signed_in(request))
        .select_related("organisation", "site", "contact__designation", "assignee", "terms")
        .annotate(own_drafts=contact_drafts.on_case(signed_in(request)))
    )
    case = get_object_or_404(cases, number=number)
    if not isinstance(case, Case):
        raise Http404
    return case


def _page(
    request: HttpRequest,
    case: Case,
    noun: str = "",
    failed: forms.Form | None = None,
    status: int = 422,
) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    near = load_related(case, user)
    clocks, entries = clock_view.of_case(case, now, user), conversation.entries(case, user)
    context = ActionContext(case, user)
    possible = _possible(context)
    if failed is not None and noun not in possible:
        possible = [noun, *possible]
    quoted = conversation.quoted(entries, request.GET.get("quote", ""))
    request_view = documentation.load_request_view(case, user)
    if request_view is not None and request_view.may_ask_for_talk:
        possible.append("discussion")
    drafts = contact_drafts.read(getattr(case, "own_drafts", []))
    offered = [
        _offered(
            name, context, failed if name == noun else None, quoted=quoted, draft=drafts.get(name)
        )
        for name in possible
    ]
    acts = [act for act in offered if act["noun"] != "follower"]
    follower = next((act for act in offered if act["noun"] == "follower"), None)
    if follower is not None:
        follower["form"].offer(near.colleagues)
    talk = conversation_pages.page_of(
        entries,
        user,
        read_to=conversation_pages.read_to(request, user),
        params=request.GET.dict(),
    )
    shown = {
        "case": case,
        "entries": talk,
        "is_live": True,
        "live_version": entries[-1].seq if entries else 0,
        "clocks": [c for c in clocks if c.is_running or c.state in ("met", "missed", "measured")],
        "turn": _next_step(context, clocks, entries),
        "open_requests": open_requests.of_case(case, context.facts, entries, clocks),
        "on_the_phone": _needs_the_phone(case),
        "critical_phone": phone_of(user, timezone.now()) if _needs_the_phone(case) else "",
        "acts": acts,
        "unsendable": [draft for noun, draft in drafts.items() if noun not in possible],
        "more_acts": any(not act["is_main"] for act in acts),
        "next_act": acts[0] if acts else None,
        "links": near.links,
        "watchers": near.watchers,
        "follower": follower,
        "notified": []
        if near.watchers
        else [f"{p.name}{honorific()}" for p in outgoing.contacts_for(case)],
        "is_watching": any(watcher.pk == user.pk for watcher in near.watchers),
        "analysis": _analysis(near.analysis),
        "documentation": request_view,
        "rating": None if "rating" in possible else _rating(case, entries),
        "may_speak": permissions.may_speak_for_customer(user, case),
    }
    shown["list_before"] = way_back.list_before(request, case)
    shown["staged"] = near.staged if shown["may_speak"] and case.is_open else []
    response = render(
        request, "portal/case.html", shown, status=status if failed is not None else 200
    )
    conversation_pages.remember(response, talk, case, user)
    return way_back.remember(response, request, case)


def _offered(
    noun: str,
    context: ActionContext,
    failed: forms.Form | None,
    *,
    quoted: str = "",
    draft: ContactDraft | None = None,
) -> dict[str, Any]:
    one, case = ACTS[noun], context.case
    initial = dict(draft.fields) if draft is not None else {}
    if noun == "answer" and quoted:
        initial["text"] = "\n\n".join(
            part for part in (str(initial.get("text", "")).rstrip(), quoted) if part
        )
    form = failed or one.new_form(noun, case, context.by, **initial)
    title, submit, label = one.title, one.submit, one.label
    if noun == "answer" and case.state != CaseState.WAITING_ON_CONTACT:
        title, label = _("Add a comment"), _("Your message")
    if "text" in form.fields:
        form.fields["text"].label = form["text"].label = label
        if noun in MENTIONING:
            form.fields["text"].widget.attrs |= {
                "data-mentions": reverse("portal:colleagues", args=[case.code]),
                "data-mentions-label": gettext("Colleagues"),
            }
            form.fields["text"].help_text = form["text"].help_text = format_lazy(
                "{help} {mention}",
                help=form.fields["text"].help_text,
                mention=_("@ and a name notifies a colleague, who follows the case from then on."),
            )
    return {
        "noun": noun,
        "form": form,
        "title": title,
        "submit": submit,
        "help": one.help,
        "is_grave": one.is_grave,
        "is_open": failed is not None or draft is not None,
        "draft": draft,
        "saves": noun in REPLIES,
        "is_main": noun in ("answer", "acceptance", "issue", "reopening", "continuation", "rating"),
        "shown": str(form["text"].value() or "")
        if "text" in form.fields and not form.is_bound and failed
        else "",
    }


def _possible(context: ActionContext) -> list[str]:
    """The actions that would be accepted now."""
    return [noun for noun, act in ACTS.items() if act.action and is_possible(act.action, context)]


def _rating(case: Case, entries: list[ConversationEntry]) -> ConversationEntry | None:
    """The rating of a closed case since it was last closed."""
    last = next(
        (entry for entry in reversed(entries) if entry.verb in (EventType.RATED, EventType.CLOSED)),
        None,
    )
    return last if last is not None and last.verb == EventType.RATED and not case.is_open else None


def _analysis(version: RcaVersion | None, *, with_progress: bool = False) -> dict[str, Any] | None:
    """The published RCA by parts; None without one. `with_progress` reads what became of its
    corrective actions.
    """
    if version is None:
        return None
    tracked = (
        CorrectiveAction.objects.filter(
            organisation_id=version.organisation_id, analysis=version.analysis_id
        ).select_related("owner")
        if with_progress
        else None
    )
    return {"version": version, "parts": rca_view.parts_of(version, tracked)}
