"""Swaps of on-call nights that analysts arrange themselves: ask, accept, decline (§10)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from contacts import namesakes
from contacts.models import User
from core.errors import Refused
from routing import actions, on_call
from routing.models import OnCallRota, SwapRequest, SwapState
from routing.on_call import Duty, Rota

AHEAD = timedelta(weeks=8)
MOST = 100  # requests on the page
SELECT = {"class": "form-select"}


@dataclass(frozen=True)
class SwapDecision:
    """What can be done with a request, its button and what the page says afterwards."""

    run: Callable[..., SwapRequest]
    label: str
    done: str


DECISIONS = {
    "acceptance": SwapDecision(actions.accept_swap, "Accept", "You accepted the swap."),
    "refusal": SwapDecision(actions.decline_swap, "Decline", "The swap is declined."),
    "withdrawal": SwapDecision(actions.withdraw_swap, "Withdraw", "Your request is withdrawn."),
    "confirmation": SwapDecision(actions.confirm_swap, "Confirm", "The swap is confirmed."),
}


class SwapRequestForm(forms.Form):
    """One of one's own nights, and who takes it: a colleague, or one of their nights in return."""

    night = forms.ChoiceField(label="Your night", widget=forms.Select(attrs=SELECT))
    offer = forms.ChoiceField(
        label="Who takes it",
        widget=forms.Select(attrs=SELECT),
        help_text="A colleague, or a night of theirs that you take in return.",
    )
    note = forms.CharField(
        label="Why",
        max_length=200,
        required=False,
        help_text="Your colleague reads it, and it is shown with the swap.",
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )

    def __init__(
        self, *args: Any, rotas: list[Rota], by: User, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.nights: dict[str, tuple[OnCallRota, Duty]] = {}
        self.offers: dict[str, tuple[OnCallRota, User, Duty | None]] = {}
        groups: list[tuple[str, list[tuple[str, str]]]] = []
        own: list[tuple[str, str]] = []
        for rota in rotas:
            nights = rota.nights(now, now + AHEAD)
            for duty in nights:
                if duty.person.pk == by.pk:
                    key = _key(rota, duty)
                    self.nights[key] = (rota.row, duty)
                    own.append((key, f"{period_text(duty, by.tzinfo)} · {rota.row.name}"))
            if own:
                groups += self._offers(rota, nights, by)
        self.fields["night"].choices = own  # type: ignore[attr-defined]
        self.fields["offer"].choices = groups  # type: ignore[attr-defined]

    def _offers(
        self, rota: Rota, nights: list[Duty], by: User
    ) -> list[tuple[str, list[tuple[str, str]]]]:
        people = [person for person in on_call.members(rota) if person.pk != by.pk]
        labels = namesakes.labels(people)
        groups = []
        for person in people:
            key = f"{rota.row.pk}-{person.pk}"
            self.offers[key] = (rota.row, person, None)
            choices = [(key, f"{labels[person.pk]} takes it, nothing in return")]
            for duty in nights:
                if duty.person.pk == person.pk:
                    back = f"{key}-{_key(rota, duty)}"
                    self.offers[back] = (rota.row, person, duty)
                    shown = period_text(duty, by.tzinfo)
                    choices.append((back, f"You take from {labels[person.pk]}: {shown}"))
            groups.append((f"{labels[person.pk]} ({rota.row.name})", choices))
        return groups

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            rota, _duty = self.nights[cleaned["night"]]
            if self.offers[cleaned["offer"]][0].pk != rota.pk:
                self.add_error("offer", f"Choose a colleague of the rota “{rota.name}”.")
        return cleaned

    def ask(self, by: User) -> SwapRequest:
        """Send the request. Raises Refused."""
        rota, night = self.nights[self.cleaned_data["night"]]
        _rota, colleague, back = self.offers[self.cleaned_data["offer"]]
        return actions.ask_swap(
            rota,
            by=by,
            colleague=colleague,
            night=(night.start, night.end),
            in_return=(back.start, back.end) if back else None,
            note=self.cleaned_data["note"],
        )


def _key(rota: Rota, duty: Duty) -> str:
    return f"{rota.row.pk}-{int(duty.start.timestamp())}-{int(duty.end.timestamp())}"


def period_text(duty: Duty, zone: ZoneInfo) -> str:
    """A night in the reader's zone: “Mon 9 Mar 18:00 – Tue 10 Mar 08:00”."""
    start, end = duty.start.astimezone(zone), duty.end.astimezone(zone)
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a} {end.day} {end:%b %H:%M}"
    return f"{start:%a} {start.day} {start:%b %H:%M} – {last}"


@dataclass(frozen=True)
class SwapRow:
    """A request with what its reader can do."""

    request: SwapRequest
    buttons: list[tuple[str, str]]


def waiting_for(user: User, now: datetime) -> int:
    """How many requests wait for this person's answer."""
    rows = SwapRequest.objects.filter(
        colleague=user, state=SwapState.OPEN, starts_at__gt=now, rota__is_active=True
    )
    return rows.exclude(return_starts_at__lte=now).count()


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Requests to me, mine, for a manager those of everybody, and the form that asks."""
    user, now = signed_in(request), timezone.now()
    rotas = on_call.read(OnCallRota.objects.filter(is_active=True).order_by("name"), now)
    data = request.POST if request.method == "POST" else None
    form = SwapRequestForm(data, rotas=rotas, by=user, now=now)
    if data is not None and form.is_valid():
        try:
            swap_request = form.ask(user)
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, f"{swap_request.colleague.name} is asked by email.")
            return redirect("console:nights")
    return _page(request, user, now, form)


def _page(
    request: HttpRequest, user: User, now: datetime, form: SwapRequestForm, status: int = 200
) -> HttpResponse:
    seen = Q() if user.is_manager else Q(asked_by=user) | Q(colleague=user)
    rows = (
        SwapRequest.objects.filter(seen, ends_at__gt=now)
        .select_related("rota", "asked_by", "colleague", "confirmed_by")
        .order_by("starts_at", "pk")[:MOST]
    )
    shown = [SwapRow(row, _buttons(row, user, now)) for row in rows]
    context = {
        "form": form,
        "to_answer": [row for row in shown if row.buttons and row.request.asked_by_id != user.pk],
        "others": [row for row in shown if not row.buttons or row.request.asked_by_id == user.pk],
        "most": MOST,
    }
    return render(request, "console/nights.html", context, status=422 if form.errors else status)


def _buttons(row: SwapRequest, user: User, now: datetime) -> list[tuple[str, str]]:
    nouns: list[str] = []
    if row.is_waiting and row.first_start > now:
        if row.asked_by_id == user.pk:
            nouns = ["withdrawal"]
        elif row.state == SwapState.OPEN and row.colleague_id == user.pk:
            nouns = ["acceptance", "refusal"]
        elif row.state == SwapState.ACCEPTED and user.is_manager:
            nouns = ["confirmation", "refusal"]
    return [(noun, DECISIONS[noun].label) for noun in nouns]


@care_only
@post_only
def decide(request: HttpRequest, swap_request: int, noun: str) -> HttpResponse:
    """Accept, decline, withdraw or confirm a request."""
    user, decision = signed_in(request), DECISIONS[noun]
    rows = SwapRequest.objects.select_related("rota")
    mine = Q() if user.is_manager else Q(asked_by=user) | Q(colleague=user)
    row = get_object_or_404(rows.filter(mine), pk=swap_request)
    try:
        decision.run(row, by=user)
    except Refused as refused:
        messages.error(request, refused.reason)
    else:
        messages.success(request, decision.done)
    return redirect("console:nights")
