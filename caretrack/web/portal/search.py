"""Search of everything a customer reads: cases open and closed, people, analyses, articles."""

from typing import Any

from django.db.models import CharField, Value
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from caretrack.web.portal.cases import filter_options
from caretrack.web.portal.search_filters import SearchFilters, state_options
from caretrack.web.shared.access import customers_only, signed_in
from caretrack.web.shared.readers import state_label
from caretrack.web.shared.search import results
from caretrack.web.shared.search.results import Hit, ResultGroup, Results, best_first
from caretrack.web.shared.selects import select
from caretrack.web.shared.templatetags.care import day
from cases.choices import CaseState, Severity
from cases.known_areas import area_label
from cases.models import Case
from cases.models.case import case_code
from cases.querysets import CaseQuerySet
from contacts import namesakes
from contacts.models import User
from core.search_query import SearchQuery
from rca.models import Analysis

GROUPS = {
    "cases": gettext_lazy("Cases"),
    "person": gettext_lazy("People"),
    "analysis": gettext_lazy("Root cause analyses"),
    "articles": gettext_lazy("Articles"),
}
CASE_COLUMNS = (
    "number",
    "title",
    "description",
    "state",
    "severity",
    "contact__name",
    "contact__email",
    "opened_at",
    "closed_at",
)


@customers_only
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The results in groups. As a part: the list below the search field, while somebody types."""
    user, kind = signed_in(request), request.GET.get("kind", "")
    kind, is_part = kind if kind in GROUPS else "", "part" in request.GET
    filters = SearchFilters.from_query(request.GET.dict())
    everything = search(filters, user, kind=kind, is_brief=is_part)
    context = {
        "typed": request.GET.get("q", "").replace("\0", "")[:200],
        "filters": filters,
        "chosen": filters.chosen,
        "groups": everything.groups,
        "problems": everything.problems,
        "kind": kind,
        "all_url": f"{reverse('portal:search')}?{filters.query()}",
    }
    if is_part:
        return render(request, "search/_options.html", context)
    return render(request, "portal/search.html", context | {"selects": _selects(filters, user)})


def search(filters: SearchFilters, user: User, *, kind: str, is_brief: bool) -> Results:
    """What the words and filters mean. Filters are for cases, so with one there are no other
    results.
    """
    query = filters.search_query
    if query is None and not filters.has_filters:
        return Results([], [])
    most = results.FEW if is_brief else results.MANY if kind else results.SHOWN
    cases = Case.objects.visible_to(user).select_related("contact").only(*CASE_COLUMNS)
    cases = cases.annotate(contact_namesakes=namesakes.addresses_of_namesakes("contact"))
    cases, problems = filters.applied(cases, user)
    groups = [_cases(query, cases, user, most)]
    if query is not None and not filters.has_filters:
        groups += _others(query, user, most)
    shown = [
        _limited(group, filters, most, kind)
        for group in groups
        if group.hits and kind in ("", group.kind)
    ]
    return Results(sorted(shown, key=best_first(query, GROUPS)), problems)


def _limited(group: ResultGroup, filters: SearchFilters, most: int, kind: str) -> ResultGroup:
    """The group without the one result more that was read, and where the others are."""
    if len(group.hits) <= most:
        return group
    if kind:
        note = _("These are the first {count}. More words or filters find fewer.")
        return ResultGroup(group.kind, group.label, group.hits[:most], note=note.format(count=most))
    address = f"{reverse('portal:search')}?{filters.query()}&kind={group.kind}"
    return ResultGroup(group.kind, group.label, group.hits[:most], address)


def _cases(query: SearchQuery | None, cases: CaseQuerySet, user: User, most: int) -> ResultGroup:
    matches = results.matching_cases(query, cases, user, most + 1)
    details = {case.pk: _detail(case) for case in matches}
    hits = results.case_hits(query, matches, user, "/portal/cases/", details)
    return ResultGroup("cases", GROUPS["cases"], hits)


def _detail(case: Case) -> str:
    others = case.contact_namesakes  # type: ignore[attr-defined]
    at = case.closed_at if case.state == CaseState.CLOSED else case.opened_at
    return " · ".join(
        [
            str(case.get_severity_display()),
            state_label(case.state, is_care=False),
            namesakes.label_among(case.contact.name, case.contact.email, others),
            day(at or case.opened_at),
        ]
    )


def _others(query: SearchQuery, user: User, most: int) -> list[ResultGroup]:
    """People, published analyses and articles that match the words."""
    keys = results.documents(query, user)
    hits = _named(keys, user)
    groups = [
        ResultGroup(
            kind,
            GROUPS[kind],
            [hits[kind, key] for key in keys.get(kind, ()) if (kind, key) in hits][: most + 1],
        )
        for kind in ("person", "analysis")
    ]
    articles = results.article_hits(query, most + 1)
    groups.append(ResultGroup("articles", GROUPS["articles"], articles))
    return groups


def _named(keys: dict[str, list[int]], user: User) -> dict[tuple[str, int], Hit]:
    """The names of documents, in one statement: what the pages of the organisation show."""
    people = User.objects.filter(
        pk__in=keys.get("person", ()), organisation=user.organisation_id, is_active=True
    ).values_list(Value("person"), "pk", "name", "email")
    analyses = Analysis.objects.filter(
        pk__in=keys.get("analysis", ()),
        organisation=user.organisation_id,
        versions__isnull=False,
    ).values_list(Value("analysis"), "pk", "case__title", Cast("case__number", CharField()))
    rows = people.union(analyses) if any(keys.values()) else []
    return {(kind, key): _hit(kind, key, *names) for kind, key, *names in rows}


def _hit(kind: str, key: int, name: str, more: str) -> Hit:
    if kind == "person":
        return Hit(reverse("portal:person", args=[key]), name, detail=more)
    code = case_code(int(more))
    return Hit(reverse("portal:rca", args=[code]), name, code)


def _selects(filters: SearchFilters, user: User) -> list[tuple[str, SafeString]]:
    """The filters that can be chosen; a value that was typed is one of the choices."""
    options = filter_options(user)
    areas = [(name, area_label(name)) for name in options.areas]
    offered: dict[str, tuple[str, list[tuple[str, Any]], str]] = {
        "state": (_("State"), list(state_options()), _("Any")),
        "severity": (
            _("Severity"),
            [(str(value), label) for value, label in Severity.choices],
            _("Any"),
        ),
        "area": (_("Area"), areas, _("Any")),
        "site": (_("Site"), [(name, name) for _pk, name in options.sites], _("Any")),
        "contact": (
            _("Opened by"),
            [(options.emails[pk], label) for pk, label in options.people],
            _("Anyone"),
        ),
    }
    selects = []
    for name, (label, choices, empty) in offered.items():
        chosen = getattr(filters, name)
        if chosen and chosen not in dict(choices):
            choices.append((chosen, chosen))
        selects.append((label, select(name, choices, chosen, empty)))
    return selects
