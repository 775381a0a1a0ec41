"""Documentation requests in the console: what is due, the delivery, the meeting (§12)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.db.models import Count, F, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.web.console.forms import entry, select, words
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.file_fields import files_field
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import is_key
from caretrack.web.shared.people_fields import PeopleField
from cases.choices import CaseState
from cases.files.attachments import files_with_transaction
from contacts.models import ContactState, Role, User
from contacts.models.people import CARE_ROLES
from core.errors import Refused
from core.pagination import RowCompare
from rca import actions
from rca.models import Attendee, DocumentationRequest, Meeting, MeetingState

SIZE = 50
OPEN = ~Q(case__state=CaseState.CLOSED)
VIEWS = {
    "open": (
        "Open",
        OPEN,
        "There are no documentation requests. Contacts send them from the page of a case.",
    ),
    "late": ("Late", Q(), "Nothing is late."),
    "closed": ("Closed", ~OPEN, "None is closed yet."),
}


SOONEST, LATEST = 1970, 2999  # plausible years of a meeting


class DeliveryForm(forms.Form):
    """The delivered documents."""

    text = words(
        "What you deliver",
        rows=5,
        help_text="Everyone named in the request reads it. Link articles or analyses.",
    )
    files = files_field("delivery")  # type: ignore[assignment]


class MeetingForm(forms.Form):
    """Time, place and attendees. The local time is in the chosen zone."""

    on = forms.DateField(
        label="Day", widget=forms.DateInput(attrs={"type": "date", "class": "form-control"})
    )
    at = forms.TimeField(
        label="Time", widget=forms.TimeInput(attrs={"type": "time", "class": "form-control"})
    )
    zone = forms.ChoiceField(label="Time zone", widget=select())
    minutes = forms.IntegerField(
        min_value=5, max_value=480, initial=30, widget=entry(inputmode="numeric")
    )
    place = forms.CharField(
        label="Where", max_length=300, widget=entry(), help_text="A link, a number, or a room."
    )
    attendees = PeopleField(User.objects.none(), label="Who", widget=forms.CheckboxSelectMultiple)
    text = words("Message", rows=2, required=False, help_text="The contact reads it.")

    def __init__(self, *args: Any, request: DocumentationRequest, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        case = request.case
        zones = dict.fromkeys([case.contact.zone, by.zone, "UTC"])
        self.fields["zone"].choices = [(zone, zone) for zone in zones]  # type: ignore[attr-defined]
        theirs = Q(organisation=case.organisation_id) & (
            Q(role=Role.COLLEAGUE) | Q(designation__state=ContactState.ACTIVE)
        )
        people = User.objects.filter(
            Q(role__in=CARE_ROLES) | theirs, is_active=True
        ).select_related("designation")
        self.fields["attendees"].queryset = people.order_by("organisation_id", "name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The instant of the local time. A time that a clock change skips is an error."""
        cleaned_data = super().clean() or {}
        if {"on", "at", "zone"} <= cleaned_data.keys():
            if not SOONEST <= cleaned_data["on"].year <= LATEST:
                self.add_error("on", "That is no day for a meeting. Choose another.")
                return cleaned_data
            zone = ZoneInfo(cleaned_data["zone"])
            local = datetime.combine(cleaned_data["on"], cleaned_data["at"], tzinfo=zone)
            if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(
                tzinfo=None
            ):
                self.add_error(
                    "at",
                    "That time does not exist on that day, because the clocks change. Choose "
                    "another.",
                )
            cleaned_data["starts_at"] = local.astimezone(UTC)
        return cleaned_data


class WhyForm(forms.Form):
    """A text that the customer reads."""

    text = words("Why", rows=2, help_text="The contact reads it.")


class HeldForm(forms.Form):
    """The result of the meeting."""

    text = words("Outcome", rows=2, required=False, help_text="The contact reads it.")


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every request, the oldest case first. Late requests have a view of their own."""
    user, now = signed_in(request), timezone.now()
    view = request.GET.get("view", "open")
    view = view if view in VIEWS else "open"
    every = DocumentationRequest.objects.visible_to(user)
    counts = every.aggregate(open=Count("pk", filter=OPEN), closed=Count("pk", filter=~OPEN))
    late = every.filter(OPEN).late(now)
    counts["late"] = late.count()
    queryset: Any = late if view == "late" else every.filter(VIEWS[view][1])
    rows, after = _page(queryset, request.GET.get("after", ""))
    context = {
        "rows": [_row(row, now) for row in rows],
        "after": after,
        "view": view,
        "empty": VIEWS[view][2],
        "tabs": [(name, VIEWS[name][0], counts[name]) for name in VIEWS],
        "is_first": not request.GET.get("after"),
    }
    return render(request, "console/requests.html", context)


def _page(queryset: Any, place: str) -> tuple[list[DocumentationRequest], str]:
    """The oldest case first, so that the longest wait is on top."""
    if is_key(place):
        queryset = queryset.filter(RowCompare([F("id")], ">", [int(place)]))
    rows = list(_whole(queryset).order_by("id")[: SIZE + 1])
    return rows[:SIZE], str(rows[SIZE - 1].pk) if len(rows) > SIZE else ""


def _whole(queryset: Any) -> Any:
    people = Attendee.objects.select_related("invitee")
    return queryset.select_related(
        "case__organisation",
        "case__contact",
        "case__assignee",
        "case__terms__calendar_version",
        "original",
    ).prefetch_related(
        Prefetch(
            "meetings",
            Meeting.objects.select_related("arranged_by").prefetch_related(
                Prefetch("attendees", people)
            ),
        ),
        "recipients__person",
    )


def _row(one: DocumentationRequest, now: datetime) -> dict[str, Any]:
    meetings = list(one.meetings.all())
    newest = meetings[0] if meetings else None
    return {
        "documentation_request": one,
        "case": one.case,
        "meeting": newest,
        "is_late": one.case.is_open and one.is_late(now, newest),
        "is_past": newest is not None
        and newest.state == MeetingState.ARRANGED
        and newest.ends_at < now,
    }


def _request_or_404(request: HttpRequest, number: int) -> DocumentationRequest:
    one: DocumentationRequest = get_object_or_404(
        _whole(DocumentationRequest.objects.visible_to(signed_in(request))), case__number=number
    )
    return one


@care_only
@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """One request: content, recipients, deliveries, and the meeting."""
    return _page_of(request, _request_or_404(request, number))


def _page_of(request: HttpRequest, one: DocumentationRequest, **bound: forms.Form) -> HttpResponse:
    user, row = signed_in(request), _row(one, timezone.now())
    meeting = row["meeting"]
    arranged = meeting if meeting is not None and meeting.state == MeetingState.ARRANGED else None
    context = {
        **row,
        "arranged": arranged,
        "recipients": [each.person for each in one.recipients.all()],
        "delivery_form": bound.get("delivery") or DeliveryForm(auto_id="delivery_%s"),
        "meeting_form": bound.get("meeting") or _meeting_form(one, user, arranged),
        "cancel_form": bound.get("cancel") or WhyForm(auto_id="cancel_%s"),
        "held_form": bound.get("held") or HeldForm(auto_id="held_%s"),
        "may_meet": one.discussion_requested_at is not None
        and one.delivered_at is not None
        and one.case.is_open,
    }
    return render(request, "console/request.html", context, status=422 if bound else 200)


def _meeting_form(one: DocumentationRequest, user: User, arranged: Meeting | None) -> MeetingForm:
    initial: dict[str, Any] = {
        "attendees": [one.case.contact_id, user.pk, *(r.person_id for r in one.recipients.all())]
    }
    if arranged is not None:
        local = arranged.starts_at.astimezone(ZoneInfo(arranged.zone))
        initial = {
            "on": local.date(),
            "at": f"{local:%H:%M}",
            "zone": arranged.zone,
            "minutes": arranged.minutes,
            "place": arranged.place,
            "attendees": [each.invitee_id for each in arranged.attendees.all()],
        }
    return MeetingForm(request=one, by=user, initial=initial, auto_id="meeting_%s")


def _did(
    request: HttpRequest,
    one: DocumentationRequest,
    name: str,
    form: forms.Form,
    do: Callable[[dict[str, Any]], Any],
    done: str,
) -> HttpResponse:
    """Run an action with the form's data, or show the page again with the reason."""
    if form.is_valid():
        try:
            with files_with_transaction():
                do(form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, done)
            return redirect("console:request", number=one.case)
    return _page_of(request, one, **{name: form})


@care_only
@post_only
def delivery(request: HttpRequest, number: int) -> HttpResponse:
    """Deliver the documents."""
    one, by = _request_or_404(request, number), signed_in(request)
    form = DeliveryForm(request.POST, request.FILES, auto_id="delivery_%s")
    done = "Delivered. Everyone named in the request is notified."

    def do(data: dict[str, Any]) -> None:
        actions.deliver_documents(one, by=by, text=data["text"], uploads=data["files"])

    return _did(request, one, "delivery", form, do, done)


@care_only
@post_only
def meeting(request: HttpRequest, number: int) -> HttpResponse:
    """Arrange the meeting, or move it."""
    one, by = _request_or_404(request, number), signed_in(request)
    form = MeetingForm(request.POST, request=one, by=by, auto_id="meeting_%s")

    def do(data: dict[str, Any]) -> None:
        actions.arrange_meeting(
            one,
            by=by,
            starts_at=data["starts_at"],
            zone=data["zone"],
            minutes=data["minutes"],
            place=data["place"],
            attendees=list(data["attendees"]),
            text=data["text"],
        )

    return _did(request, one, "meeting", form, do, "Arranged. The invitations are being sent.")


@care_only
@post_only
def cancellation(request: HttpRequest, number: int) -> HttpResponse:
    """Cancel the meeting."""
    one, by = _request_or_404(request, number), signed_in(request)
    last = get_object_or_404(Meeting.objects.filter(request=one, state=MeetingState.ARRANGED))
    form = WhyForm(request.POST, auto_id="cancel_%s")

    def do(data: dict[str, Any]) -> None:
        actions.cancel_meeting(last, by=by, text=data["text"])

    return _did(request, one, "cancel", form, do, "Cancelled. Everyone invited is notified.")


@care_only
@post_only
def held(request: HttpRequest, number: int) -> HttpResponse:
    """Record that the meeting took place."""
    one, by = _request_or_404(request, number), signed_in(request)
    last = get_object_or_404(Meeting.objects.filter(request=one, state=MeetingState.ARRANGED))
    form = HeldForm(request.POST, auto_id="held_%s")

    def do(data: dict[str, Any]) -> None:
        actions.meeting_held(last, by=by, text=data["text"])

    return _did(request, one, "held", form, do, "Recorded.")
