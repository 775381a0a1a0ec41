"""Lower limits of Django's page times: 50 rows of one query through a plain template, and one query
alone.

Both are signed-in views under the product's own middleware. Only `bin/bench` uses them.
"""

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path

from caretrack.web.shared.access import signed_in
from cases.models import Case
from contacts.models import User

ROWS = """<!doctype html><html lang="en"><title>Top 50</title><table>{% for case in cases %}
<tr><td>{{ case.number }}</td><td>{{ case.title }}</td>
<td>{{ case.state }}</td><td>{{ case.severity }}</td>
<td>{{ case.opened_at|date:"Y-m-d H:i" }}</td></tr>{% endfor %}</table></html>"""
FIELDS = ("number", "title", "state", "severity", "opened_at")


def _newest(user: User) -> QuerySet[Case]:
    """An organisation's newest cases; for Care the open ones, in the order of a plain index."""
    if user.is_care:
        return Case.objects.being_worked().order_by("severity", "priority", "opened_at", "id")
    return Case.objects.filter(organisation_id=user.organisation_id).order_by("-opened_at", "-id")


@login_required
def top50(request: HttpRequest) -> HttpResponse:
    """50 rows of 5 values, one of them through the date filter."""
    cases = _newest(signed_in(request))
    return HttpResponse(
        engines["django"].from_string(ROWS).render({"cases": cases.values(*FIELDS)[:50]}, request)
    )


@login_required
def one(request: HttpRequest) -> HttpResponse:
    """One row by its key."""
    return JsonResponse(_newest(signed_in(request)).values(*FIELDS)[:1][0])


handler403, handler404, handler500 = (
    "caretrack.web.views.forbidden",
    "caretrack.web.views.not_found",
    "caretrack.web.views.broken",
)
urlpatterns = [
    path("bench/top50/", top50),
    path("bench/one/", one),
    path("", include("caretrack.urls")),
]
