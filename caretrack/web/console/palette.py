"""What the command palette (Ctrl+K) finds beyond its page: customers, pages and macros.

The rights are those of the pages: a page that somebody may not open is not offered.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from caretrack.web.console.administration.home import GROUPS
from caretrack.web.shared.access import care_only, signed_in
from cases import macros
from cases.models import Case
from cases.models.case import is_code, number_of
from contacts import search
from contacts.models import Organisation, User
from core.search_query import SearchQuery

MOST_CUSTOMERS, MOST_MACROS = 8, 200
# Pages with the address of each, and whether they are only for managers and administrators.
PAGES = (
    ("Queue", "console:queue", False),
    ("All cases", "console:cases", False),
    ("Bulk jobs", "console:bulk_jobs", False),
    ("Open a case for a caller", "console:new", False),
    ("Root cause analyses", "console:analyses", False),
    ("Corrective actions", "console:actions", False),
    ("Documentation requests", "console:requests", False),
    ("My hours", "console:own_hours", False),
    ("Administration", "console:administration", False),
    ("Insight: now", "insight:home", False),
    ("Insight: open by customer", "insight:open", False),
    ("Insight: SLA attainment", "insight:attainment", False),
    ("Insight: flow", "insight:flow", False),
    ("Insight: workload", "insight:workload", True),
    ("Insight: exports", "insight:exports", False),
    ("Notifications, time zone, language and keys", "preferences", False),
    ("Help", "help:home", False),
)


@care_only
@require_safe
def entries(request: HttpRequest) -> HttpResponse:
    """With `q`, the customers of that name. Without, the pages that the reader may open, and on a
    case (`case`) the macros for it.
    """
    user, typed = signed_in(request), request.GET.get("q", "").replace("\0", "").strip()[:200]
    if typed:
        return JsonResponse({"entries": _customers(typed, user)})
    code = request.GET.get("case", "")
    listed = pages_of(user) + (_macros(code, user) if is_code(code) else [])
    return JsonResponse({"entries": listed})


def pages_of(user: User) -> list[dict[str, Any]]:
    """The pages of Care that a person may open."""
    areas = [
        (f"Administration: {area.name}", f"console:{area.url}", area.managers)
        for _title, areas in GROUPS
        for area in areas
    ]
    return [
        {"kind": "Page", "label": label, "url": reverse(name)}
        for label, name, is_managers in (*PAGES, *areas)
        if user.is_manager or not is_managers
    ]


def _macros(code: str, user: User) -> list[dict[str, Any]]:
    case = get_object_or_404(Case.objects.visible_to(user), number=number_of(code))
    usable: Any = macros.macros_for(user)
    address = reverse("console:case", args=[case])
    return [
        {
            "kind": "Macro",
            "label": f"{one.folder} / {one.name}" if one.folder else one.name,
            "url": f"{address}?macro={one.pk}#composer",
            "macro": one.pk,
        }
        for one in usable.order_by("-own_uses", "folder", "name", "pk")[:MOST_MACROS]
    ]


def _customers(typed: str, user: User) -> list[dict[str, Any]]:
    """The customers whose names, sites or ids contain the words, best first. Two statements."""
    keys = search.documents(SearchQuery.parse(typed), user).get("organisation", [])
    by_key = Organisation.objects.in_bulk(keys[:MOST_CUSTOMERS])
    return [
        {
            "kind": "Customer",
            "label": by_key[key].name,
            "detail": by_key[key].short_name,
            "url": reverse("console:customer_page", args=[by_key[key].short_name]),
        }
        for key in keys[:MOST_CUSTOMERS]
        if key in by_key
    ]
