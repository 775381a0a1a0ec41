"""The people of an organisation, for their primary contact, and the roster for Critical cases (§1,
§6).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe
from django_fsm import TransitionNotAllowed

from caretrack.web.shared.access import customers_only, organisation_of, signed_in
from caretrack.web.shared.forms import EmptyForm
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.people_forms import (
    InvitationForm,
    ReasonForm,
    RevocationForm,
    TurnForm,
)
from caretrack.web.shared.readers import wrong_state
from cases.successors import open_cases_of_contact
from contacts import actions, eligibility, roster
from contacts.models import (
    ContactState,
    DesignatedContact,
    Invitation,
    Organisation,
    PeopleEvent,
    RosterEntry,
    User,
)
from contacts.permissions import is_designated_contact, may_manage_people
from core.errors import Refused
from core.percentages import percent

S = ContactState


@dataclass(frozen=True)
class PersonAction:
    """Something that can be done about a person: its form, its labels, its condition, and its
    action.
    """

    title: Any
    form: type[forms.Form]
    done: Any
    offered: Callable[[User, DesignatedContact | None], bool]
    do: Callable[[User, User, dict[str, Any]], object]
    is_grave: bool = False


def _in(*states: ContactState) -> Callable[[User, DesignatedContact | None], bool]:
    return lambda person, designation: designation is not None and designation.state in states


ACTS = {
    "suspension": PersonAction(
        _("Suspend"),
        ReasonForm,
        _("Suspended: cases can be read and not worked."),
        _in(S.ACTIVE),
        lambda person, by, data: actions.suspend(person.designation, by=by, reason=data["reason"]),
        is_grave=True,
    ),
    "reinstatement": PersonAction(
        _("Reinstate"),
        ReasonForm,
        _("Reinstated."),
        _in(S.SUSPENDED, S.LAPSED),
        lambda person, by, data: actions.reinstate(
            person.designation, by=by, reason=data["reason"]
        ),
    ),
    "revocation": PersonAction(
        _("Revoke the designation"),
        RevocationForm,
        _("Revoked."),
        _in(S.ACTIVE, S.SUSPENDED, S.LAPSED),
        lambda person, by, data: actions.revoke(
            person.designation, by=by, reason=data["reason"], successor=data.get("successor")
        ),
        is_grave=True,
    ),
    "primacy": PersonAction(
        _("Make the primary contact"),
        EmptyForm,
        _("They now manage the people."),
        lambda person, designation: (
            designation is not None and designation.state == S.ACTIVE and not designation.is_primary
        ),
        lambda person, by, data: actions.make_primary(person.designation, by=by),
    ),
    "end-of-access": PersonAction(
        _("End access"),
        ReasonForm,
        _("The account is closed."),
        lambda person, designation: (
            person.is_active and (designation is None or designation.state != S.ACTIVE)
        ),
        lambda person, by, data: actions.end_access(person, by=by, reason=data["reason"]),
        is_grave=True,
    ),
    "return-of-access": PersonAction(
        _("Restore the access"),
        ReasonForm,
        _("The account is open again."),
        lambda person, designation: not person.is_active,
        lambda person, by, data: actions.restore_access(person, by=by, reason=data["reason"]),
    ),
}


def people_of(organisation: Organisation) -> QuerySet[User]:
    """Everybody of an organisation, active people first. Erased people are not listed."""
    return (
        organisation.people.filter(erased_at__isnull=True)
        .select_related("designation", "site")
        .order_by("-is_active", "name", "pk")
    )


def overview(organisation: Organisation) -> dict[str, Any]:
    """The context of the people page, for the primary contact and for Care."""
    now = timezone.now()
    return {
        "organisation": organisation,
        "people": people_of(organisation)[:200],
        "invitations": Invitation.objects.filter(
            organisation=organisation,
            accepted_at__isnull=True,
            withdrawn_at__isnull=True,
            expires_at__gt=now,
        ).select_related("by")[:50],
        "events": PeopleEvent.objects.filter(organisation=organisation)
        .select_related("about", "by")
        .order_by("-seq")[:12],
        "active": eligibility.active_contacts(organisation),
        "enough": eligibility.ENOUGH,
    }


@customers_only
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Active contacts, colleagues and applicants, and inviting one more."""
    user = signed_in(request)
    ours = organisation_of(user)
    may_manage = may_manage_people(user, ours)
    form = InvitationForm(
        request.POST or None, organisation=ours, initial={"language": user.language}
    )
    if request.method == "POST" and form.is_valid():
        try:
            invitation = actions.invite(ours, by=user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(
                request, gettext("The invitation goes to {email}.").format(email=invitation.email)
            )
            return redirect("portal:people")
    context = {
        **overview(ours),
        "form": form if may_manage or form.errors else None,
        "may_manage": may_manage,
    }
    if (
        not may_manage
    ):  # the reason of a suspension or refusal is for them, the primary contact and Care
        context["events"] = []
    return render(request, "portal/people.html", context, status=422 if form.errors else 200)


@customers_only
@post_only
def withdrawal(request: HttpRequest, invitation: int) -> HttpResponse:
    """Withdraw an open invitation."""
    user = signed_in(request)
    instance = get_object_or_404(Invitation, pk=invitation, organisation_id=user.organisation_id)
    actions.withdraw_invitation(instance, by=user)
    messages.success(
        request, gettext("The invitation of {email} is withdrawn.").format(email=instance.email)
    )
    return redirect("portal:people")


@customers_only
@require_safe
def person(request: HttpRequest, person: int) -> HttpResponse:
    """One person: designation, roster shifts, events, and the available actions."""
    return person_page(request, _person(request, person), "portal")


@customers_only
@post_only
def act(request: HttpRequest, person: int, noun: str) -> HttpResponse:
    """Run an action about a person."""
    return do_act(request, _person(request, person), noun, "portal")


def _person(request: HttpRequest, key: int) -> User:
    queryset = User.objects.filter(organisation=organisation_of(signed_in(request)))
    return get_object_or_404(queryset.select_related("designation", "site", "organisation"), pk=key)


def _form(act: PersonAction, person: User, *args: Any, **kwargs: Any) -> forms.Form:
    if act.form is RevocationForm:
        kwargs |= {"person": person, "open_cases": open_cases_of_contact(person).count()}
    return act.form(*args, **kwargs)


def do_act(
    request: HttpRequest,
    person: User,
    noun: str,
    audience: str,
    show: Callable[..., HttpResponse] | None = None,
) -> HttpResponse:
    """Run an action from portal or console. A refusal shows the page again with the input; `show`
    makes it, where it is not the page of the portal.
    """
    one = ACTS[noun]
    form = _form(one, person, request.POST, auto_id=f"{noun}_%s")
    if form.is_valid():
        try:
            one.do(person, signed_in(request), form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        except TransitionNotAllowed as error:
            form.add_error(None, wrong_state(error))
        except DesignatedContact.DoesNotExist:
            form.add_error(None, _("This person is no Designated Contact."))
        else:
            messages.success(request, one.done)
            return redirect(f"{audience}:person", person.pk)
    return (show or person_page)(request, person, audience, noun, form)


def person_page(
    request: HttpRequest,
    person: User,
    audience: str,
    noun: str = "",
    bound: forms.Form | None = None,
) -> HttpResponse:
    """The page of one person, for the primary contact."""
    context = person_context(request, person, audience, noun, bound)
    return render(request, "portal/person.html", context, status=status_of(bound))


def status_of(bound: forms.Form | None) -> int:
    """The status of a page that shows a form again."""
    return 422 if bound is not None and bound.errors else 200


def person_context(
    request: HttpRequest,
    person: User,
    audience: str,
    noun: str = "",
    bound: forms.Form | None = None,
) -> dict[str, Any]:
    """What both sides see of one person: details, events, and what can be done about them."""
    user = signed_in(request)
    designation = getattr(person, "designation", None)
    assert person.organisation is not None
    is_manager = may_manage_people(user, person.organisation)
    may_manage, may_know_why = (
        is_manager and user.pk != person.pk,
        is_manager or user.pk == person.pk,
    )
    acts = [
        {
            "noun": key,
            "act": one,
            "form": bound if key == noun else _form(one, person, auto_id=f"{key}_%s"),
            "is_open": key == noun,
        }
        for key, one in ACTS.items()
        if key == noun or (may_manage and not person.is_erased and one.offered(person, designation))
    ]
    return {
        "person": person,
        "designation": designation,
        "acts": acts,
        "audience": audience,
        "may_know_why": may_know_why,
        "turns": RosterEntry.objects.filter(user=person),
        "certificates": person.certificates.select_related("version__course"),
        "events": PeopleEvent.objects.filter(about=person)
        .select_related("by", "about")
        .order_by("-seq")[:50]
        if may_know_why
        else [],
        "may_erase": audience == "console" and user.is_manager and not person.is_erased,
        "base": f"/portal/organisation/people/{person.pk}/"
        if audience == "portal"
        else f"/console/people/{person.pk}/",
    }


# --- Roster


def week_of(entries: list[RosterEntry], now: Any) -> dict[str, Any]:
    """The next seven days of a roster: who is on duty, and the gaps."""
    begin = now.replace(minute=0, second=0, microsecond=0)
    end = begin + timedelta(days=7)
    gaps = roster.gaps(entries, begin, end)
    seconds = round((end - begin).total_seconds())
    missing = math.ceil(sum((gap.end - gap.start).total_seconds() for gap in gaps))
    return {
        "on_duty": roster.on_duty_among(entries, now),
        "gaps": gaps[:30],
        "more_gaps": len(gaps) > 30,
        "covered": int(percent(seconds - missing, seconds, places=0) or 0),
        "bars": [
            {
                "x": round((gap.start - begin) / (end - begin) * 1000, 1),
                "width": max(round((gap.end - gap.start) / (end - begin) * 1000, 1), 1.0),
                "gap": gap,
            }
            for gap in gaps
        ],
        "begin": begin,
        "end": end,
        "days": [(begin + timedelta(days=day), round(day / 7 * 1000, 1)) for day in range(7)],
    }


@customers_only
@require_http_methods(["GET", "HEAD", "POST"])
def roster_page(request: HttpRequest) -> HttpResponse:
    """Who is reachable for Critical cases, with the gaps of the next week; and adding a shift."""
    user = signed_in(request)
    ours = organisation_of(user)
    may_manage = may_manage_people(user, ours)
    may_add = may_manage or is_designated_contact(user)
    people = User.objects.filter(
        organisation=ours, is_active=True, designation__state=S.ACTIVE
    ).order_by("name", "pk")
    people = people if may_manage else people.filter(pk=user.pk)
    initial = {
        "user": user.pk,
        "zone": user.zone,
        "phone": user.work_phone,
        "weekdays": [0, 1, 2, 3, 4],
    }
    form = TurnForm(request.POST or None, people=people, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            actions.add_to_roster(data.pop("user"), by=user, **data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The shift is added."))
            return redirect("portal:roster")
    entries = roster.entries_of(ours)
    context = {
        **week_of(entries, timezone.now()),
        "entries": entries,
        "may_manage": may_manage,
        "form": form if may_add or form.errors else None,
    }
    return render(request, "portal/roster.html", context, status=422 if form.errors else 200)


@customers_only
@post_only
def turn_removal(request: HttpRequest, turn: int) -> HttpResponse:
    """Remove a shift from the roster."""
    user = signed_in(request)
    entry = get_object_or_404(RosterEntry, pk=turn, organisation_id=user.organisation_id)
    actions.remove_from_roster(entry, by=user)
    messages.success(request, _("The shift is removed."))
    return redirect("portal:roster")
