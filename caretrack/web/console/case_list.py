"""The list of all cases, open and closed, with every filter; in any order, paged by key."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from caretrack.web.console import case_rows
from caretrack.web.console.case_filters import ORDERS, ORDERS_OF_COLUMNS, CaseFilters, choices
from caretrack.web.console.list_columns import layout_of
from caretrack.web.console.queue import bulk
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.case_pages import Leaf, columns_of, leaf
from caretrack.web.shared.numbers import number_in
from caretrack.web.shared.search import results
from caretrack.web.shared.selects import select
from cases import search
from cases.models import Case
from cases.querysets import CaseQuerySet
from contacts.models import User

PAGE = 50
SHOWN = (
    "organisation__name",
    "organisation__short_name",
    "contact__name",
    "assignee__name",
    "team__name",
    "number",
    "title",
    "state",
    "severity",
    "kind",
    "tags",
    "area",
    "priority",
    "opened_at",
    "closed_at",
    "closing_reason",
    "last_message_at",
)
TABS = (("", "All"), ("open", "Open"), ("closed", "Closed"))


@care_only
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The cases that the filters leave. With words the best come first, otherwise the order is the
    reader's.
    """
    user, now = signed_in(request), timezone.now()
    filters = CaseFilters.from_query(request.GET.dict())
    columns = (*SHOWN, "description") if filters.q else SHOWN
    cases, problems = filters.applied(
        Case.objects.visible_to(user)
        .filter(organisation__is_historical=False)
        .select_related("organisation", "contact", "assignee", "team")
        .only(*columns),
        user,
    )
    shown = _page(request, cases, filters, user, now)
    query = filters.search_query
    snippets = search.snippets(query, shown.rows, user) if query and shown.rows else {}
    layout = layout_of(user, bulk.CASES)
    context = {
        "layout": layout,
        "page": shown,
        "rows": case_rows.shown(shown.rows, snippets, [c.name for c in layout.columns]),
        "filters": filters,
        "problems": problems,
        "query": filters.query(),
        "tabs": [(label, filters.query(state=key), filters.state == key) for key, label in TABS],
        "columns": columns_of(
            [(c.label, ORDERS_OF_COLUMNS.get(c.name, ())) for c in layout.columns],
            ORDERS,
            shown="" if filters.q else filters.order_name,
            is_possible=lambda name: name != "closed" or filters.is_of_closed,
            query=lambda name: filters.query(sort=name),
        ),
        "order": "" if filters.q else ORDERS[filters.order_name].label,
        "selects": _selects(filters),
        "cursor_name": "from" if filters.q else "after",
        "place": place_of(request, filters.query()),
        "bulk": bulk.choices(),
        "has_more": bool(shown.before or shown.after),
    }
    return render(request, "console/cases.html", context)


def keys_of(filters: CaseFilters, user: User, *, most: int) -> list[int]:
    """The cases of the whole list in its order, at most `most`: their keys."""
    visible = Case.objects.visible_to(user).filter(organisation__is_historical=False)
    cases, _problems = filters.applied(visible, user)
    query = filters.search_query
    if query is None:
        order = ORDERS[filters.order_name]
        keys = [*order.keys(timezone.now()), F("id")]
        ordered = cases.order_by(*(k.desc() if order.is_descending else k.asc() for k in keys))
        return list(ordered.values_list("pk", flat=True)[:most])
    matches = search.keys(query, user)
    return [case.pk for case in results.in_order_of(matches, cases.only("pk"))[:most]]


def place_of(request: HttpRequest, query: str) -> str:
    """The query string of exactly this page of a list, for the way back to it."""
    cursor = {key: request.GET[key] for key in ("after", "before", "from") if key in request.GET}
    return "&".join(part for part in (query, urlencode(cursor)) if part)


def _page(
    request: HttpRequest, cases: CaseQuerySet, filters: CaseFilters, user: User, now: Any
) -> Leaf:
    query = filters.search_query
    if query is None:
        return leaf(
            cases,
            order=ORDERS[filters.order_name],
            now=now,
            size=PAGE,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
    first = min(number_in(request.GET.get("from")) or 0, 10_000)
    keys = search.keys(query, user)
    matches = list(results.in_order_of(keys, cases)[first : first + PAGE + 1]) if keys else []
    more = str(first + PAGE) if len(matches) > PAGE else ""
    return Leaf(matches[:PAGE], str(max(0, first - PAGE)) if first else "", more)


def _selects(filters: CaseFilters) -> list[tuple[str, SafeString]]:
    offered = choices()
    return [
        ("State", select("state", offered["state"], filters.state)),
        ("Severity", select("severity", offered["severity"], filters.severity)),
    ]
