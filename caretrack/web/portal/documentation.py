"""Request more documentation on a case, and a discussion of it (§12)."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.portal.drafts import DOCUMENTATION, draft_key
from caretrack.web.shared.access import customers_only, signed_in
from caretrack.web.shared.file_response import as_file
from caretrack.web.shared.form_keys import form_key_of
from caretrack.web.shared.numbers import is_key
from caretrack.web.shared.people_fields import PeopleField
from caretrack.web.shared.text_fields import LongTextField
from cases import contact_drafts
from cases.actions.context import ActionContext
from cases.choices import CaseKind
from cases.models import Case, ContactDraft
from contacts.models import ContactState, Role, User
from contacts.permissions import is_designated_contact
from core.errors import Refused
from rca import actions, calendar_files
from rca.actions import meetings as meeting_actions
from rca.actions.requests import refusal_to_request_talk
from rca.models import DocumentationRequest, Meeting, MeetingState


class DocumentationForm(forms.Form):
    """The case, what is needed, the recipients, and whether to discuss it."""

    case = forms.CharField(
        label=_("Number of the case"),
        max_length=24,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text=_("The case in which the trouble was reported, such as CT-0004021."),
    )
    wants = LongTextField(
        label=_("What you need"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
    )
    recipients = PeopleField(
        User.objects.none(),
        label=_("Recipients"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose who gets the documentation.")},
    )
    talk = LongTextField(
        label=_("What you want to discuss"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text=_("Only if you want a call: we arrange it once the documents are delivered."),
    )

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader
        people = User.objects.filter(
            Q(role=Role.COLLEAGUE) | Q(designation__state=ContactState.ACTIVE),
            organisation=reader.organisation_id,
            is_active=True,
        ).select_related("designation")
        self.fields["recipients"].queryset = people.order_by("name")  # type: ignore[attr-defined]

    def clean_case(self) -> Case:
        """The case with that number, if it belongs to the reader's organisation."""
        text = self.cleaned_data["case"].strip().upper().removeprefix("CT-")
        number = int(text) if is_key(text) else 0
        queryset = Case.objects.visible_to(self.reader).filter(number=number, kind=CaseKind.PROBLEM)
        case: Case | None = queryset.select_related("organisation", "site").first()
        if case is None:
            raise forms.ValidationError(_("Your organisation has no case of that number."))
        return case


@customers_only
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Request documentation. It becomes a case of its own."""
    user = signed_in(request)
    may = is_designated_contact(user)
    if request.method != "POST":
        draft = contact_drafts.without_case(user, DOCUMENTATION) if may else None
        initial = {"recipients": [user.pk], **(draft.fields if draft else {})}
        if wanted := request.GET.get("case", "")[:24]:
            initial["case"] = wanted
        return _form(request, DocumentationForm(reader=user, initial=initial), may, draft)
    form = DocumentationForm(request.POST, reader=user)
    if not may:
        raise Refused("Only an active Designated Contact can open a case.")
    if form.is_valid():
        data = form.cleaned_data
        try:
            event = actions.request_documentation(
                data["case"],
                by=user,
                wants=data["wants"],
                recipients=list(data["recipients"]),
                talk=data["talk"],
            )
            contact_drafts.discard_sent(
                None, by=user, key=draft_key(request.POST), form_key=form_key_of(request.POST)
            )
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            done = gettext("We have received your request {code}.").format(code=event.case.code)
            messages.success(request, done)
            return redirect("portal:case", event.case.code)
    return _form(request, form, may)


def _form(
    request: HttpRequest, form: DocumentationForm, may: bool, draft: ContactDraft | None = None
) -> HttpResponse:
    context = {"form": form, "may": may, "draft": draft, "noun": DOCUMENTATION}
    status = 422 if form.errors else 200
    return render(request, "portal/documentation.html", context, status=status)


def request_of(case: Case) -> DocumentationRequest:
    """The request of a documentation case. Refused for every other case."""
    documentation_request = DocumentationRequest.objects.filter(
        organisation_id=case.organisation_id, case=case
    ).first()
    if documentation_request is None:
        raise Refused("A discussion is requested on a documentation request.")
    return documentation_request


@dataclass(frozen=True)
class RequestView:
    """A documentation request as the page of its case shows it."""

    request: DocumentationRequest
    recipients: list[str]
    meeting: Meeting | None
    attendees: list[str]
    is_late: bool
    may_ask_for_talk: bool

    @property
    def is_arranged(self) -> bool:
        return self.meeting is not None and self.meeting.state == MeetingState.ARRANGED


def load_request_view(case: Case, user: User) -> RequestView | None:
    """The request of a documentation case; None for every other case."""
    if case.kind != CaseKind.DOCUMENTATION:
        return None
    queryset = DocumentationRequest.objects.filter(organisation_id=case.organisation_id, case=case)
    one = queryset.select_related("original").first()
    if one is None:
        return None
    meeting = one.meetings.first()
    attendees = [person.name for person in meeting_actions.invited(meeting)] if meeting else []
    names = list(one.recipients.order_by("person__name").values_list("person__name", flat=True))
    may = refusal_to_request_talk(ActionContext(case, user), one) is None
    return RequestView(
        one,
        names,
        meeting,
        attendees,
        case.is_open and one.is_late(timezone.now(), meeting),
        may,
    )


@customers_only
@require_safe
def calendar_file(request: HttpRequest, number: int) -> HttpResponse:
    """The arranged meeting of a request as a calendar file. It asks no calendar for an answer."""
    case = get_object_or_404(Case.objects.visible_to(signed_in(request)), number=number)
    meeting = Meeting.objects.filter(
        organisation_id=case.organisation_id,
        request__case=case,
        state=MeetingState.ARRANGED,
    ).first()
    if meeting is None:
        raise Http404
    text = calendar_files.file(case, meeting, meeting_actions.invited(meeting), is_invitation=False)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    as_file(response, f"{case.code}-meeting.ics")
    return response
