"""The list of the organisation's cases: filters in the URL, full-text search, saved views."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Func, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from caretrack.web.portal.case_export import MOST_EXPORTED
from caretrack.web.portal.case_order import COLUMNS, ORDERS
from caretrack.web.portal.case_rows import listed, rows
from caretrack.web.portal.filters import STATES, CaseListFilters
from caretrack.web.shared.access import customers_only, signed_in
from caretrack.web.shared.case_pages import Column, Leaf, columns_of, leaf
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.readers import state_choices
from caretrack.web.shared.selects import select
from cases import filing_drafts, saved_views, search
from cases.choices import Severity
from cases.known_areas import area_label
from cases.models import Area, EntryPoint, SavedView
from contacts import namesakes
from contacts.models import Role, Site, User
from contacts.permissions import is_designated_contact
from core.search_query import SearchQuery

PAGE = 25
MOST_PEOPLE = 200


@dataclass(frozen=True)
class FilterOptions:
    """What the filters of the list can be set to. Sites and people come with their id; `emails` are
    of these people.
    """

    sites: list[tuple[int, str]]
    people: list[tuple[int, str]]
    areas: list[str]
    emails: dict[int, str]


def filter_options(user: User) -> FilterOptions:
    """The sites and contacts of this organisation, and the areas. Two statements."""
    sites = Site.objects.filter(organisation=user.organisation_id)
    people = User.objects.filter(organisation=user.organisation_id, role=Role.CONTACT)
    by_kind: dict[str, list[tuple[int, str, str]]] = {"site": [], "person": []}
    for kind, pk, name, email in (
        sites.values_list(Value("site"), "pk", "name", Value(""))
        .union(
            people.order_by("name").values_list(Value("person"), "pk", "name", "email")[
                :MOST_PEOPLE
            ]
        )
        .order_by("name", "pk")
    ):
        by_kind[kind].append((pk, name, email))
    areas = Area.objects.filter(is_active=True).order_by("position", "name")
    return FilterOptions(
        [(pk, name) for pk, name, _email in by_kind["site"]],
        list(namesakes.labels_of(by_kind["person"]).items()),
        list(areas.values_list("name", flat=True)),
        {pk: email for pk, _name, email in by_kind["person"]},
    )


@customers_only
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The cases of the organisation that match the URL."""
    user, now = signed_in(request), timezone.now()
    filters = CaseListFilters.from_query(request.GET.dict())
    search_query = SearchQuery.parse(filters.q) if filters.q else None
    if search_query:
        page = _search_page(user, filters, search_query, request.GET.get("from", ""))
    else:
        page = leaf(
            filters.applied(listed(user)),
            order=filters.order,
            now=now,
            size=PAGE,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
    query, views = filters.query(), list(saved_views.listed(user, EntryPoint.PORTAL))
    current, options = _current_view(views, query, user), filter_options(user)
    return render(
        request,
        "portal/cases.html",
        {
            "page": page,
            "rows": rows(page.rows, now, user, search_query),
            "filters": filters,
            "query": query,
            "tabs": [
                (key, label, filters.query(state=key, stage="")) for key, label in STATES.items()
            ],
            "selects": _selects(filters, options),
            "chosen": _chosen(filters, options),
            "views": views,
            "current": current,
            "may_change_view": current is not None and saved_views.may_change(current, user),
            "most_exported": f"{MOST_EXPORTED:,}",
            "place": "from" if filters.q else "after",
            "columns": _columns(filters),
            "order": "" if filters.q else filters.order.label,
            "may_file": is_designated_contact(user),
            "drafts": [] if filters.q else filing_drafts.mine(user),
        },
    )


def _current_view(views: list[SavedView], query: str, user: User) -> SavedView | None:
    """The saved view of exactly this list, the reader's own first."""
    same = [view for view in views if view.query == query]
    return min(same, key=lambda view: view.person_id != user.pk, default=None)


def _chosen(filters: CaseListFilters, options: FilterOptions) -> list[tuple[str, str, str]]:
    """(name, value, the query without it) of each filter in use, in the reader's words."""
    severities = {str(value): str(label) for value, label in Severity.choices}
    names = {
        "severity": (_("Severity"), severities),
        "stage": (_("State"), dict(state_choices(is_care=False))),
        "site": (_("Site"), {str(pk): name for pk, name in options.sites}),
        "area": (_("Area"), {name: area_label(name) for name in options.areas}),
        "person": (_("Opened by"), {str(pk): name for pk, name in options.people}),
        "since": (_("Opened from"), {}),
        "until": (_("Opened until"), {}),
    }
    return [
        (label, values.get(value, value), filters.query(**{name: ""}))
        for name, (label, values) in names.items()
        if (value := getattr(filters, name))
    ]


def _selects(filters: CaseListFilters, options: FilterOptions) -> list[tuple[str, SafeString]]:
    """The filters with their options, in the order of the page."""
    return [
        (_("Severity"), select("severity", Severity.choices, filters.severity)),
        (_("State"), select("stage", state_choices(is_care=False), filters.stage)),
        (_("Site"), select("site", options.sites, filters.site)),
        (
            _("Area"),
            select("area", [(name, area_label(name)) for name in options.areas], filters.area),
        ),
        (_("Opened by"), select("person", options.people, filters.person, _("Anyone"))),
        (_("Order"), select("sort", _orders(filters), filters.sort, _("Default"))),
    ]


def _orders(filters: CaseListFilters) -> list[tuple[str, Any]]:
    return [
        (name, order.label)
        for name, order in ORDERS.items()
        if filters.shows_open_only or not order.open_only
    ]


def _columns(filters: CaseListFilters) -> list[Column]:
    """The headings of the list. Search results are in the order of their rank."""
    return columns_of(
        COLUMNS,
        ORDERS,
        shown="" if filters.q else filters.order_name,
        is_possible=lambda name: filters.shows_open_only or not ORDERS[name].open_only,
        query=lambda name: filters.query(sort=name),
    )


def _search_page(
    user: User, filters: CaseListFilters, search_query: SearchQuery, start: str
) -> Leaf:
    """A page of search results, best first. `start` is an offset: the results are limited in
    number.
    """
    keys = search.keys(search_query, user)
    first = int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 0
    rank = Func(Value(keys, ArrayField(BigIntegerField())), F("pk"), function="array_position")
    matching = (
        filters.applied(listed(user, with_description=True)).filter(pk__in=keys).order_by(rank)
    )
    matches = list(matching[first : first + PAGE + 1]) if keys else []
    more = str(first + PAGE) if len(matches) > PAGE else ""
    return Leaf(matches[:PAGE], str(max(0, first - PAGE)) if first else "", more)


@customers_only
@post_only
def save_view(request: HttpRequest) -> HttpResponse:
    """Save the list under a name, for oneself or for the colleagues too."""
    query = CaseListFilters.from_query(dict(_pairs(request.POST.get("query", "")))).query()
    view = saved_views.save(
        by=signed_in(request),
        audience=EntryPoint.PORTAL,
        name=request.POST.get("name", ""),
        query=query,
        is_shared=request.POST.get("shared") == "1",
    )
    text = _("Saved as “{name}” and shared.") if view.is_shared else _("Saved as “{name}”.")
    messages.success(request, text.format(name=view.name))
    return redirect(f"/portal/cases/?{view.query}")


@customers_only
@post_only
def change_view(request: HttpRequest, view: int) -> HttpResponse:
    """Rename a saved view, and share it or stop sharing it."""
    saved = saved_views.change(
        _view(request, view),
        by=signed_in(request),
        name=request.POST.get("name", ""),
        is_shared=request.POST.get("shared") == "1",
    )
    messages.success(request, _("The view is changed."))
    return redirect(f"/portal/cases/?{saved.query}")


@customers_only
@post_only
def remove_view(request: HttpRequest, view: int) -> HttpResponse:
    """Delete a saved view. The list itself stays."""
    saved = _view(request, view)
    saved_views.remove(saved, by=signed_in(request))
    messages.success(request, _("“{name}” is removed.").format(name=saved.name))
    return redirect(f"/portal/cases/?{saved.query}")


def _view(request: HttpRequest, pk: int) -> SavedView:
    """A view that the reader sees."""
    return get_object_or_404(saved_views.listed(signed_in(request), EntryPoint.PORTAL), pk=pk)


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query[:2000], max_num_fields=50)
    except ValueError:
        return []
