"""Everything about one customer on one page, for Care: cases ever, targets, satisfaction, analyses,
people, roster, licences, and what Care keeps about them.
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.cache import caches
from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.web.console.forms import select, words
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.people_fields import PersonField
from cases.choices import CaseState
from cases.models import Case
from contacts import actions, namesakes, roster
from contacts.models import CustomerNote, DesignatedContact, Licence, Organisation, User
from contacts.models.people import CARE_ROLES
from core.capped_count import CappedCount
from core.errors import Refused
from insight import queries
from insight.figure_sums import Attainment
from insight.models import Dimension, FigureKind
from insight.periods import Period
from insight.queries import FigureQuery
from insight.throughput import satisfaction
from rca.models import Analysis
from sla.models.clock import CARES_PROMISES, ClockKindChoices

MOST, MANY, DAYS = 8, 10_000, 90
FIGURES = [
    FigureKind.MET,
    FigureKind.MISSED,
    FigureKind.LATE,
    FigureKind.MEASURED,
    FigureKind.RATED,
]


class OwnerForm(forms.Form):
    owner = PersonField(
        User.objects.none(),
        label="Account owner",
        required=False,
        widget=select(),
        empty_label="Nobody",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(role__in=CARE_ROLES, is_active=True).order_by("name")
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    text = words("Add a note", rows=3, help_text="Only Care reads it.", max_length=4000)


def _customer(short_name: str) -> Organisation:
    """The customer, its account owner and how many cases it has, in one statement."""
    theirs = Case.objects.filter(organisation=OuterRef("pk"))
    customers = Organisation.objects.select_related("account_owner__owner").annotate(
        open_count=CappedCount(theirs.being_worked(), limit=MANY),
        closed_count=CappedCount(theirs.filter(state=CaseState.CLOSED), limit=MANY),
    )
    return get_object_or_404(customers, short_name=short_name)


@care_only
@require_safe
def show(request: HttpRequest, organisation: str) -> HttpResponse:
    """One customer."""
    return _page(request, _customer(organisation), NoteForm())


@care_only
@post_only
def owner(request: HttpRequest, organisation: str) -> HttpResponse:
    """Say who looks after the customer."""
    customer, form = _customer(organisation), OwnerForm(request.POST)
    if not form.is_valid():
        raise Refused("Choose a person of Care.")
    actions.set_account_owner(customer, by=signed_in(request), owner=form.cleaned_data["owner"])
    messages.success(request, "The account owner is saved.")
    return redirect("console:customer_page", customer.short_name)


@care_only
@post_only
def add_note(request: HttpRequest, organisation: str) -> HttpResponse:
    """Write a note about the customer."""
    customer, form = _customer(organisation), NoteForm(request.POST)
    if form.is_valid():
        try:
            actions.add_customer_note(
                customer, by=signed_in(request), text=form.cleaned_data["text"]
            )
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, "The note is saved.")
            return redirect("console:customer_page", customer.short_name)
    return _page(request, customer, form, status=422)


@care_only
@post_only
def remove_note(request: HttpRequest, organisation: str, note: int) -> HttpResponse:
    """Delete a note about the customer."""
    customer = _customer(organisation)
    about = CustomerNote.objects.filter(organisation=customer, pk=note).values_list("about_id")
    person = about.first()
    actions.remove_customer_note(customer, note, by=signed_in(request))
    messages.success(request, "The note is deleted.")
    if person and person[0]:
        return redirect("console:person", person[0])
    return redirect("console:customer_page", customer.short_name)


def service_figures(
    customer: Organisation, case_keys: frozenset[int] | None = None
) -> dict[str, Any]:
    """Service targets and satisfaction of a customer, or of these of its cases. Three statements at
    most; a customer's are a minute old at most.
    """
    if case_keys is not None:
        return _counted_figures(customer, case_keys)
    key = f"customer-figures:{customer.pk}:{timezone.localdate()}"
    figures: dict[str, Any] | None = caches["process"].get(key)
    if figures is None:
        figures = _counted_figures(customer, None)
        caches["process"].set(key, figures, 60)
    return figures


def _counted_figures(customer: Organisation, case_keys: frozenset[int] | None) -> dict[str, Any]:
    today = timezone.localdate()
    question = FigureQuery(
        Period("custom", today - timedelta(days=DAYS), today),
        ((Dimension.ORGANISATION, str(customer.pk)),),
        case_keys=case_keys,
    )
    whole = queries.whole(question, queries.now(), [str(kind) for kind in FIGURES])
    return {
        "targets": [
            (str(ClockKindChoices(kind).label), Attainment.from_sums(whole, kind=str(kind)))
            for kind in CARES_PROMISES[:-1]
        ],
        "satisfaction": satisfaction(whole),
        "days": DAYS,
    }


def _page(
    request: HttpRequest, customer: Organisation, form: NoteForm, status: int = 200
) -> HttpResponse:
    user, now, today = signed_in(request), timezone.now(), timezone.localdate()
    theirs = Case.objects.visible_to(user).filter(organisation=customer)
    held = getattr(customer, "account_owner", None)
    licences = list(Licence.objects.filter(organisation=customer).order_by("-starts_on"))
    recent = list(theirs.select_related("contact").order_by("-last_message_at", "-id")[:MOST])
    contacts = list(
        DesignatedContact.objects.filter(organisation=customer, user__is_active=True)
        .select_related("user")
        .order_by("-is_primary", "state", "user__name", "user_id")[:30]
    )
    on_duty = roster.on_duty(customer, now)
    people = [*(c.user for c in contacts), *(c.contact for c in recent), *(d.user for d in on_duty)]
    context = {
        "names": namesakes.labels_of_shown(people),
        "organisation": customer,
        "owner": held.owner if held else None,
        "owner_form": OwnerForm(initial={"owner": held.owner_id if held else None}),
        "form": form,
        "open_count": customer.open_count,  # type: ignore[attr-defined]
        "closed_count": customer.closed_count,  # type: ignore[attr-defined]
        "recent": recent,
        **service_figures(customer),
        "analyses": Analysis.objects.filter(organisation=customer)
        .select_related("case")
        .order_by("-created_at", "-id")[:MOST],
        "contacts": contacts,
        "on_duty": on_duty,
        "licences": [
            licence for licence in licences if not licence.ends_on or licence.ends_on >= today
        ],
        "ended": [licence for licence in licences if licence.ends_on and licence.ends_on < today],
        "notes": list(
            CustomerNote.objects.filter(organisation=customer).select_related("by", "about")
        ),
    }
    return render(request, "console/customer_page.html", context, status=status)
