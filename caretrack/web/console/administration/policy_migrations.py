"""Move open cases to another policy version: preview with totals and cases, then the move (§14)."""

import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from caretrack.web.console.administration.forms import take
from caretrack.web.console.administration.policy_forms import PolicyMigrationForm, PreviewFilterForm
from caretrack.web.shared.access import administrators_only, care_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import is_key
from cases.notifications.texts import PROMISES
from core.errors import Refused
from core.pagination import Page
from sla import policy_content, policy_migration, tasks
from sla.models import (
    MigrationState,
    Policy,
    PolicyDraft,
    PolicyMigration,
    PolicyMigrationRow,
    PolicyVersion,
)
from sla.policy_content import PolicyContent

logger = logging.getLogger(__name__)

PAGE = 50
SHOWN = 20
ONLY: dict[str, dict[str, Any]] = {
    "would_miss": {"would_miss": True},
    "would_save": {"would_save": True},
    "refused": {"outcome": "refused"},
}


def latest(policy: Policy) -> list[PolicyMigration]:
    """The latest previews of a policy."""
    return list(policy.runs.select_related("version__policy", "by", "customer").order_by("-pk")[:5])


def _soon(run: int) -> None:
    """Let a worker continue. If the broker is away, beat finds the run."""
    try:
        tasks.continue_policy_migration.delay(run)
    except Exception:
        logger.warning("The broker is away: run %s waits for beat.", run)


def begin(
    request: HttpRequest,
    policy: Policy,
    written: PolicyContent,
    version: PolicyVersion | None = None,
    **filters: Any,
) -> HttpResponse:
    """Start a preview and redirect to its page. A worker computes many cases."""
    run = policy_migration.begin(
        policy, by=signed_in(request), written=written, version=version, **filters
    )
    if run.total <= policy_migration.AT_ONCE:
        policy_migration.work(run.pk)
    else:
        transaction.on_commit(partial(_soon, run.pk))
    return redirect("console:policy_run", run.pk)


@administrators_only
@post_only
def new(request: HttpRequest, policy: int) -> HttpResponse:
    """Preview the draft, or a version, on the cases that the form selects."""
    instance = get_object_or_404(Policy, pk=policy)
    number = request.POST.get("version", "")
    version = None
    if number:
        version = get_object_or_404(
            instance.versions, number=int(number) if number.isdecimal() and len(number) < 9 else 0
        )
        written = policy_content.of_key(version.pk)
    else:
        written = policy_content.read(get_object_or_404(PolicyDraft, policy=instance).content)
    versions = list(PolicyVersion.objects.select_related("policy").order_by("-pk")[:100])
    form = PreviewFilterForm(request.POST, versions=versions)
    if not form.is_valid():
        context = {"policy": instance, "version": version, "form": form}
        return render(
            request, "console/administration/policy_preview_form.html", context, status=422
        )
    return begin(request, instance, written, version, **form.cleaned_data)


def _run(key: int) -> PolicyMigration:
    queryset = PolicyMigration.objects.select_related(
        "policy", "version__policy", "from_version__policy", "customer", "by"
    )
    return get_object_or_404(queryset, pk=key)


@care_only
@require_safe
def show(request: HttpRequest, run: int) -> HttpResponse:
    """The progress of a run, its totals, and its cases."""
    return _page(request, _run(run), PolicyMigrationForm())


def _page(
    request: HttpRequest, run: PolicyMigration, form: PolicyMigrationForm, status: int = 200
) -> HttpResponse:
    only, after = request.GET.get("only", ""), request.GET.get("after", "")
    queryset = PolicyMigrationRow.objects.filter(run=run).select_related("case__organisation")
    only = only if only in ONLY else ""
    queryset = queryset.filter(**ONLY[only]) if only else queryset.filter(moves=True)
    key = int(after) if is_key(after) else 0
    rows = list(queryset.filter(pk__gt=key).order_by("pk")[: PAGE + 1])
    context: dict[str, Any] = {
        "run": run,
        "form": form,
        "only": only,
        "sums": _sums(run),
        "kinds": _kinds(run.sums),
        "page": Page(rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else "", not key),
        "rows": [(row, [_promise(promise) for promise in row.promises]) for row in rows[:PAGE]],
        "may_move": run.version_id
        and run.state == MigrationState.PREVIEWED
        and run.total
        and run.version
        and run.version.effective_at <= timezone.now(),
        "versions": list(PolicyVersion.objects.select_related("policy").order_by("-pk")[:SHOWN]),
        "query": f"only={only}" if only else "",
    }
    context["preview_form"] = PreviewFilterForm(
        versions=context["versions"], initial=_filters_of(run)
    )
    return render(request, "console/administration/policy_run.html", context, status=status)


def _filters_of(run: PolicyMigration) -> dict[str, Any]:
    return {
        "customer": run.customer.short_name if run.customer else "",
        "severity": run.severity or "",
        "from_version": run.from_version_id,
    }


def _sums(run: PolicyMigration) -> dict[str, int]:
    return {
        name: run.sums.get(name, 0)
        for name in ("moves", "would_miss", "would_save", "moved", "refused")
    }


def _kinds(sums: dict[str, int]) -> list[dict[str, Any]]:
    """For each kind of target: how many move, become sooner or later, and are missed or saved."""
    names = ("moves", "sooner", "later", "would_miss", "would_save")
    return [
        {"kind": str(label), **{name: sums.get(f"{kind}:{name}", 0) for name in names}}
        for kind, label in PROMISES.items()
        if sums.get(f"{kind}:moves")
    ]


def _promise(row: list[Any]) -> dict[str, Any]:
    kind, before, after, by, missed, would = row
    return {
        "kind": str(PROMISES[kind]),
        "before": parse_datetime(before) if before else None,
        "after": parse_datetime(after) if after else None,
        "by": by,
        "missed": missed,
        "would": would,
    }


@administrators_only
@post_only
def move(request: HttpRequest, run: int) -> HttpResponse:
    """Move the previewed cases, each in a transaction of its own. The page shows progress and
    refusals.
    """
    migration, form = _run(run), PolicyMigrationForm(request.POST)
    if form.is_valid():
        try:
            policy_migration.carry_out(
                migration, by=signed_in(request), reason=form.cleaned_data["reason"]
            )
        except Refused as error:
            take(form, error)
        else:
            transaction.on_commit(partial(_soon, migration.pk))
            return redirect("console:policy_run", migration.pk)
    return _page(request, migration, form, status=422)
