"""The pages of workload: who has how much, and what to give to somebody else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.web.managers import workload
from caretrack.web.shared.access import administrators_only, signed_in
from caretrack.web.shared.queue import rows
from caretrack.web.shared.queue.filters import QueueFilters
from caretrack.web.shared.queue.page import page
from contacts.models import User
from contacts.models.people import CARE_ROLES

MOST_MOVED = 100  # as many as one bulk action takes


@administrators_only
@require_safe
def loads(request: HttpRequest) -> HttpResponse:
    """Open cases by analyst and team, and what each got and closed this week."""
    return render(request, "managers/workload.html", workload.shown(timezone.now()))


@administrators_only
@require_safe
def rebalance(request: HttpRequest, person: int) -> HttpResponse:
    """The open cases of an analyst, to choose some for somebody else.

    The form leads to the preview of the bulk action; nothing is assigned before its confirmation.
    """
    analyst = get_object_or_404(User, pk=person, role__in=CARE_ROLES)
    now = timezone.now()
    own = QueueFilters(assignee=str(analyst.pk))
    queue = page(signed_in(request), own, now=now, size=MOST_MOVED)
    context = {
        "person": analyst,
        "rows": rows.shown(queue.cases, queue.as_of),
        "number": len(queue.cases),
        "has_more": queue.next is not None,
        "most": MOST_MOVED,
        "receivers": workload.receivers(now, without=analyst.pk),
        "query": own.query(),
    }
    return render(request, "managers/rebalance.html", context)
