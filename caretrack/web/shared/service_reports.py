"""Service reports for both sides, as page and as file; their schedules; exports of Care's lists."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from caretrack.web.shared import costly_work, pdf
from caretrack.web.shared.access import care_only, customers_only, organisation_of, signed_in
from caretrack.web.shared.field_choices import zones
from caretrack.web.shared.file_response import as_file
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.people_fields import PeopleField
from contacts.models import Organisation, User
from contacts.permissions import is_primary_contact
from core.errors import Refused
from core.tenancy import care_scope, organisation_scope
from insight import periods, queries
from insight.dimensions import WEEKDAYS
from insight.drilldown import DrilldownQuery
from insight.models import Dimension
from insight.periods import Period
from insight.queries import FigureQuery
from insight.reports import building, exporting, rows, schedules, tables
from insight.reports.building import Breach, ServiceReport
from insight.reports.models import Export, ExportState, ReportPeriod, ReportSchedule

FORMS = ("pdf", "csv", "xlsx")
TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


# --- The report, for both sides


@care_only
@require_safe
def of_organisation(request: HttpRequest, organisation: str) -> HttpResponse:
    """A customer's report for Care, with its schedules."""
    ours = get_object_or_404(Organisation, short_name=organisation)
    return _care_page(request, ours, None)


def _care_page(
    request: HttpRequest, ours: Organisation, form: "ScheduleForm | None"
) -> HttpResponse:
    period, wrong = _period(request)
    user = signed_in(request)
    context = _context(building.build(ours, period, timezone.now()), wrong) | {
        "schedules": ReportSchedule.objects.filter(organisation=ours).prefetch_related(
            "readers__recipient"
        ),
        "form": form or ScheduleForm(ours, initial={"zone": user.zone, "hour": 8, "weekday": 0}),
        "may_schedule": user.is_manager,
        "weekdays": WEEKDAYS,
    }
    return render(request, "managers/report.html", context, status=422 if form is not None else 200)


@customers_only
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """The report of the reader's organisation, for its primary contact and its recipients."""
    user = signed_in(request)
    _require_reader(user)
    period, wrong = _period(request)
    return render(
        request,
        "portal/report.html",
        _context(building.build(organisation_of(user), period, timezone.now()), wrong),
    )


def _require_reader(user: User) -> None:
    if not (is_primary_contact(user) or schedules.is_sent_to(user)):
        raise Refused(
            _("Only your primary contact can open the service report. Please ask them for it.")
        )


def _period(request: HttpRequest) -> tuple[Period, str]:
    today = timezone.localdate()
    params = request.GET if request.method == "GET" else request.POST
    if not (params.get("from") or params.get("to") or params.get("period")):
        return schedules.default_period(today), ""
    return periods.from_query(params, today)


def _context(report: ServiceReport, wrong: str) -> dict[str, Any]:
    period, more = report.period, report.missed - len(report.breaches)
    is_long = len(report.breaches) == building.MOST_SHOWN
    return {
        "report": report,
        "period": period,
        "wrong": bool(wrong),
        "is_pdf": pdf.is_possible(),
        "query": f"from={period.first.isoformat()}&to={period.last.isoformat()}",
        "more": more if is_long else 0,
        "being_written": 0 if is_long else more,
        "zone": report.zone,
    }


@login_required
@require_safe
def file(request: HttpRequest, organisation: str, form: str) -> HttpResponseBase:
    """A report as PDF, CSV or workbook, for Care and the organisation's own readers."""
    user = signed_in(request)
    if user.is_care:
        ours = get_object_or_404(Organisation, short_name=organisation)
    else:
        ours = organisation_of(user)
        if ours.short_name != organisation or not user.reads_cases:
            raise Http404
        _require_reader(user)
    period, _wrong = _period(request)
    if form == "pdf" and not pdf.is_possible():
        path = f"/insight/reports/{organisation}/" if user.is_care else "/portal/report/"
        return redirect(f"{path}?from={period.first}&to={period.last}")
    name = f"{organisation}-service-report-{period.first}-{period.last}.{form}"
    if form == "csv":
        return _csv(name, ours, period, user)
    with costly_work.turn():
        report = building.build(ours, period, timezone.now())
        if form == "pdf":
            content = pdf.render("reports/pdf.html", {**_context(report, ""), "user": user})
            response: HttpResponseBase = HttpResponse(content, content_type=TYPES["pdf"])
        else:
            breaches = building.breaches_of(ours, period, queries.now())
            response = _workbook(report, breaches, _facts(ours, period, user))
    return as_file(response, name)


def _facts(ours: Organisation, period: Period, user: User) -> Iterator[list[tables.Cell]]:
    """Every decided service target of the period, one row each."""
    question = FigureQuery(
        period, ((Dimension.ORGANISATION, str(ours.pk)),), history=True, from_facts=True
    )
    scope = care_scope if user.is_care else lambda: organisation_scope(ours.pk)
    return rows.facts(question, building.OF_PROMISES, "", scope, cares=user.is_care)


def _csv(name: str, ours: Organisation, period: Period, user: User) -> HttpResponseBase:
    head = [*rows.HEAD, *(rows.CARES if user.is_care else ())]
    lines = costly_work.Stream(tables.csv_lines(head, _facts(ours, period, user)))
    return as_file(StreamingHttpResponse(lines, content_type=TYPES["csv"]), name)


def _workbook(
    report: ServiceReport, breaches: Iterator[Breach], facts: Iterator[list[tables.Cell]]
) -> HttpResponse:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        tables.write_xlsx(path, sheets(report, breaches, facts))
        return HttpResponse(path.read_bytes(), content_type=TYPES["xlsx"])


def sheets(
    report: ServiceReport, breaches: Iterator[Breach], facts: Iterator[list[tables.Cell]]
) -> list[tables.Sheet]:
    """The report as sheets: attainment, trend, all breaches with uncounted time, RCAs, actions, all
    targets.
    """
    return [
        (
            "Targets",
            [
                "Target",
                "Severity",
                "Met",
                "Missed",
                "Per cent",
                "Ended",
                "Median s of the ended",
                "90th percentile s of the ended",
            ],
            [
                [
                    line.label,
                    _severity(line.severity),
                    line.figures.met,
                    line.figures.missed,
                    line.figures.share,
                    line.figures.took.n,
                    line.figures.median,
                    line.figures.nine_tenths,
                ]
                for line in report.lines
            ],
        ),
        (
            "Over time",
            [
                "From",
                "To",
                "Opened",
                "Closed",
                "First responses met",
                "First responses missed",
                "Restorations met",
                "Restorations missed",
            ],
            [
                [
                    step.period.first,
                    step.period.last,
                    step.opened,
                    step.closed,
                    step.response.met,
                    step.response.missed,
                    step.restore.met,
                    step.restore.missed,
                ]
                for step in report.steps
            ],
        ),
        (
            "Breaches",
            [
                "Case",
                "Title",
                "Target",
                "Severity",
                "Began (UTC)",
                "Due (UTC)",
                "Missed (UTC)",
                "Ended (UTC)",
                "Target s",
                "Target days",
                "Used s",
                "Not counted",
                "Zone",
            ],
            (
                [
                    breach.code,
                    breach.title,
                    breach.label,
                    _severity(breach.severity),
                    breach.started_at,
                    breach.due_at,
                    breach.at,
                    breach.ended_at,
                    breach.target_seconds,
                    breach.target_days,
                    breach.used_seconds,
                    "; ".join(f"{skip.reason} {skip.seconds} s" for skip in breach.skipped),
                    breach.zone,
                ]
                for breach in breaches
            ),
        ),
        (
            "Analyses",
            [
                "Case",
                "Title",
                "Due (UTC)",
                "Published (UTC)",
                "Newest version",
                "Newest published (UTC)",
                "Acknowledged",
                "Policy",
            ],
            [
                [
                    analysis.case.code,
                    analysis.case.title,
                    "after the next resolution" if analysis.is_due_again else analysis.due_at,
                    analysis.published_at,
                    analysis.newest,
                    analysis.newest_at,
                    "yes" if analysis.is_acknowledged else "no",
                    analysis.policy,
                ]
                for analysis in report.analyses
            ],
        ),
        (
            "Corrective actions",
            ["Case", "Action", "Owner", "Due on", "State"],
            [
                [
                    action.analysis.case.code,
                    action.what,
                    action.who,
                    action.due_on,
                    str(action.get_state_display()),
                ]
                for action in report.actions
            ],
        ),
        ("Every target", rows.HEAD, (row[: len(rows.HEAD)] for row in facts)),
    ]


def _severity(severity: int | None) -> str:
    from caretrack.web.shared.templatetags.care import severity_label

    return severity_label(severity) if severity else "all"


# --- Schedules


class ScheduleForm(forms.Form):
    """The recipients and times of a report."""

    covers = forms.ChoiceField(label="A report of", choices=ReportPeriod.choices)
    weekday = forms.TypedChoiceField(
        label="sent on the first", choices=list(enumerate(WEEKDAYS)), coerce=int
    )
    hour = forms.TypedChoiceField(
        label="at", choices=[(hour, f"{hour:02d}:00") for hour in range(24)], coerce=int
    )
    zone = forms.ChoiceField(label="in the zone")
    people = PeopleField(
        label="to",
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one reader."},
    )

    def __init__(self, organisation: Organisation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = zones()  # type: ignore[attr-defined]
        allowed = [person.pk for person in schedules.readers(organisation)]
        field: Any = self.fields["people"]
        field.queryset = User.objects.filter(pk__in=allowed).order_by("organisation__name", "name")
        for name in ("covers", "weekday", "hour", "zone"):
            self.fields[name].widget.attrs["class"] = "form-select"


@care_only
@post_only
def new_schedule(request: HttpRequest, organisation: str) -> HttpResponse:
    """Send this customer's report from now on."""
    ours = get_object_or_404(Organisation, short_name=organisation)
    form = ScheduleForm(ours, request.POST)
    if form.is_valid():
        try:
            report_schedule = schedules.schedule(ours, by=signed_in(request), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, f"The next report goes out {_when(report_schedule.next_at)}.")
            return redirect("insight:report", ours.short_name)
    return _care_page(request, ours, form)


def _when(at: datetime) -> str:
    return f"on {timezone.localtime(at):%A %-d %B at %H:%M} your time"


@care_only
@post_only
def schedule_removal(request: HttpRequest, organisation: str, schedule: int) -> HttpResponse:
    """Stop a schedule."""
    report_schedule = get_object_or_404(
        ReportSchedule, pk=schedule, organisation__short_name=organisation
    )
    schedules.stop(report_schedule, by=signed_in(request))
    messages.success(request, "It is sent no more.")
    return redirect("insight:report", organisation)


# --- Exports of Care's lists


@care_only
@post_only
def export(request: HttpRequest) -> Any:
    """Export the list of a URL: immediately if it is short, otherwise by a worker."""
    query, form = request.POST.get("query", "")[:1000], request.POST.get("form", "")
    if form not in ("csv", "xlsx"):
        raise Refused("Choose CSV or XLSX.")
    wanted = exporting.wanted_of(query, timezone.now())
    total = rows.number_of(wanted)
    name = f"{wanted.label} {wanted.filters.period.first} {wanted.filters.period.last}"
    if total > exporting.AT_ONCE:
        exporting.ask(by=signed_in(request), query=query, form=form, name=name, total=total)
        messages.info(
            request, f"{total:,} rows take a while. You get a letter when the file is ready."
        )
        return redirect("insight:exports")
    return _at_once(wanted, form, name)


def _at_once(wanted: DrilldownQuery, form: str, name: str) -> HttpResponseBase:
    head, facts = [*rows.HEAD, *rows.CARES], rows.rows_of(wanted, care_scope)
    file_name = f"{name.replace(':', '').replace(',', '').replace(' ', '-').lower()}.{form}"
    if form == "csv":
        lines = costly_work.Stream(tables.csv_lines(head, facts))
        return as_file(StreamingHttpResponse(lines, content_type=TYPES["csv"]), file_name)
    with costly_work.turn(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        tables.write_xlsx(path, [("Facts", head, facts)])
        return as_file(HttpResponse(path.read_bytes(), content_type=TYPES["xlsx"]), file_name)


@care_only
@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """The reader's exports, with their progress."""
    mine = Export.objects.filter(by=signed_in(request))[:50]
    context = {
        "exports": mine,
        "is_under_way": any(one.is_under_way for one in mine),
        "retention_days": exporting.RETENTION.days,
    }
    part = bool(getattr(request, "htmx", False))
    return render(request, "managers/_exports.html" if part else "managers/exports.html", context)


@care_only
@require_safe
def export_file(request: HttpRequest, export: int) -> Any:
    """A finished file, for the person who requested it."""
    one = get_object_or_404(Export, pk=export, by=signed_in(request), state=ExportState.READY)
    path = exporting.folder() / one.file
    if not path.is_file():
        raise Http404
    safe = one.name.replace(":", "").replace(",", "").replace(" ", "-").lower()
    return as_file(
        FileResponse(path.open("rb"), content_type=TYPES[one.form]), f"{safe}.{one.form}"
    )
