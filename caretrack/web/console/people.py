"""Customers' people for Care: an organisation's contacts, invitations and designations (§1)."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.customers import NoteForm, service_figures
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.case_pages import CaseOrder, leaf
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.people_forms import InvitationForm
from caretrack.web.shared.people_pages import do_act, overview, person_context, status_of, week_of
from cases.choices import CaseState
from cases.models import Case, CaseUpdate, Watch
from contacts import actions, roster, sign_in_data, training
from contacts.models import CustomerNote, Invitation, Organisation, User
from core.capped_count import CappedCount
from core.errors import Refused

PAGE, FEW, MANY = 20, 6, 10_000
NEWEST = CaseOrder("Newest first", lambda now: [F("opened_at")])


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, organisation: str) -> HttpResponse:
    """The people of one customer, its roster, and inviting one more."""
    user = signed_in(request)
    customer = get_object_or_404(Organisation, short_name=organisation)
    form = InvitationForm(request.POST or None, organisation=customer)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = actions.invite(customer, by=user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, f"The invitation goes to {invitation.email}.")
            return redirect("console:people", organisation)
    context = {
        **overview(customer),
        **week_of(roster.entries_of(customer), timezone.now()),
        "form": form,
    }
    return render(request, "console/people.html", context, status=422 if form.errors else 200)


@care_only
@post_only
def withdrawal(request: HttpRequest, invitation: int) -> HttpResponse:
    """Withdraw an open invitation."""
    instance = get_object_or_404(Invitation.objects.select_related("organisation"), pk=invitation)
    actions.withdraw_invitation(instance, by=signed_in(request))
    messages.success(request, f"The invitation of {instance.email} is withdrawn.")
    return redirect("console:people", instance.organisation.short_name)


def _person(key: int) -> User:
    people = User.objects.filter(organisation__isnull=False).select_related(
        "designation", "site", "organisation"
    )
    return get_object_or_404(people, pk=key)


@care_only
@require_safe
def person(request: HttpRequest, person: int) -> HttpResponse:
    """Everything of one person of a customer."""
    return _page(request, _person(person), "console")


@care_only
@post_only
def act(request: HttpRequest, person: int, noun: str) -> HttpResponse:
    """Run an action about a person."""
    return do_act(request, _person(person), noun, "console", show=_page)


@care_only
@post_only
def add_note(request: HttpRequest, person: int) -> HttpResponse:
    """Write a note about a person."""
    about, form = _person(person), NoteForm(request.POST)
    assert about.organisation is not None
    if form.is_valid():
        try:
            actions.add_customer_note(
                about.organisation,
                by=signed_in(request),
                text=form.cleaned_data["text"],
                about=about,
            )
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, "The note is saved.")
            return redirect("console:person", about.pk)
    return _page(request, about, "console", notes_form=form)


def _page(
    request: HttpRequest,
    person: User,
    audience: str,
    noun: str = "",
    bound: forms.Form | None = None,
    notes_form: forms.Form | None = None,
) -> HttpResponse:
    """What both sides see of a person, and what only Care sees. A fixed number of statements."""
    user, now = signed_in(request), timezone.now()
    assert person.organisation is not None
    readable = Case.objects.visible_to(user).filter(organisation=person.organisation)
    theirs = readable.filter(contact=person)
    counts = User.objects.filter(pk=person.pk).values_list(
        CappedCount(theirs.being_worked(), limit=MANY),
        CappedCount(theirs.filter(state=CaseState.CLOSED), limit=MANY),
    )[0]
    is_open_only = request.GET.get("state") == "open"
    followed = Watch.objects.filter(watcher=person, organisation=person.organisation)
    keys = frozenset(theirs.order_by("-pk").values_list("pk", flat=True)[:MANY])
    context: dict[str, Any] = {
        **person_context(request, person, audience, noun, bound),
        **service_figures(person.organisation, keys),
        "organisation": person.organisation,
        "open_count": counts[0],
        "closed_count": counts[1],
        "is_open_only": is_open_only,
        "page": leaf(
            (theirs.being_worked() if is_open_only else theirs).select_related("assignee"),
            order=NEWEST,
            now=now,
            size=PAGE,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        ),
        "followed": followed.select_related("case").order_by("-since", "-id")[:FEW],
        "followed_count": followed.count(),
        "few": FEW,
        "written": CaseUpdate.objects.filter(organisation=person.organisation, by=person)
        .select_related("case")
        .order_by("-at", "-id")[:FEW],
        "contacted": theirs.order_by("-last_message_at", "-id")[:1],
        "renewal": _renewal(person),
        "ways_in": sign_in_data.ways_in_of([person])[person.pk],
        "notes": list(
            CustomerNote.objects.filter(
                organisation=person.organisation, about=person
            ).select_related("by")
        ),
        "form": notes_form or NoteForm(),
    }
    return render(request, "console/person.html", context, status=status_of(bound or notes_form))


def _renewal(person: User) -> date | None:
    """The day by which they must renew their training; None where it is valid without an end."""
    course = training.course_for_contacts()
    version = training.renewals_due(course) if course else None
    if version is None:
        return None
    newer = person.certificates.filter(
        version__course=version.course_id, version__number__gte=version.number
    )
    return None if newer.exists() else version.renew_by
