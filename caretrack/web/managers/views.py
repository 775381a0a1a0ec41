"""The pages of insight: wallboard, open cases, SLA attainment, throughput, and drilldowns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from caretrack.web.managers import wallboard
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.queue.filters import QueueFilters
from caretrack.web.shared.queue.page import QueueRow
from caretrack.web.shared.queue.rows import LABELS, NO_CLOCK, share_used
from caretrack.web.shared.templatetags.care import duration
from cases.choices import CaseState, Severity
from cases.models.case import OPEN_STATES
from insight import (
    attainment,
    drilldown,
    filters,
    findings,
    open_counts,
    periods,
    plots,
    throughput,
)
from insight.filters import FigureFilters
from sla.queue import AGES

MOST_ORGANISATIONS = 200


@care_only
@require_safe
def now(request: HttpRequest) -> HttpResponse:
    """The wallboard: open cases, near breaches, people on call. It refreshes itself."""
    part = wallboard.shown(signed_in(request), timezone.now(), _drawn)
    if getattr(request, "htmx", False):
        return HttpResponse(part)
    return render(request, "managers/wall.html", {"part": mark_safe(part), "theme": "dark"})  # noqa: S308 (a template's)


def _drawn(wall: wallboard.Wall) -> str:
    return render_to_string("managers/_wall.html", _wall(wall))


def _wall(wall: wallboard.Wall) -> dict[str, Any]:
    queue = QueueFilters()
    states = [(CaseState(state), queue.query(state=str(state))) for state in OPEN_STATES]
    tallest = max((hour.all for hour in wall.ribbon), default=0) or 1
    return {
        "wall": wall,
        "zone": timezone.get_current_timezone_name(),
        "states": states,
        "rows": [
            (
                severity,
                [
                    (
                        wall.open.get((severity, state), 0),
                        queue.query(severity=int(severity), state=str(state)),
                    )
                    for state, _ in states
                ],
                (wall.of_severity(severity), queue.query(severity=int(severity))),
            )
            for severity in Severity
        ],
        "sums": [
            ("Open", wall.all_open, queue.query(), ""),
            (
                "Breached now",
                wall.time_left_bucket("missed"),
                queue.query(left="missed"),
                "missed",
            ),
            ("Due within 1 h", wall.time_left_bucket("hour"), queue.query(left="hour"), "near"),
            ("Due in 1 to 4 h", wall.time_left_bucket("hours"), queue.query(left="hours"), ""),
            ("Update overdue", wall.overdue, queue.query(view="overdue"), "near"),
            ("Unassigned", wall.unassigned, queue.query(view="unassigned"), ""),
        ],
        "critical": [_named(row, wall.as_of) for row in wall.critical],
        "critical_all": (wall.of_severity(Severity.CRITICAL), queue.query(severity=1)),
        "closing": (wall.closing, queue.query(view="closing")),
        "ribbon": [
            (hour, _stacked(hour.counts, tallest), queue.query(due=f"{hour.at:%Y-%m-%dT%H}"))
            for hour in wall.ribbon
        ],
    }


def _named(row: QueueRow, as_of: datetime) -> tuple[QueueRow, str, int, str, bool]:
    """A Critical case with its nearest clock: label, used share, time left, missed or not."""
    if not row.has_clock or row.due_at is None:
        return row, "", 0, NO_CLOCK.get(CaseState(row.state), "no SLA running"), False
    is_missed = row.due_at < as_of
    left = (
        (f"missed by {duration(-row.left)}" if row.left < 0 else "missed")
        if is_missed
        else duration(row.left)
    )
    return row, LABELS[row.nearest_kind], share_used(row), left, is_missed


def _stacked(counts: Mapping[int, int], tallest: int) -> list[tuple[int, int, int]]:
    """The pieces of a bar of 100: severity, top and height, the worst at the bottom."""
    pieces, foot = [], 100
    for severity, count in sorted(counts.items()):
        tall = max(round(96 * count / tallest), 2)
        foot -= tall
        pieces.append((severity, foot, tall))
    return pieces


@care_only
@require_safe
def opened(request: HttpRequest) -> HttpResponse:
    """Open cases by organisation, severity and state, from the counters. It reads no case."""
    history = request.GET.get("history") == "1"
    counted = open_counts.by_organisation(with_historical=history)
    return render(request, "managers/open.html", _open(counted, history))


def _open(counted: list[tuple[str, str, int, str, int]], history: bool) -> dict[str, Any]:
    queue = QueueFilters(history=history)
    by: dict[str, dict[tuple[int, str], int]] = {}
    names = {}
    for short, name, severity, state, n in counted:
        names[short] = name
        by.setdefault(short, {})[severity, state] = n
    rows = sorted(by, key=lambda short: (-sum(by[short].values()), short))
    shown = []
    for short in rows[:MOST_ORGANISATIONS]:
        counts = by[short]
        shown.append(
            (
                names[short],
                short,
                sum(counts.values()),
                queue.query(organisation=short),
                [
                    (
                        sum(n for (s, _), n in counts.items() if s == severity),
                        queue.query(organisation=short, severity=int(severity)),
                    )
                    for severity in Severity
                ],
                [
                    (
                        sum(n for (_, s), n in counts.items() if s == state),
                        queue.query(organisation=short, state=str(state)),
                    )
                    for state in OPEN_STATES
                ],
            )
        )
    everything = list(by.values())
    return {
        "rows": shown,
        "more": len(rows) - len(shown),
        "history": history,
        "severities": [
            (
                severity,
                sum(n for counts in everything for (s, _), n in counts.items() if s == severity),
                queue.query(severity=int(severity)),
            )
            for severity in Severity
        ],
        "states": [
            (
                CaseState(state),
                sum(n for counts in everything for (_, s), n in counts.items() if s == state),
                queue.query(state=str(state)),
            )
            for state in OPEN_STATES
        ],
        "all": sum(sum(counts.values()) for counts in everything),
        "query": queue.query(),
    }


def _choices(figure_filters: FigureFilters) -> dict[str, Any]:
    """The choices at the top of a page: periods, severities, replayed histories."""
    today = timezone.localdate()
    return {
        "periods": [
            (
                label,
                figure_filters.query(period=periods.named(name, today)),
                figure_filters.period.name == name,
            )
            for name, label in periods.NAMES.items()
            if name != "custom"
        ],
        "severities": [
            ("All", figure_filters.query(severity=None), figure_filters.severity is None)
        ]
        + [
            (
                str(severity.label),
                figure_filters.query(severity=int(severity)),
                figure_filters.severity == severity,
            )
            for severity in Severity
        ],
        "history": figure_filters.query(history=not figure_filters.history),
        "hidden_query": {
            **{str(d): key for d, key in figure_filters.where},
            "promise": figure_filters.promise,
            "by": str(figure_filters.by),
            "severity": str(figure_filters.severity or ""),
            "history": "1" if figure_filters.history else "",
        }.items(),
    }


@care_only
@require_safe
def attained(request: HttpRequest) -> HttpResponse:
    """SLA attainment."""
    figure_filters = FigureFilters.from_query(request.GET, timezone.localdate())
    promises = [
        (label, figure_filters.query(promise=str(kind)), figure_filters.promise == kind)
        for kind, label in filters.LABELS.items()
    ]
    by = [
        (dimension.label, figure_filters.query(by=dimension), figure_filters.by == dimension)
        for dimension in filters.BY
    ]
    context = (
        attainment.shown(figure_filters)
        | _choices(figure_filters)
        | {"promises": promises, "by": by}
    )
    return render(request, "managers/attainment.html", context)


@care_only
@require_safe
def flowing(request: HttpRequest) -> HttpResponse:
    """Throughput."""
    figure_filters = FigureFilters.from_query(request.GET, timezone.localdate())
    context = throughput.shown(figure_filters, timezone.now())
    context |= {"ages": _ages(context["ages"])}
    return render(request, "managers/flow.html", context | _choices(figure_filters))


@dataclass(frozen=True)
class AgeRow:
    """The open cases of a severity by age, each number with the query of the queue."""

    severity: Severity
    cells: list[tuple[int, str]]


def _ages(counted: list[tuple[Severity, list[int]]] | None) -> dict[str, Any] | None:
    """Open cases by age, as bars and as a table. None where a filter leaves no answer."""
    if counted is None:
        return None
    queue, stem = QueueFilters(), reverse("console:queue")
    rows = [
        AgeRow(
            severity,
            [
                (count, f"{stem}?{queue.query(severity=int(severity), age=age)}")
                for age, count in zip(AGES, counts, strict=True)
            ],
        )
        for severity, counts in counted
    ]
    labels = [label for label, *_ in AGES.values()]
    columns = [[_piece(row, index, labels[index]) for row in rows] for index in range(len(labels))]
    sums = [sum(row.cells[index][0] for row in rows) for index in range(len(labels))]
    return {
        "rows": rows,
        "labels": labels,
        "plot": plots.stacked_bars(columns, labels),
        "finding": findings.of_ages(sums, list(AGES).index("weeks"), "a week"),
    }


def _piece(row: AgeRow, index: int, label: str) -> tuple[str, plots.Value]:
    count, address = row.cells[index]
    title = f"{row.severity.label}, {label.lower()}: {count:,} open"
    return f"s{int(row.severity)}", plots.Value(count, title, address)


@care_only
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The cases of a figure."""
    wanted = drilldown.DrilldownQuery.from_query(request.GET, timezone.localdate())
    page = drilldown.page(wanted, request.GET.get("after", ""))
    query = request.GET.copy()
    query["after"] = page.after
    context = {
        "wanted": wanted,
        "page": page,
        "filters": wanted.filters,
        "onward": query.urlencode(),
        "is_first": not request.GET.get("after"),
    }
    return render(request, "managers/cases.html", context)
