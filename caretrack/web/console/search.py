"""Search of everything, for Care: cases open and closed, customers, people, analyses, articles."""

from typing import Any

from django.db.models import CharField, Value
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from caretrack.web.console.case_filters import CaseFilters
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.search import results
from caretrack.web.shared.search.results import Hit, ResultGroup, Results, best_first
from cases.choices import CaseState
from cases.models import Case
from cases.models.case import case_code
from contacts.models import Organisation, User
from core.search_query import SearchQuery
from rca.models import Analysis

LABELS = {
    "cases": "Cases",
    "organisation": "Customers",
    "person": "People",
    "analysis": "Root cause analyses",
    "articles": "Articles",
}
CASE_COLUMNS = (
    "organisation__name",
    "number",
    "title",
    "description",
    "state",
    "severity",
    "opened_at",
    "closed_at",
)


@care_only
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The results in groups. As a part: the list below the search field, while somebody types."""
    user, kind = signed_in(request), request.GET.get("kind", "")
    is_part = "part" in request.GET  # the list below the field
    filters = CaseFilters.from_query(request.GET.dict())
    everything = search(filters, user, kind=kind if kind in LABELS else "", is_brief=is_part)
    context = {
        "typed": request.GET.get("q", "").replace("\0", "")[:200],
        "filters": filters,
        "groups": everything.groups,
        "problems": everything.problems,
        "kind": kind,
        "all_url": f"{reverse('console:search')}?{filters.query()}",
    }
    template = "search/_options.html" if is_part else "console/search.html"
    return render(request, template, context)


def search(filters: CaseFilters, user: User, *, kind: str, is_brief: bool) -> Results:
    """What the words and filters mean; at most ten statements. Filters are for cases, so with one
    there are no other results.
    """
    query = filters.search_query
    if query is None and not filters.has_filters:
        return Results([], [])
    most = results.FEW if is_brief else results.MANY if kind else results.SHOWN
    cases, problems = filters.applied(
        Case.objects.visible_to(user).select_related("organisation").only(*CASE_COLUMNS), user
    )
    groups = [_cases(query, cases, filters, user, most)]
    if query is not None and not filters.has_filters:
        groups += _others(query, user, most, kind)
    shown = [group for group in groups if group.hits and kind in ("", group.kind)]
    return Results(sorted(shown, key=best_first(query, LABELS)), problems)


def _cases(
    query: SearchQuery | None, cases: Any, filters: CaseFilters, user: User, most: int
) -> ResultGroup:
    matches = results.matching_cases(query, cases, user, most + 1)
    details = {case.pk: _detail(case) for case in matches[:most]}
    hits = results.case_hits(query, matches[:most], user, "/console/cases/", details)
    all_url = f"{reverse('console:cases')}?{filters.query()}" if len(matches) > most else ""
    return ResultGroup("cases", LABELS["cases"], hits, all_url)


def _detail(case: Case) -> str:
    parts = [
        case.organisation.name,
        str(case.get_severity_display()),
        str(case.get_state_display()),
    ]
    day = case.closed_at if case.state == CaseState.CLOSED else case.opened_at
    return " · ".join([*parts, f"{day:%-d %b %Y}" if day else ""])


def _others(query: SearchQuery, user: User, most: int, kind: str) -> list[ResultGroup]:
    """Customers, people, analyses and articles that match the words."""
    keys = results.documents(query, user)
    wanted = {name: matches[: most + 1] for name, matches in keys.items()}
    hits = _named(wanted)
    groups = [
        ResultGroup(
            name,
            LABELS[name],
            [hits[name, key] for key in wanted[name][:most] if (name, key) in hits],
            _all_of(name, query) if len(wanted[name]) > most and not kind else "",
        )
        for name in wanted
    ]
    groups.append(ResultGroup("articles", LABELS["articles"], results.article_hits(query, most)))
    return groups


def _all_of(kind: str, query: SearchQuery) -> str:
    return f"{reverse('console:search')}?{CaseFilters(q=query.text).query()}&kind={kind}"


def _named(keys: dict[str, list[int]]) -> dict[tuple[str, int], Hit]:
    """The names of documents, in one statement."""
    organisations = Organisation.objects.filter(pk__in=keys.get("organisation", ())).values_list(
        Value("organisation"), "pk", "name", "short_name", Value("")
    )
    people = User.objects.filter(pk__in=keys.get("person", ())).values_list(
        Value("person"), "pk", "name", "email", "organisation__name"
    )
    analyses = Analysis.objects.filter(pk__in=keys.get("analysis", ())).values_list(
        Value("analysis"),
        "pk",
        "case__title",
        Cast("case__number", CharField()),
        "case__organisation__name",
    )
    rows = organisations.union(people, analyses, all=True) if any(keys.values()) else []
    return {(kind, key): _hit(kind, key, *names) for kind, key, *names in rows}


def _hit(kind: str, key: int, name: str, more: str, organisation: str | None) -> Hit:
    if kind == "organisation":
        return Hit(reverse("console:customer_page", args=[more]), name, detail=more)
    if kind == "person":
        page = "console:person" if organisation else "console:analyst"
        return Hit(reverse(page, args=[key]), name, detail=f"{more} · {organisation or 'Care'}")
    code = case_code(int(more))
    return Hit(f"/console/rca/{code}/", name, code, organisation or "")
