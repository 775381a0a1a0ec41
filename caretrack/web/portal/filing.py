"""Open a case: the severity card follows the answers, a draft is saved, and the title finds
articles.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.portal import severity_card
from caretrack.web.portal.drafts import draft_fields, draft_key, hidden_keys
from caretrack.web.portal.entitlements import region_of_site, site_of, sites_of
from caretrack.web.portal.forms import FilingForm, proposed
from caretrack.web.shared import upload_staging
from caretrack.web.shared.access import customers_only, signed_in
from caretrack.web.shared.form_keys import form_key_of
from caretrack.web.shared.numbers import number_in
from cases import actions, filing_drafts, filing_templates, similar_cases
from cases.case_details import details_in
from cases.choices import Severity
from cases.files import attachments
from cases.knowledge import articles
from cases.models import Area, Case, FilingDraft, StagedFile
from cases.models.case import is_code, number_of
from contacts import entitlements
from contacts.entitlements import Held
from contacts.models import Channel, Site, User
from contacts.permissions import is_designated_contact
from core.errors import Refused

SUGGESTED, HALF_AS_GOOD = 3, 0.5
GONE = _(
    "This draft was sent or deleted in another window. Please look at your cases first. To open "
    "this case as well, press the button again."
)


@customers_only
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest) -> HttpResponse:
    """The page, and opening the case."""
    user, is_post = signed_in(request), request.method == "POST"
    sites = sites_of(user)
    assert user.organisation is not None
    held = entitlements.held(user.organisation)
    refusal = _why_not(user, sites, held)
    if refusal:
        return render(
            request,
            "portal/may_not_file.html",
            {"refusal": refusal},
            status=403 if is_post else 200,
        )
    if is_post:
        return _taken(request, user, sites)
    draft = filing_drafts.one(user, draft_key(request.GET))
    begun = {} if draft else _begun(user, request.GET)
    form = _form(user, sites, draft=draft, begun=begun)
    staged = list(draft.staged.all()) if draft else []
    return _page(request, user, form, staged=staged, draft=draft, held=held)


@customers_only
@require_safe
def proposal(request: HttpRequest) -> HttpResponse:
    """The severity card alone, for the answers so far."""
    user = signed_in(request)
    form = _form(user, sites_of(user), request.GET, areas=[])
    return render(
        request, "portal/_proposal.html", severity_card.severity_card(user, form) | {"form": form}
    )


@customers_only
@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Articles and open cases that match the title."""
    title = request.GET.get("title", "")
    context = suggested(signed_in(request), title) | {"draft_key": draft_key(request.GET)}
    return render(request, "portal/_suggestions.html", context)


@customers_only
@require_safe
def area(request: HttpRequest) -> HttpResponse:
    """Who is responsible for the chosen area, and why (§4)."""
    queryset = Area.objects.filter(
        is_active=True, name=request.GET.get("area", "").replace("\0", "")
    )
    return render(request, "portal/_area.html", {"area": queryset.select_related("helps").first()})


def suggested(user: User, title: str) -> dict[str, Any]:
    """Articles and open cases that may deflect the case or a duplicate (§4, §5)."""
    title = title.replace("\0", "").strip()[:200]
    if len(title) < 4:
        return {"articles": [], "alike": []}
    return {
        "articles": articles.find(title, limit=SUGGESTED, worth=HALF_AS_GOOD),
        "alike": similar_cases.to(title, reader=user),
    }


def _why_not(user: User, sites: list[Site], held: Held) -> str:
    """Why this user cannot open a case now, and what to do instead. Empty if they can (§1, §3)."""
    if not is_designated_contact(user):
        return gettext(
            "Only an active Designated Contact can open a case. The organisation "
            "page lists yours: please ask one."
        )
    region = region_of_site(site_of(user, sites))
    return held.ask(Channel.PORTAL, None, timezone.now(), region).refusal


def _begun(user: User, params: Mapping[str, str]) -> dict[str, str]:
    """What the form begins with: a template of the organisation, or a case that this one is like.

    An unknown one, or one of others, is not found.
    """
    if "template" in params:
        template = filing_templates.one(user, number_in(params["template"]))
        if template is None:
            raise Http404
        return dict(template.fields)
    if "like" in params:
        case = _case_like(user, params["like"])
        if case is None:
            raise Http404
        return {**filing_templates.similar_to(case), "like": case.code, "relate": "on"}
    return {}


def _case_like(user: User, code: str) -> Case | None:
    """The case with this code, if the user may read it."""
    cases = Case.objects.visible_to(user)
    return cases.filter(number=number_of(code)).first() if is_code(code) else None


def _form(
    user: User,
    sites: list[Site],
    data: Any = None,
    files: Any = None,
    *,
    draft: FilingDraft | None = None,
    begun: Mapping[str, str] | None = None,
    areas: list[Area] | None = None,
) -> FilingForm:
    site = site_of(user, sites)
    initial = {"site": site and site.pk, **(begun or {})}
    initial |= draft_fields(draft.fields) if draft else {}
    if areas is None:
        areas = list(Area.objects.filter(is_active=True).select_related("helps"))
    if data is not None:
        data = severity_card.with_duty(user, data)
    return FilingForm(data, files, sites=sites, areas=areas, initial=initial)


def _taken(request: HttpRequest, user: User, sites: list[Site]) -> HttpResponse:
    """Handle the button that was pressed: open, save the draft, preview, or remove a file."""
    form, data = _form(user, sites, request.POST, request.FILES), request.POST
    if "remove_staged" in data:
        upload_staging.remove_requested(user, data)
    if "look" in data or "remove_staged" in data:
        return _as_it_is(request, user, sites)
    if "keep" in data:
        return _save_for_later(request, user, form)
    if "save_template" in data:
        return _save_template(request, user, sites)
    if form.is_valid():
        try:
            case = _file(user, form.cleaned_data, data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(
                request,
                gettext(
                    "We have received your case {code}. See what happens next at the top of the "
                    "page."
                ).format(code=case.code),
            )
            return redirect("portal:case", case.code)
    draft = filing_drafts.one(user, draft_key(data))
    return _page(
        request, user, form, staged=upload_staging.named(user, data, None), draft=draft, status=422
    )


def _as_it_is(request: HttpRequest, user: User, sites: list[Site]) -> HttpResponse:
    """Show the page again with all input and no validation."""
    values = {name: request.POST[name] for name in FilingForm.DRAFT_FIELDS if name in request.POST}
    draft = filing_drafts.one(user, draft_key(request.POST))
    form = _form(user, sites)
    form.initial.update(values)
    return _page(
        request, user, form, staged=upload_staging.named(user, request.POST, None), draft=draft
    )


def _save_template(request: HttpRequest, user: User, sites: list[Site]) -> HttpResponse:
    """Save the form as a template of the organisation, and show it again with all input."""
    data = request.POST
    template = filing_templates.save(
        by=user, name=data.get("template_name", ""), fields=draft_fields(data)
    )
    text = gettext("Saved as the template “{name}” for your organisation.")
    messages.success(request, text.format(name=template.name))
    return _as_it_is(request, user, sites)


def _save_for_later(request: HttpRequest, user: User, form: FilingForm) -> HttpResponse:
    """Save the input and the files, including those chosen just now, as a draft."""
    data = request.POST
    try:
        with attachments.files_with_transaction():
            staged = [
                *upload_staging.keys(data),
                *upload_staging.stage_all(user, request.FILES.getlist("files")),
            ]
            key, revision = hidden_keys(data)
            draft = filing_drafts.save(
                by=user,
                fields=draft_fields(data),
                key=key,
                revision=revision,
                staged=staged,
                form_key=form_key_of(data),
            )
    except Refused as refused:
        form.add_error(None, refused.reason)
        return _page(request, user, form, staged=upload_staging.named(user, data, None), status=422)
    message = (
        gettext("Draft saved. You can continue it here.")
        if draft
        else gettext("There is nothing to save yet.")
    )
    messages.success(request, message)
    return redirect("portal:home")


def _file(user: User, data: dict[str, Any], posted: Any) -> Case:
    severity = proposed(data)
    assert severity is not None
    key = draft_key(posted)
    is_critical = severity == Severity.CRITICAL
    with attachments.files_with_transaction():
        if key is not None and not filing_drafts.take(by=user, key=key):
            raise Refused(str(GONE))
        other = _case_like(user, data["like"]) if data["relate"] else None
        file_case = partial(actions.file_similar, other) if other else actions.file_case
        case: Case = file_case(
            by=user,
            contact=user,
            site=data["site"],
            title=data["title"],
            description=data["description"],
            severity=severity,
            priority=data["priority"],
            channel=Channel.PORTAL,
            details=details_in(data),
            area=data["area"],
            conversation_ids=data["conversation_ids"],
            call_back_number=data["call_back_number"] if is_critical else "",
            on_duty_name=data["on_duty_name"] if is_critical else "",
        ).case
        actions.attach_staged(case, by=user, staged=upload_staging.keys(posted))
        for upload in data["files"]:
            actions.attach(case, by=user, upload=upload)
        filing_drafts.discard_sent(by=user, form_key=form_key_of(posted))
    return case


def _page(
    request: HttpRequest,
    user: User,
    form: FilingForm,
    *,
    staged: list[StagedFile],
    draft: FilingDraft | None = None,
    held: Held | None = None,
    status: int = 200,
) -> HttpResponse:
    templates = filing_templates.listed(user)
    context = {
        "form": form,
        "templates": templates,
        "most_templates": filing_templates.MOST,
        "may_save_template": len(templates) < filing_templates.MOST,
        "staged": staged,
        "draft": draft,
        "draft_key": draft and draft.pk,
        "area": form.chosen_area,
        **severity_card.severity_card(user, form, held),
        **suggested(user, str(form["title"].value() or "")),
    }
    return render(request, "portal/file.html", context, status=status)
