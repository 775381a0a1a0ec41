"""The queue's page, its updates, the next best case, and saved views."""

from django.contrib import messages
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_safe
from django_fsm import TransitionNotAllowed

from caretrack.web.console import caller_search
from caretrack.web.console.case_list import place_of
from caretrack.web.console.list_columns import QUEUE, layout_of
from caretrack.web.console.queue import bulk, live
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import is_key, number_in
from caretrack.web.shared.queue import rows
from caretrack.web.shared.queue.cursors import BadCursor, Cursor
from caretrack.web.shared.queue.filters import MEANS, NOBODY, VIEWS, QueueFilters, pairs
from caretrack.web.shared.queue.page import PAGE, beside, count_label, numbers, page
from caretrack.web.shared.selects import select
from cases import actions, saved_views
from cases.choices import CaseState, Severity
from cases.models import Area, Case, EntryPoint, SavedView
from contacts import namesakes
from contacts.models import Team, User
from contacts.models.people import CARE_ROLES
from core.errors import Refused
from sla.models.clock import CARES_PROMISES
from sla.queue import LEFT

CHOICES_CACHE_SECONDS = 60
MOST_TRIED, MOST_PEOPLE = 20, 300


@care_only
@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    """Open cases in the order of §8, with the reason of their position."""
    user, now = signed_in(request), timezone.now()
    filters = QueueFilters.from_query(request.GET)
    try:
        after, before = (_place(request, key) for key in ("after", "before"))
    except BadCursor:
        reason = "This address is no longer valid. Open the queue from the start."
        return render(request, "refused.html", {"reason": reason}, status=400)
    counts, saved = beside(
        user, now, history=filters.history
    )  # before the rows, so that later events count as updates
    queue = page(user, filters, now=now, cursor=after, before=before)
    query = filters.query()
    start = number_in(request.GET.get("from")) or 1
    is_first = after is None and before is None
    start = 1 if is_first else start
    current = next((view for view in saved if view.query == query), None)
    layout = layout_of(user, QUEUE, current.columns if current else "")
    context = {
        "rows": rows.shown(queue.cases, queue.as_of, [column.name for column in layout.columns]),
        "layout": layout,
        "page": queue,
        "filters": filters,
        "is_first": is_first,
        "place": place_of(request, query),
        "first_shown": start,
        "last_shown": start + len(queue.cases) - 1,
        "next_from": start + len(queue.cases),
        "previous_from": max(1, start - PAGE),
        "total": "" if filters.is_filtered else count_label(counts[filters.view]),
        "query": query,
        "views": rows.nav(_views(filters, counts), "" if current else filters.view),
        "view_label": VIEWS[filters.view],
        "means": MEANS.get(filters.view, ""),
        "replayed": count_label(counts["replayed"]) if counts["replayed"] else "",
        "applications": count_label(counts["applications"]),
        "selects": _selects(filters),
        "bulk": bulk.choices(),
        "has_more": bool(queue.next or queue.previous),
        "without": filters.without,
        "with_history": filters.query(history=True),
        "without_history": filters.query(history=False),
        "saved_views": saved,
        "current": current,
        "me": user.pk,
        "newest": counts["newest"],
        "shown": ",".join(str(number) for number in numbers(queue.cases)),
    }
    return render(request, "console/queue.html", context)


def _views(filters: QueueFilters, counts: dict[str, int]) -> list[tuple[str, str, str, str, str]]:
    return [
        (key, label, count_label(counts[key]), filters.query(view=key), MEANS.get(key, ""))
        for key, label in VIEWS.items()
    ]


def _offered() -> dict[str, list[tuple[object, str]]]:
    """Teams, areas and people to filter by. Equal for all of Care, and cached for a minute."""
    choices: dict[str, list[tuple[object, str]]] | None = caches["process"].get("console:choices")
    if choices is None:
        people = User.objects.filter(role__in=CARE_ROLES, is_active=True)
        choices = {
            "team": list(Team.objects.values_list("pk", "name")),
            "area": [
                (name, name)
                for name in Area.objects.order_by("name").values_list("name", flat=True)
            ],
            "assignee": list(
                namesakes.labels_of(
                    people.order_by("name").values_list("pk", "name", "email")[:MOST_PEOPLE]
                ).items()
            ),
        }
        caches["process"].set("console:choices", choices, CHOICES_CACHE_SECONDS)
    return choices


def _selects(filters: QueueFilters) -> list[tuple[str, SafeString]]:
    """The filters with their options, in the order of the page."""
    offered = _offered()
    people: list[tuple[object, str]] = [(NOBODY, "Nobody"), *offered["assignee"]]
    return [
        ("Severity", select("severity", Severity.choices, str(filters.severity or ""))),
        (
            "State",
            select(
                "state", [c for c in CaseState.choices if c[0] != CaseState.CLOSED], filters.state
            ),
        ),
        ("Time left", select("left", LEFT.items(), filters.left)),
        (
            "Service target",
            select(
                "kind", [(kind.value, kind.label) for kind in CARES_PROMISES[:-1]], filters.kind
            ),
        ),
        ("Team", select("team", offered["team"], filters.team)),
        ("Analyst", select("assignee", people, filters.assignee)),
        ("Area", select("area", offered["area"], filters.area)),
    ]


@care_only
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """Organisations that the input may mean, by their names or people, as options of a field."""
    typed = (
        (request.GET.get("organisation") or request.GET.get("customer", ""))
        .replace("\0", "")
        .strip()[:200]
    )
    options = "".join(
        f'<option value="{escape(caller.organisation.short_name)}">{escape(caller.label)}</option>'
        for caller in caller_search.callers(typed)
    )
    return HttpResponse(mark_safe(options))  # noqa: S308 (escaped on the line above)


def _place(request: HttpRequest, key: str) -> Cursor | None:
    return Cursor.from_text(request.GET[key], timezone.now()) if key in request.GET else None


@care_only
@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """Updates since the page was rendered. Polled every few seconds, and cheap without updates."""
    since, shown = request.GET.get("since", ""), request.GET.get("shown", "")
    if not is_key(since):
        raise Refused("Say since which event: a number, as the queue's page carries it.")
    listed = [int(number) for number in shown.split(",")[:200] if is_key(number)]
    user, filters, seen = (
        signed_in(request),
        QueueFilters.from_query(request.GET),
        request.GET.get("seen", ""),
    )
    seen_at = int(seen) if is_key(seen) else 0
    changes = live.news(
        user, filters, since=int(since), seen=seen_at, now=timezone.now(), shown=listed
    )
    return JsonResponse(
        {"version": changes.version, "arrived": changes.arrived, "changed": changes.changed}
    )


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def next_best(request: HttpRequest) -> HttpResponse:
    """GET shows the next best case and the reason. POST takes it."""
    return take_next(request) if request.method == "POST" else next_case(request)


def take_next(request: HttpRequest) -> HttpResponse:
    """Take the next best case and redirect to it.

    If somebody else was faster, take the one after.
    """
    user, tried = signed_in(request), list[int]()
    for _ in range(MOST_TRIED):
        best = live.next_best(user, timezone.now(), skipping=tuple(tried))
        if best is None:
            break
        tried.append(best.number)
        case = Case.objects.visible_to(user).get(number=best.number)
        try:
            if best.assignee_id is None and not _take(case, user):
                continue
        except (Refused, TransitionNotAllowed):
            continue
        messages.success(request, f"{best.code} came next: {rows.reason(best, timezone.now())}.")
        return redirect("console:case", number=case)
    messages.info(
        request,
        "Nothing needs you: no open case of yours or your teams is waiting for Care.",
    )
    return redirect("console:queue")


def _take(case: Case, user: User) -> bool:
    """Take an unassigned case. False if somebody was faster."""
    return actions.take_free(case, by=user) is not None


def next_case(request: HttpRequest) -> HttpResponse:
    """The next best case and the reason, for the queue's keyboard shortcut."""
    now = timezone.now()
    best = live.next_best(signed_in(request), now)
    return render(
        request, "console/_next.html", {"best": best, "why": rows.reason(best, now) if best else ""}
    )


@care_only
@require_safe
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """A preview of a case, beside the queue."""
    cases = Case.objects.visible_to(signed_in(request)).select_related(
        "organisation", "contact", "assignee", "queue_entry"
    )
    case = get_object_or_404(cases, number=number)
    updates = case.updates.select_related("by").order_by("-at", "-id")[:3]
    return render(request, "console/_preview.html", {"case": case, "updates": list(updates)[::-1]})


@care_only
@post_only
def save_view(request: HttpRequest) -> HttpResponse:
    """Save the list as a view, for oneself or for all of Care."""
    query = QueueFilters.from_query(pairs(request.POST.get("query", ""))).query()
    view = saved_views.save(
        by=signed_in(request),
        audience=EntryPoint.CONSOLE,
        name=request.POST.get("name", ""),
        query=query,
        is_shared=request.POST.get("shared") == "1",
    )
    messages.success(
        request, f"Saved as “{view.name}”{', for all of Care' if view.is_shared else ''}."
    )
    return redirect(f"/console/?{view.query}")


@care_only
@post_only
def remove_view(request: HttpRequest, view: int) -> HttpResponse:
    """Delete a view of one's own. The list itself stays."""
    saved_view = get_object_or_404(
        SavedView.objects.filter(person=signed_in(request), audience=EntryPoint.CONSOLE), pk=view
    )
    saved_views.remove(saved_view, by=signed_in(request))
    messages.success(request, f"“{saved_view.name}” is removed.")
    return redirect(f"/console/?{saved_view.query}")
