"""The admin log: changes of the administration, by whom, with before and after (§14)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from caretrack.web.shared.access import care_only
from caretrack.web.shared.numbers import is_key
from contacts.models import AdminEvent
from core.pagination import Page

PAGE = 50
KINDS = (
    "organisation",
    "site",
    "licence",
    "calendar",
    "offering",
    "policy",
    "person of Care",
    "team",
    "working hours",
    "rota",
    "swap",
    "area",
    "article",
    "course",
    "macro",
    "account",
    "notice",
)


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every change, newest first; of one kind of object, of one object, or by name."""
    kind, key, text = (
        request.GET.get(name, "").replace("\0", "").strip()[:80] for name in ("kind", "key", "q")
    )
    after = request.GET.get("after", "")
    events = AdminEvent.objects.select_related("by")
    if kind:
        events = events.filter(kind=kind)
        if key:
            events = events.filter(key=key)
    if text:
        events = events.filter(name__icontains=text)
    if is_key(after):
        events = events.filter(pk__lt=int(after))
    else:
        after = ""
    rows = list(events.order_by("-pk")[: PAGE + 1])
    page = Page(rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else "", not after)
    params = request.GET.copy()
    params.pop("after", None)
    context = {
        "page": page,
        "kind": kind,
        "key": key,
        "text": text,
        "kinds": KINDS,
        "query": params.urlencode(),
    }
    return render(request, "console/changes.html", context)
