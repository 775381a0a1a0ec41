"""The case list as a CSV file: as it is filtered and ordered, one batch of rows at a time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from caretrack.web.portal.case_rows import listed
from caretrack.web.portal.filters import CaseListFilters
from caretrack.web.shared import clock_view, costly_work
from caretrack.web.shared.access import customers_only, organisation_of, signed_in
from caretrack.web.shared.case_pages import leaf
from caretrack.web.shared.file_response import as_file
from caretrack.web.shared.readers import paused_labels, state_label
from caretrack.web.shared.search.results import in_order_of
from cases import search
from cases.choices import CaseState
from cases.known_areas import area_label
from cases.models import Case
from contacts.models import User
from core.search_query import SearchQuery
from core.tenancy import scope_of_person, take
from insight.reports import tables
from insight.reports.tables import Cell

MOST_EXPORTED, BATCH = 10_000, 500
HEAD = (
    gettext_lazy("Case"),
    gettext_lazy("Title"),
    gettext_lazy("Severity"),
    gettext_lazy("State"),
    gettext_lazy("Whose turn"),
    gettext_lazy("Next target"),
    gettext_lazy("Due"),
    gettext_lazy("Area"),
    gettext_lazy("Site"),
    gettext_lazy("Opened by"),
    gettext_lazy("Opened"),
    gettext_lazy("Last activity"),
    gettext_lazy("Closed"),
    gettext_lazy("Reason for closing"),
)


@customers_only
@require_safe
def export(request: HttpRequest) -> Any:
    """The list of the address as a file. Times are in the reader's zone, which the file names."""
    user, now = signed_in(request), timezone.now()
    filters = CaseListFilters.from_query(request.GET.dict())
    zone = timezone.get_current_timezone_name()
    head = [*(str(name) for name in HEAD), _("Time zone: {zone}").format(zone=zone)]
    rows = _rows(filters, user, now, translation.get_language() or "en", zone)
    lines = costly_work.Stream(tables.csv_lines(head, rows))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"{organisation_of(user).short_name}-cases-{timezone.localdate()}.csv"
    return as_file(response, name)


def _rows(
    filters: CaseListFilters, user: User, now: datetime, language: str, zone: str
) -> Iterator[list[Cell]]:
    """The rows in batches. Each is read in the reader's scope, language and zone: the request is
    over while the file is sent.
    """
    count, after = 0, ""
    while count < MOST_EXPORTED:
        with take(scope_of_person(user)), translation.override(language), timezone.override(zone):
            cases, after = _batch(filters, user, now, after, min(BATCH, MOST_EXPORTED - count))
            rows = _cells(cases, now, user)
            if after and count + len(rows) >= MOST_EXPORTED:
                text = _("This file ends after {count} cases. Use filters for the others.")
                rows.append([text.format(count=MOST_EXPORTED)])
        yield from rows
        count += len(cases)
        if not after:
            return


def _batch(
    filters: CaseListFilters, user: User, now: datetime, after: str, size: int
) -> tuple[list[Case], str]:
    """Cases in the order of the list, and the cursor of the next ones. A search has one batch."""
    cases = filters.applied(listed(user, with_activity=True))
    if filters.q:
        keys = search.keys(SearchQuery.parse(filters.q), user)
        return (list(in_order_of(keys, cases)) if keys else []), ""
    page = leaf(cases, order=filters.order, now=now, after=after, before="", size=size)
    return page.rows, page.after


def _cells(cases: list[Case], now: datetime, user: User) -> list[list[Cell]]:
    clocks = clock_view.of_cases(cases, now, user, only_running=True)
    return [_row(case, clocks[case.pk]) for case in cases]


def _row(case: Case, clocks: list[clock_view.ClockView]) -> list[Cell]:
    is_yours, is_closed = case.is_contacts_turn, case.state == CaseState.CLOSED
    clock = clock_view.next_for_customer(case, clocks)
    turn = _("Waiting for you") if is_yours else _("With us")
    state = state_label(case.state, is_care=False)
    if clock is not None and clock.paused_by:
        turn = paused_labels()[clock.paused_by]
        state = turn if case.state == CaseState.WAITING_ON_CONTACT else state
    return [
        case.code,
        case.title,
        str(case.get_severity_display()),
        state,
        "" if is_closed else turn,
        str(clock.label) if clock else "",
        _time(clock.due_at if clock else None),
        area_label(case.area),
        case.site.name,
        case.contact.name,
        _time(case.opened_at),
        _time(case.last_message_at),
        _time(case.closed_at),
        str(case.get_closing_reason_display()) if is_closed else "",
    ]


def _time(at: datetime | None) -> Any:
    """An instant as spreadsheets read it, in the reader's zone."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
