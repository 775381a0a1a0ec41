"""A bulk action over a whole list: its cases, inputs, preview, progress and report."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console import case_list
from caretrack.web.console.case_filters import CaseFilters
from caretrack.web.console.queue.bulk import CASES, FORMS, ListPage, list_page_of
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.file_response import as_file
from caretrack.web.shared.forms import EmptyForm
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import is_key
from caretrack.web.shared.queue.filters import QueueFilters, pairs
from caretrack.web.shared.queue.page import keys_of
from cases import bulk_jobs
from cases.bulk_actions import BY_NOUN, plain
from cases.bulk_jobs import MOST, PREVIEW, RUN
from cases.models import BulkJob, BulkJobOutcome, BulkJobState
from cases.models.case import case_code
from cases.notifications import in_app
from contacts.models import User
from core.errors import Refused
from core.pagination import Page
from core.tenancy import scope_of_person, take
from insight.reports import tables
from insight.reports.tables import Cell

PAGE, MOST_REASONS, MOST_LISTED = 50, 20, 50
HEAD = ("Case", "Title", "Customer", "Outcome", "Reason")


@care_only
@require_safe
def size(request: HttpRequest) -> HttpResponse:
    """How many cases a list has, for the button that chooses all of them."""
    count = len(_keys(list_page_of(request.GET.dict()), signed_in(request)))
    label = f"All {count:,} of this list"
    if count > MOST:
        label = f"This list has more than {MOST:,} cases. Filter it to choose all of them."
    return JsonResponse({"label": label, "is_possible": 0 < count <= MOST})


def _keys(page: ListPage, user: User) -> list[int]:
    """The cases of a list in its order, one more than a job may have."""
    params = pairs(page.back)
    if page.origin == CASES:
        return case_list.keys_of(CaseFilters.from_query(params), user, most=MOST + 1)
    return keys_of(user, QueueFilters.from_query(params), now=timezone.now(), most=MOST + 1)


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """GET lists one's own jobs, and those of all of Care for a manager. POST chooses a list."""
    return choose(request) if request.method == "POST" else _list(request)


def _list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    jobs = [(job, _label(job)) for job in bulk_jobs.visible_to(user)[:MOST_LISTED]]
    return render(request, "console/bulk_jobs.html", {"jobs": jobs, "is_manager": user.is_manager})


def choose(request: HttpRequest) -> HttpResponse:
    """Fix the cases of the whole list. An action without inputs is previewed at once."""
    user, page = signed_in(request), list_page_of(request.POST)
    noun = request.POST.get("noun", "")
    job = bulk_jobs.choose(
        by=user,
        noun=noun,
        keys=_keys(page, user),
        list_name=page.label,
        list_address=page.address,
    )
    if FORMS[noun] is EmptyForm:
        bulk_jobs.preview(job, by=user, inputs={})
    return redirect("console:bulk_job", job.pk)


def _job(request: HttpRequest, key: int) -> BulkJob:
    return get_object_or_404(bulk_jobs.visible_to(signed_in(request)), pk=key)


def _label(job: BulkJob) -> str:
    return BY_NOUN[job.noun].label


@care_only
@require_safe
def show(request: HttpRequest, job: int) -> HttpResponse:
    """The inputs of a job, its preview, its progress, and its report."""
    one = _job(request, job)
    in_app.read_job(signed_in(request), one)
    return _page(request, one, None)


def _page(request: HttpRequest, job: BulkJob, form: Any, status: int = 200) -> HttpResponse:
    after, only = request.GET.get("after", ""), request.GET.get("only", "")
    stage = PREVIEW if job.started_at is None else RUN
    outcome, why = ("expected", "expected_why") if stage == PREVIEW else ("outcome", "why")
    refused = job.count_of(stage, BulkJobOutcome.REFUSED)
    rows = job.rows.select_related("case__organisation").order_by("pk")
    only = only if only in ("all", "refused") else "refused" if refused else "all"
    if only == "refused":
        rows = rows.filter(**{outcome: BulkJobOutcome.REFUSED})
    first = int(after) if is_key(after) else 0
    fetched = list(rows.filter(pk__gt=first)[: PAGE + 1])
    reasons = job.rows.filter(**{outcome: BulkJobOutcome.REFUSED}).values_list(why)
    context = {
        "job": job,
        "label": _label(job),
        "form": form or FORMS[job.noun](initial=job.inputs, auto_id="bulk_%s"),
        "may_change": job.started_at is None and not job.is_over,
        "is_under_way": job.is_under_way,
        "accepted": job.count_of(stage, BulkJobOutcome.DONE),
        "refused": refused,
        "untouched": job.total - job.done if stage == RUN else 0,
        "reasons": list(reasons.annotate(count=Count("pk")).order_by("-count", why)[:MOST_REASONS]),
        "rows": [(row, getattr(row, outcome), getattr(row, why)) for row in fetched[:PAGE]],
        "is_preview": stage == PREVIEW,
        "only": only,
        "query": f"only={only}",
        "page": Page(
            fetched[:PAGE], str(fetched[PAGE - 1].pk) if len(fetched) > PAGE else "", not first
        ),
        "most": MOST,
    }
    return render(request, "console/bulk_job.html", context, status=status)


@care_only
@post_only
def preview(request: HttpRequest, job: int) -> HttpResponse:
    """Compute what the action would do to each case, with the inputs of the form."""
    one = _job(request, job)
    form = FORMS[one.noun](request.POST, auto_id="bulk_%s")
    if not form.is_valid():
        return _page(request, one, form, status=422)
    bulk_jobs.preview(one, by=signed_in(request), inputs=plain(form.cleaned_data))
    return redirect("console:bulk_job", one.pk)


@care_only
@post_only
def start(request: HttpRequest, job: int) -> HttpResponse:
    """Run the job."""
    previewed = request.POST.get("previewed", "")
    one = bulk_jobs.start(_job(request, job), by=signed_in(request), previewed=previewed)
    return redirect("console:bulk_job", one.pk)


@care_only
@post_only
def cancel(request: HttpRequest, job: int) -> HttpResponse:
    """Stop the job. What is done stays done."""
    one = bulk_jobs.cancel(_job(request, job), by=signed_in(request))
    return redirect("console:bulk_job", one.pk)


@care_only
@require_safe
def report(request: HttpRequest, job: int) -> Any:
    """What was done to each case and why others were refused, as a CSV file."""
    one = _job(request, job)
    if one.state not in (BulkJobState.PREVIEWED, BulkJobState.FINISHED, BulkJobState.CANCELLED):
        raise Refused("The report is complete when the preview or the job has ended.")
    lines = tables.csv_lines(list(HEAD), _cells(one, signed_in(request)))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    return as_file(response, f"bulk-job-{one.pk}.csv")


def _cells(job: BulkJob, user: User) -> Iterator[list[Cell]]:
    """The rows of the report. They are read while the file is sent, when the request is over."""
    is_preview = job.started_at is None
    with take(scope_of_person(user)):
        rows = job.rows.order_by("pk").values_list(
            "case__number",
            "case__title",
            "case__organisation__name",
            "expected" if is_preview else "outcome",
            "expected_why" if is_preview else "why",
        )
        for number, title, organisation, outcome, why in rows:
            label = str(BulkJobOutcome(outcome).label) if outcome else "Not changed"
            yield [case_code(number), title, organisation, label, why]
