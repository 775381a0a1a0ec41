"""“Why this time?”: one clock in stretches, the same for both sides (§14)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.web.shared import clock_view
from caretrack.web.shared.access import signed_in
from cases.models import Case
from sla.explain import Explanation, explain
from sla.models import Clock

WIDTH = 1000


@dataclass(frozen=True)
class ExplanationBar:
    """A stretch of the bar: its position in a width of 1000, and its label."""

    x: float
    width: float
    counted: bool
    kind: str
    reason: str
    start: datetime
    end: datetime
    seconds: int


def bars(clock_explanation: Explanation) -> list[ExplanationBar]:
    """The stretches of an explanation as the bar shows them."""
    if not clock_explanation.stretches:
        return []
    begin = clock_explanation.stretches[0].start
    whole = max((clock_explanation.stretches[-1].end - begin).total_seconds(), 1)
    return [
        ExplanationBar(
            x=round((s.start - begin).total_seconds() / whole * WIDTH, 2),
            width=round(max((s.end - s.start).total_seconds() / whole * WIDTH, 0.5), 2),
            counted=s.counted,
            kind=str(s.reason),
            reason=clock_explanation.reason(s),
            start=s.start,
            end=s.end,
            seconds=int((s.end - s.start).total_seconds()),
        )
        for s in clock_explanation.stretches
    ]


@login_required
@require_safe
def explanation(request: HttpRequest, number: int, clock: int) -> HttpResponse:
    """A page, or the panel alone for htmx."""
    user = signed_in(request)
    case = get_object_or_404(Case.objects.visible_to(user).select_related("site"), number=number)
    row: Any = get_object_or_404(
        Clock.objects.select_related("calendar_version__calendar").with_missed_due(),
        Q(case=case) | Q(case__analysis__follow_up=case),  # a follow-up shows the analysis' target
        pk=clock,
    )
    now = timezone.now()
    clock_explanation = explain(row, now)
    context = {
        "case": case,
        "clock": clock_view.for_reader(clock_view.view(row, now), user),
        "missed_due_at": row.missed_due_at if row.missed_due_at != row.due_at else None,
        "explanation": clock_explanation,
        "bars": bars(clock_explanation),
        "audience": "console" if user.is_care else "portal",
    }
    template = "parts/_explain.html" if getattr(request, "htmx", False) else "parts/why.html"
    return render(request, template, context)
