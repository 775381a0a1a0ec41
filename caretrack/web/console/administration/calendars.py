"""Calendars: where they are used, their year, their versions, and the editor (§9, §14)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.administration import calendar_forms
from caretrack.web.console.administration.calendar_forms import CalendarForm
from caretrack.web.console.administration.forms import take
from caretrack.web.shared.access import administrators_only, care_only, signed_in
from contacts import actions, calendar_reviews
from contacts.actions.calendars import difference
from contacts.models import CalendarVersion, Offering, Site, Team, WorkCalendar
from core.errors import Refused
from core.pagination import Page
from sla import calendar_preview
from sla.businesstime import BusinessTimeError

PAGE = 50
SHOWN = 20


def _counted(model: Any, **where: Any) -> Coalesce:
    rows = model.objects.filter(calendar=OuterRef("pk"), **where).order_by().values("calendar")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def _with_hours(queryset: QuerySet[WorkCalendar]) -> QuerySet[Any]:
    """Calendars with the key of the current version and the number of uses."""
    newest = (
        CalendarVersion.objects.filter(calendar=OuterRef("pk")).order_by("-number").values("pk")[:1]
    )
    return queryset.annotate(
        version_id=Subquery(newest),
        sites=_counted(Site),
        offerings=_counted(Offering),
        teams=_counted(Team),
    )


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every calendar by name, with its hours and its uses."""
    text, after = (
        request.GET.get(name, "").replace("\0", "").strip()[:100] for name in ("q", "after")
    )
    queryset = WorkCalendar.objects.order_by("name")
    if text:
        queryset = queryset.filter(name__icontains=text)
    if after:
        queryset = queryset.filter(name__gt=after)
    rows = list(_with_hours(queryset)[: PAGE + 1])
    page = Page(rows[:PAGE], rows[PAGE - 1].name if len(rows) > PAGE else "", not after)
    versions = CalendarVersion.objects.in_bulk(
        [row.version_id for row in page.rows if row.version_id]
    )
    params = request.GET.copy()
    params.pop("after", None)
    context = {
        "page": page,
        "rows": [(row, versions.get(row.version_id)) for row in page.rows],
        "text": text,
        "query": params.urlencode(),
    }
    return render(request, "console/administration/calendars.html", context)


@care_only
@require_safe
def show(request: HttpRequest, calendar: int) -> HttpResponse:
    """One calendar: hours, preview of a year, uses, and versions."""
    work_calendar = get_object_or_404(WorkCalendar, pk=calendar)
    versions = list(
        work_calendar.versions.select_related("calendar").order_by("-number")[: SHOWN + 1]
    )
    now = versions[0] if versions else None
    context: dict[str, Any] = {
        "calendar": work_calendar,
        "now": now,
        "versions": versions[:SHOWN],
        "more_versions": len(versions) > SHOWN,
        "year": calendar_preview.preview_year(now, _year(request)) if now else None,
        "warning": calendar_reviews.ending(now, timezone.localdate()),
        **_used_by(work_calendar),
    }
    return render(request, "console/administration/calendar.html", context)


def _used_by(calendar: WorkCalendar) -> dict[str, Any]:
    sites = list(
        Site.objects.filter(calendar=calendar)
        .select_related("organisation")
        .order_by("organisation__name", "name")[: SHOWN + 1]
    )
    return {
        "sites": sites[:SHOWN],
        "more_sites": len(sites) > SHOWN,
        "offerings": list(Offering.objects.filter(calendar=calendar)[:SHOWN]),
        "teams": list(Team.objects.filter(calendar=calendar)[:SHOWN]),
    }


def _year(request: HttpRequest) -> int:
    text = (request.POST if request.method == "POST" else request.GET).get("year", "")
    number = (
        int(text)
        if text.isascii() and text.isdigit() and len(text) == 4
        else timezone.localdate().year
    )
    return min(max(number, calendar_preview.FIRST), calendar_preview.LAST)


@care_only
@require_safe
def version(request: HttpRequest, calendar: int, version: int) -> HttpResponse:
    """One version: its content, and the differences to the previous one."""
    calendar_version = get_object_or_404(
        CalendarVersion.objects.select_related("calendar"),
        calendar=calendar,
        number=min(version, 2**31 - 1),
    )
    last = (
        CalendarVersion.objects.filter(calendar=calendar, number__lt=calendar_version.number)
        .order_by("-number")
        .first()
    )
    was, now = difference(last, calendar_version)
    rows = [
        (field, was.get(field), now.get(field))
        for field in ("zone", "week")
        if field in {*was, *now}
    ]
    before, after = (calendar_forms.labels(side) for side in (was, now))
    context = {
        "calendar": calendar_version.calendar,
        "version": calendar_version,
        "before": last,
        "differences": rows if last else [],
        "days": [(day, before.get(day), after.get(day)) for day in sorted({*before, *after})]
        if last
        else [],
        "year": calendar_preview.preview_year(calendar_version, _year(request)),
    }
    return render(request, "console/administration/calendar_version.html", context)


# --- Editor


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, calendar: int | None = None) -> HttpResponse:
    """Edit a calendar. The button imports holidays, previews a year, or saves."""
    work_calendar = get_object_or_404(WorkCalendar, pk=calendar) if calendar is not None else None
    now = (
        work_calendar.versions.select_related("calendar").order_by("-number").first()
        if work_calendar
        else None
    )
    if request.method != "POST":
        initial = CalendarForm.initial_of(now, timezone.localdate(), signed_in(request).zone)
        return _editor(
            request,
            work_calendar,
            now,
            CalendarForm(initial={"name": work_calendar.name if work_calendar else "", **initial}),
        )
    form = CalendarForm(request.POST)
    if "load" in request.POST:
        form = form.load()
        return _editor(
            request,
            work_calendar,
            now,
            form,
            status=422 if form.errors else 200,
            is_loaded=not form.errors,
        )
    if not form.is_valid():
        return _editor(request, work_calendar, now, form, status=422)
    if "preview" in request.POST:
        return _previewed(request, work_calendar, now, form)
    try:
        saved = actions.save_calendar(work_calendar, by=signed_in(request), **form.content())
    except (Refused, ValidationError) as error:
        take(form, error)
        return _editor(request, work_calendar, now, form, status=422)
    messages.success(
        request,
        f"“{saved.name}” is saved. It applies to new cases; other cases do not change.",
    )
    return redirect("console:calendar", saved.pk)


def _previewed(
    request: HttpRequest,
    work_calendar: WorkCalendar | None,
    now: CalendarVersion | None,
    form: CalendarForm,
) -> HttpResponse:
    try:
        form.unsaved().clean()
        after = calendar_preview.preview_year(form.unsaved(), _year(request))
    except (ValidationError, BusinessTimeError) as error:
        form.add_error(
            None, " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        )
        return _editor(request, work_calendar, now, form, status=422)
    before = calendar_preview.preview_year(now, after.number) if now else None
    return _editor(request, work_calendar, now, form, year=after, before=before)


def _editor(
    request: HttpRequest,
    work_calendar: WorkCalendar | None,
    now: CalendarVersion | None,
    form: CalendarForm,
    *,
    status: int = 200,
    year: calendar_preview.CalendarYear | None = None,
    before: calendar_preview.CalendarYear | None = None,
    is_loaded: bool = False,
) -> HttpResponse:
    months = (
        [(month, before.months[n] if before else None) for n, month in enumerate(year.months)]
        if year
        else []
    )
    context = {
        "calendar": work_calendar,
        "form": form,
        "now": now,
        "year": year,
        "before": before,
        "months": months,
        "asked_year": _year(request),
        "is_loaded": is_loaded,
        **(_used_by(work_calendar) if work_calendar else {}),
    }
    return render(request, "console/administration/calendar_edit.html", context, status=status)


def choices() -> list[WorkCalendar]:
    """Every calendar with hours, by name."""
    return list(WorkCalendar.objects.filter(versions__number=1).order_by("name")[:2000])
