"""Erase a customer's person: preview what is removed and what stays, then erase (§14)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from caretrack.web.shared.access import care_only, signed_in
from contacts import actions
from contacts.actions.erasure import reason_not_erasable
from contacts.erasure import Erasure, Treatment, preview
from contacts.models import User
from contacts.permissions import require_manager
from core.errors import Refused

# In the order that helps a decision.
HEADINGS = (
    (Treatment.GOES, "What goes", "It cannot be restored."),
    (
        Treatment.LOSES_THE_NAME,
        "Anonymised",
        "It stays, with its time; the name is removed.",
    ),
    (
        Treatment.STAYS,
        "What stays",
        "Service targets and breaches remain to the second. Texts stay with the organisation.",
    ),
)


class ErasingForm(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=300,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text="The reason is saved: do not name the person. A request number is enough.",
    )
    address = forms.CharField(
        label="Their email address, again",
        max_length=254,
        widget=forms.TextInput(
            attrs={"class": "form-control code", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text="Type it as shown above. Erased data cannot be restored.",
    )


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def erasure(request: HttpRequest, person: int) -> HttpResponse:
    """Preview the erasure of one person, and run it."""
    user = signed_in(request)
    require_manager(user)
    people = User.objects.filter(organisation__isnull=False, erased_at__isnull=True)
    contact = get_object_or_404(people.select_related("organisation", "designation"), pk=person)
    form = ErasingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.erase_person(contact, by=user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, "Erased. What they did remains, without their name.")
            return redirect("console:person", person)
    return render(
        request, "console/erasure.html", _context(contact, form), status=422 if form.errors else 200
    )


def _context(person: User, form: ErasingForm) -> dict[str, Any]:
    erased = Erasure(person)
    parts = preview(erased)
    return {
        "person": person,
        "marks": erased.identifiers,
        "form": form,
        "why_not": reason_not_erasable(person),
        "fates": [
            (title, description, [part for part in parts if part.fate == fate])
            for fate, title, description in HEADINGS
        ],
    }
