"""Who is on call now and in the next week; rotas, swaps, drills and on-call alerts (§6, §10)."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.night_swaps import waiting_for
from caretrack.web.console.on_call_week import week_of
from caretrack.web.console.team_forms import RotaForm, ShiftForm, SwapForm
from caretrack.web.console.teams import cares_people
from caretrack.web.shared.access import administrators_only, care_only, signed_in
from caretrack.web.shared.methods import post_only
from cases.models import Case
from contacts.models import Team
from core.errors import Refused
from routing import actions as routing_actions
from routing import alerts, on_call
from routing.models import Alert, AlertStep, OnCallOverride, OnCallRota, OnCallShift

SHOWN = timedelta(days=14)  # the period of the alerts on a rota's page
MOST_STEPS = 100


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every rota: who is on call now and next, and the next week with its gaps."""
    now = timezone.now()
    rotas = on_call.read(on_call.with_team(OnCallRota.objects.order_by("-is_active", "name")), now)
    context = {
        "weeks": [week_of(rota, now) for rota in rotas],
        "swaps_to_answer": waiting_for(signed_in(request), now),
    }
    return render(request, "console/on_call.html", context)


def _row(key: int) -> OnCallRota:
    return get_object_or_404(on_call.with_team(OnCallRota.objects.all()), pk=key)


@care_only
@require_safe
def rota(request: HttpRequest, rota: int) -> HttpResponse:
    """One rota: its week, its order, its swaps, and the alerts of the last two weeks."""
    now = timezone.now()
    week = week_of(on_call.read([_row(rota)], now)[0], now)
    context = {"week": week, "rota": week.rota, "pages": pages_of(rota, now)}
    return render(request, "console/rota.html", context)


def pages_of(rota: int, now: datetime) -> list[tuple[Alert, list[AlertStep]]]:
    """The alerts of a rota in the last days with their steps, newest first, in one statement."""
    steps = AlertStep.objects.filter(page__rota=rota, page__opened_at__gte=now - SHOWN)
    by_page: dict[int, tuple[Alert, list[AlertStep]]] = {}
    for step in steps.select_related("page__case", "page__answered_by", "recipient").order_by(
        "-page_id", "number"
    )[:MOST_STEPS]:
        by_page.setdefault(step.page_id, (step.page, []))[1].append(step)
    return list(by_page.values())


# --- Editor of a rota


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Create a rota."""
    return _editor(request, None)


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, rota: int) -> HttpResponse:
    """Change a rota."""
    return _editor(request, get_object_or_404(OnCallRota, pk=rota))


def _editor(
    request: HttpRequest, current: OnCallRota | None, shift: ShiftForm | None = None
) -> HttpResponse:
    people = cares_people()
    initial: dict[str, Any] = {"begins_on": timezone.localdate(), "zone": signed_in(request).zone}
    if current is not None:
        initial = RotaForm.initial_of(current, current.places.values_list("person_id", flat=True))
    is_mine = request.method == "POST" and shift is None
    form = RotaForm(
        request.POST if is_mine else None, initial=initial, people=people, teams=Team.objects.all()
    )
    if is_mine and form.is_valid():
        saved = _tried(
            form,
            lambda: routing_actions.save_rota(current, by=signed_in(request), **form.rota_fields()),
        )
        if saved is not None:
            messages.success(request, f"“{saved.name}” is saved.")
            return redirect("console:rota" if current else "console:rota_edit", saved.pk)
    shifts = list(current.shifts.select_related("person")) if current is not None else []
    context = {
        "rota": current,
        "form": form,
        "shifts": shifts,
        "shift_form": shift
        or (ShiftForm(people=people, auto_id="shift_%s") if current is not None else None),
    }
    wrong = form.errors or (shift is not None and shift.errors)
    return render(request, "console/rota_edit.html", context, status=422 if wrong else 200)


def _tried(form: forms.Form, act: Any) -> Any:
    """The result of an action. None if it refused, with the reason on the form."""
    try:
        return act()
    except Refused as refused:
        form.add_error(None, refused.reason)
    except ValidationError as error:
        known = hasattr(error, "message_dict")
        for field, words in (error.message_dict if known else {"": error.messages}).items():
            form.add_error(field if field in form.fields else None, " ".join(words))
    return None


@administrators_only
@post_only
def shifts(request: HttpRequest, rota: int) -> HttpResponse:
    """Add a shift."""
    instance = get_object_or_404(OnCallRota, pk=rota)
    form = ShiftForm(request.POST, people=cares_people(), auto_id="shift_%s")
    if form.is_valid() and _tried(
        form,
        lambda: routing_actions.add_shift(instance, by=signed_in(request), **form.cleaned_data),
    ):
        messages.success(request, "The shift is added.")
        return redirect("console:rota_edit", rota)
    return _editor(request, instance, form)


@administrators_only
@post_only
def shift_removal(request: HttpRequest, shift: int) -> HttpResponse:
    """Remove a shift."""
    instance = get_object_or_404(OnCallShift.objects.select_related("rota"), pk=shift)
    routing_actions.remove_shift(instance, by=signed_in(request))
    messages.success(request, "The shift is removed.")
    return redirect("console:rota_edit", instance.rota_id)


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def swaps(request: HttpRequest, rota: int) -> HttpResponse:
    """Put somebody else on call for some days."""
    instance = get_object_or_404(OnCallRota, pk=rota)
    data = request.POST if request.method == "POST" else None
    form = SwapForm(data, people=cares_people(), zone=instance.zone)
    if data is not None and form.is_valid():
        swap = _tried(
            form,
            lambda: routing_actions.add_swap(instance, by=signed_in(request), **form.swap_fields()),
        )
        if swap is not None:
            messages.success(request, f"{swap.person.name} is on call for these days.")
            return redirect("console:rota", rota)
    return render(
        request,
        "console/swap.html",
        {"rota": instance, "form": form},
        status=422 if form.errors else 200,
    )


@administrators_only
@post_only
def swap_removal(request: HttpRequest, swap: int) -> HttpResponse:
    """Remove a swap."""
    instance = get_object_or_404(OnCallOverride.objects.select_related("rota", "person"), pk=swap)
    routing_actions.remove_swap(instance, by=signed_in(request))
    messages.success(request, "The swap is undone.")
    return redirect("console:rota", instance.rota_id)


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, rota: int) -> HttpResponse:
    """The secret that signs the rota's webhook, and its renewal."""
    instance = get_object_or_404(OnCallRota, pk=rota)
    if request.method == "POST":
        routing_actions.renew_webhook_secret(instance, by=signed_in(request))
        messages.success(request, "There is a new secret. The old secret no longer works.")
        return redirect("console:rota_webhook", rota)
    answer = render(request, "console/webhook.html", {"rota": instance})
    answer["Cache-Control"] = "no-store"
    return answer


# --- Drills and alerts


@administrators_only
@post_only
def drill(request: HttpRequest, rota: int) -> HttpResponse:
    """Alert the person on call without a case, marked as a drill."""
    try:
        page = alerts.drill(get_object_or_404(OnCallRota, pk=rota), by=signed_in(request))
    except Refused as refused:
        messages.error(request, refused.reason)
        return redirect("console:rota", rota)
    messages.success(request, "The drill has started: the person on call is alerted now.")
    return redirect("console:page", page.pk)


@care_only
@require_safe
def page(request: HttpRequest, alarm: int) -> HttpResponse:
    """An alert with its steps, and the button to acknowledge it."""
    return _page(request, alarm)


def _page(request: HttpRequest, alarm: int, refusal: str = "", status: int = 200) -> HttpResponse:
    pages = Alert.objects.select_related("case__organisation", "rota", "by", "answered_by")
    alert = get_object_or_404(pages, pk=alarm)
    steps = list(alert.steps.select_related("recipient").prefetch_related("messages"))
    context = {"page": alert, "case": alert.case, "steps": steps, "refusal": refusal}
    return render(request, "console/page.html", context, status=status)


@care_only
@post_only
def acknowledgement(request: HttpRequest, alarm: int) -> HttpResponse:
    """Acknowledge an alert. Nobody else is alerted."""
    alert = get_object_or_404(Alert.objects.select_related("case"), pk=alarm)
    try:
        alerts.acknowledge(alert, by=signed_in(request))
    except Refused as refused:
        return _page(request, alarm, refused.reason, status=409)
    messages.success(request, "Acknowledged. Nobody else is alerted.")
    return (
        redirect("console:case", number=alert.case)
        if alert.case
        else redirect("console:page", alarm)
    )


@care_only
@require_safe
def alarms(request: HttpRequest, number: int) -> HttpResponse:
    """The SLA alerts of a case, as a part of its page."""
    case = get_object_or_404(Case.objects.visible_to(signed_in(request)), number=number)
    template = (
        "console/_sla_alerts.html"
        if request.headers.get("HX-Request")
        else "console/sla_alerts.html"
    )
    return render(request, template, {"case": case})
