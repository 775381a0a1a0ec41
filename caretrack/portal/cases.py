"""The list of the organisation's cases: filters in the address, words of the conversation, views kept by name."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from caretrack.paging import Leaf, leaf
from caretrack.people import customers_only, signed_in
from caretrack.portal.filters import SORTS, STATES, Filters
from caretrack.portal.forms import AREAS
from caretrack.portal.rows import listed, rows
from cases import search, views
from cases.models import Door, SavedView
from cases.verbs import Severity, State
from contacts.models import User
from contacts.permissions import is_designated_contact

PAGE = 25
MOST_PEOPLE = 200

OPTIONS = """
    (SELECT 'site', id, name, '', true FROM contacts_site WHERE organisation_id = %(ours)s ORDER BY name)
    UNION ALL (SELECT 'person', id, name, '', true FROM contacts_user
        WHERE organisation_id = %(ours)s AND role = 'contact' ORDER BY name LIMIT %(most)s)
    UNION ALL (SELECT 'view', id, name, query, person_id = %(me)s FROM cases_savedview
        WHERE organisation_id = %(ours)s AND door = 'portal' AND (person_id = %(me)s OR is_shared) ORDER BY name, id)
"""


@dataclass(frozen=True)
class Option:
    """Something to choose: a site, a person, or a view that was kept."""

    pk: int
    name: str
    query: str
    is_mine: bool


def options(user: User) -> dict[str, list[Option]]:
    """What the filters offer and the views this person keeps or was shown, in one statement."""
    found: dict[str, list[Option]] = {"site": [], "person": [], "view": []}
    with connection.cursor() as cursor:
        cursor.execute(OPTIONS, {"ours": user.organisation_id, "me": user.pk, "most": MOST_PEOPLE})
        for kind, *told in cursor.fetchall():
            found[kind].append(Option(*told))
    return found


@customers_only
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """Every case of the organisation that the address asks for."""
    user, now = signed_in(request), timezone.now()
    filters = Filters.of(request.GET.dict())  # type: ignore[arg-type]
    snippets: dict[int, Any] = {}
    if filters.q:
        asked = search.Asked.of(filters.q)
        page = _found(user, filters, asked, request.GET.get("from", ""))
        snippets = search.snippets(asked, page.rows, user)
    else:
        page = leaf(
            filters.applied(listed(user)), turn_first=filters.turn_first, size=PAGE,
            after=request.GET.get("after", ""), before=request.GET.get("before", ""),
        )  # fmt: skip
    query, offered = filters.query(), options(user)
    return render(
        request,
        "portal/cases.html",
        {
            "page": page, "rows": rows(page.rows, now, snippets), "filters": filters, "query": query,
            "tabs": [(key, label, filters.query(state=key, stage="")) for key, label in STATES.items()],
            "stages": State.choices, "severities": Severity.choices, "areas": AREAS, "sorts": SORTS.items(),
            "options": offered, "current": next((v for v in offered["view"] if v.query == query), None),
            "place": "from" if filters.q else "after", "may_file": is_designated_contact(user),
        },
    )  # fmt: skip


def _found(user: User, filters: Filters, asked: search.Asked, start: str) -> Leaf:
    """A page of what was found, best first; the finds are a bounded number, so a page is a stretch of them."""
    keys = search.keys(asked, user)
    first = int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 0
    if not filters.narrows and filters.state == "all":
        shown, more = keys[first : first + PAGE], len(keys) > first + PAGE
        by_key = {case.pk: case for case in listed(user).filter(pk__in=shown)}
        found = [by_key[key] for key in shown if key in by_key]
    else:
        matching = (
            set(filters.applied(listed(user)).filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()
        )
        kept = [key for key in keys if key in matching]
        more = len(kept) > first + PAGE
        by_key = {case.pk: case for case in listed(user).filter(pk__in=kept[first : first + PAGE])}
        found = [by_key[key] for key in kept[first : first + PAGE] if key in by_key]
    return Leaf(found, str(max(0, first - PAGE)) if first else "", str(first + PAGE) if more else "")


@customers_only
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the list under a name."""
    query = Filters.of(dict(_pairs(request.POST.get("query", "")))).query()
    view = views.save(by=signed_in(request), door=Door.PORTAL, name=request.POST.get("name", ""), query=query)
    messages.success(request, f"Kept as «{view.name}».")
    return redirect(f"/portal/cases/?{view.query}")


@customers_only
@require_POST
def rename_view(request: HttpRequest, view: int) -> HttpResponse:
    """Give a view another name."""
    kept = views.rename(_view(request, view), by=signed_in(request), name=request.POST.get("name", ""))
    return redirect(f"/portal/cases/?{kept.query}")


@customers_only
@require_POST
def remove_view(request: HttpRequest, view: int) -> HttpResponse:
    """Forget a view; the list itself stays."""
    kept = _view(request, view)
    views.remove(kept, by=signed_in(request))
    messages.success(request, f"«{kept.name}» is removed.")
    return redirect(f"/portal/cases/?{kept.query}")


def _view(request: HttpRequest, pk: int) -> SavedView:
    return get_object_or_404(SavedView.objects.filter(person=signed_in(request), door=Door.PORTAL), pk=pk)


def _pairs(query: str) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl

    try:
        return parse_qsl(query[:2000], max_num_fields=50)
    except ValueError:
        return []


def address(**asked: str) -> str:
    """The address of a list, for links from other pages."""
    return f"/portal/cases/?{urlencode(asked)}"
