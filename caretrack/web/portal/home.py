"""The portal's home page: cases that wait for the reader, on hold, with Care, and closed."""

from datetime import timedelta
from typing import Any

from django.db.models import Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.web.portal import own_drafts
from caretrack.web.portal.case_rows import listed, rows, with_unsent
from caretrack.web.portal.held_cases import held_entry, with_holds
from caretrack.web.shared.access import customers_only, signed_in
from contacts.permissions import is_designated_contact

SHOWN = 25
LATELY = 10
GROUPS = ("yours", "held", "ours", "closed")
RECENT = timedelta(days=30)


@customers_only
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Four groups of cases in one statement."""
    user, now = signed_in(request), timezone.now()
    cases, beside = with_unsent(listed(user), user), own_drafts.beside(user)
    waiting = cases.contacts_turn()
    yours = (
        waiting.exclude(held_entry())
        .annotate(group=Value("yours"))
        .order_by("severity", "opened_at", "id")
    )
    held = (
        waiting.filter(held_entry())
        .annotate(group=Value("held"))
        .order_by("severity", "opened_at", "id")
    )
    ours = (
        cases.with_cares_side()
        .annotate(group=Value("ours"))
        .order_by("severity", "opened_at", "id")
    )
    closed = (
        cases.filter(closed_at__gte=now - RECENT)
        .annotate(group=Value("closed"))
        .order_by("-closed_at", "-id")
    )
    every = (held[: SHOWN + 1], ours[: SHOWN + 1], closed[:LATELY])
    fetched = list(yours[: SHOWN + 1].union(*every, all=True))
    groups = {name: [c for c in fetched if c.group == name] for name in GROUPS}
    shown = [case for name in GROUPS for case in groups[name][:SHOWN]]
    by_case = {row.case.pk: row for row in rows(shown, now, user)}
    context: dict[str, Any] = {
        name: [by_case[case.pk] for case in part if case.pk in by_case]
        for name, part in groups.items()
    }
    context["held"] = with_holds(context["held"])
    return render(
        request,
        "portal/home.html",
        {
            **context,
            "more_yours": len(groups["yours"]) > SHOWN,
            "more_ours": len(groups["ours"]) > SHOWN,
            "more_held": len(groups["held"]) > SHOWN,
            "may_file": is_designated_contact(user),
            "phone_number": own_drafts.phone_of(user, now),
            "drafts": beside.drafts,
            "active": beside.active,
            "enough": beside.enough,
        },
    )
