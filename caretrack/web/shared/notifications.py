"""`/notices/`, in portal and console: a person's notifications by day, unread or read, with links
to the cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Self
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from caretrack.web.shared.access import signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.selects import select
from cases.bulk_actions import BY_NOUN
from cases.bulk_jobs import RUN
from cases.models import BulkJob, BulkJobOutcome, Notification
from cases.models.case import case_code, is_code, number_of
from cases.notifications import in_app
from cases.notifications.in_app import NotifiedCase
from contacts.models import User
from core.formatting import is_japanese, japanese_day
from core.pagination import Page, RowCompare, read_time_cursor, time_cursor

SIZE, MOST_JOBS = 30, 10
UNREAD = "unread"
# What a row shows. The text of an email and the description of a case may be long.
# A case needs its state to be read at all.
SHOWN = (
    "subject",
    "created_at",
    "state",
    "read_at",
    "case__number",
    "case__title",
    "case__state",
)


@dataclass(frozen=True)
class NoticeFilters:
    """The filters in the URL: unread ones only, and those about one case. Unknown values are
    ignored.
    """

    unread_only: bool = False
    case: int | None = None

    @classmethod
    def from_query(cls, params: QueryDict) -> Self:
        code = params.get("case", "").strip()
        return cls(params.get("show") == UNREAD, number_of(code) if is_code(code) else None)

    @property
    def code(self) -> str:
        return case_code(self.case) if self.case is not None else ""

    def query(self, *, unread_only: bool | None = None) -> str:
        """The filters for a URL; `unread_only` replaces that filter."""
        unread_only = self.unread_only if unread_only is None else unread_only
        values = {"show": UNREAD if unread_only else "", "case": self.code}
        return urlencode({name: value for name, value in values.items() if value})


def address(request: HttpRequest) -> str:
    """The URL of the reader's notifications."""
    return "/notices/" if signed_in(request).is_care else "/portal/notices/"


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Notifications by day, newest first; all of them, the unread ones, or those about a case."""
    user, filters = signed_in(request), NoticeFilters.from_query(request.GET)
    queryset = in_app.notices_of(user, case=filters.case, unread_only=filters.unread_only)
    page = _page(queryset, request.GET.get("after", ""))
    cases = in_app.cases_of(user)
    chosen = next((case for case in cases if case.number == filters.case), None)
    has_jobs = user.is_care and filters.case is None and page.is_first
    context = {
        "page": page,
        "ended_jobs": _ended_jobs(user) if has_jobs else [],
        "days": by_day(page.rows),
        "here": address(request),
        "filters": filters,
        "query": filters.query(),
        "tabs": [
            (pgettext("notifications", "All"), False, filters.query(unread_only=False)),
            (pgettext("notifications", "Unread"), True, filters.query(unread_only=True)),
        ],
        "cases": _case_select(cases, filters),
        "chosen": chosen,
        # Only recent notifications are counted by case; an older one may still be unread.
        "may_mark_case": filters.case is not None and (chosen is None or chosen.unread > 0),
    }
    return render(request, "notices/list.html", context)


def _ended_jobs(user: User) -> list[tuple[BulkJob, str, int, int]]:
    """(job, its action, cases done, cases refused) of the bulk jobs that ended unread."""
    return [
        (
            job,
            BY_NOUN[job.noun].label,
            job.count_of(RUN, BulkJobOutcome.DONE),
            job.count_of(RUN, BulkJobOutcome.REFUSED),
        )
        for job in in_app.ended_jobs_of(user)[:MOST_JOBS]
    ]


def _page(queryset: Any, after: str) -> Page:
    position = read_time_cursor(after)
    if position is not None:
        queryset = queryset.filter(RowCompare([F("created_at"), F("id")], "<", position))
    rows = list(queryset.only(*SHOWN)[: SIZE + 1])
    last = rows[SIZE - 1] if len(rows) > SIZE else None
    cursor = time_cursor(last.created_at, last.pk) if last else ""
    return Page(rows[:SIZE], cursor, position is None)


def _case_select(cases: Sequence[NotifiedCase], filters: NoticeFilters) -> SafeString:
    options = [(case.code, f"{case.code} {case.title}") for case in cases]
    if filters.code and filters.code not in dict(options):
        options.append((filters.code, filters.code))
    return select("case", options, filters.code, _("All cases"))


def by_day(rows: Sequence[Notification]) -> list[tuple[str, list[Notification]]]:
    """Notifications that are ordered by time, under the heading of their day in the reader's
    zone.
    """
    return [
        (day_heading(day), list(group))
        for day, group in groupby(rows, lambda row: timezone.localtime(row.created_at).date())
    ]


def day_heading(day: date) -> str:
    """“Today”, “Yesterday” or the date with its weekday, with the year if it is another."""
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if is_japanese():
        return japanese_day(day, today.year)
    return day.strftime("%A %-d %B" if day.year == today.year else "%A %-d %B %Y")


@login_required
@post_only
def opening(request: HttpRequest, notice: int) -> HttpResponse:
    """Open a notification: mark it as read and show its case."""
    user = signed_in(request)
    read = in_app.read(user, notice)
    if read is None:
        raise Http404
    return redirect("console:case" if user.is_care else "portal:case", read.case.code)


@login_required
@post_only
def all_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read, or those about one case."""
    filters = NoticeFilters.from_query(request.POST)
    in_app.read_all(signed_in(request), case=filters.case)
    if filters.case is None:
        messages.success(request, _("All notifications are marked as read."))
    else:
        text = _("All notifications about {code} are marked as read.")
        messages.success(request, text.format(code=filters.code))
    query = filters.query(unread_only=False)
    return redirect(f"{address(request)}?{query}" if query else address(request))
