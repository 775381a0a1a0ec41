"""The queue's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack import clockviews
from caretrack.console import casepage, queue
from caretrack.console.queue import BadCursor, Cursor, Filters
from caretrack.people import care_only, signed_in
from cases.verbs import Severity, State
from contacts.models import Organisation


@care_only
@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    """Open cases in the order of §8, and why each stands where it stands."""
    user, now = signed_in(request), timezone.now()
    filters = Filters.of(request.GET)
    try:
        cursor = Cursor.of(request.GET["after"], now) if "after" in request.GET else None
    except BadCursor:
        reason = "This address is no place in the queue, or is days old. Open the queue from its beginning."
        return render(request, "refused.html", {"reason": reason}, status=400)
    page = queue.page(user, filters, now=now, cursor=cursor)
    clocks = clockviews.of_cases(page.cases, page.as_of, only_running=True)
    rows = [(case, clockviews.nearest(clocks[case.pk], cares=True), casepage.whose(case)) for case in page.cases]
    counts = queue.counts(user, history=filters.history)
    known = Organisation.objects.all() if filters.history else Organisation.objects.filter(is_historical=False)
    context = {
        "rows": rows, "page": page, "filters": filters, "is_first": cursor is None,
        "views": [(key, label, counts[key], filters.query(view=key)) for key, label in queue.VIEWS.items()],
        "view_label": queue.VIEWS[filters.view], "replayed": counts["replayed"],
        "severities": Severity.choices, "states": [c for c in State.choices if c[0] != State.CLOSED],
        "left": queue.LEFT, "next": filters.query(),
        "without": filters.query(severity=None, state="", organisation="", left="", text=""),
        "with_history": filters.query(history=True), "without_history": filters.query(history=False),
        "organisations": known.order_by("name").values_list("short_name", "name")[:500],
    }  # fmt: skip
    return render(request, "console/queue.html", context)
