"""Policies: service targets, versions and their differences, the draft, and publication (§14)."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.administration import policy_migrations
from caretrack.web.console.administration.forms import take
from caretrack.web.console.administration.policy_forms import (
    DraftForm,
    PolicyForm,
    PreviewFilterForm,
    PublicationForm,
    in_zone,
)
from caretrack.web.shared.access import administrators_only, care_only, signed_in
from caretrack.web.shared.methods import post_only
from core.capped_count import CappedCount
from core.errors import Refused
from sla import actions, policy_content, policy_diff
from sla.actions import policies as policies_said
from sla.models import (
    OfferingPolicy,
    OrganisationPolicy,
    Policy,
    PolicyDraft,
    PolicyVersion,
    QueueEntry,
)
from sla.policy_content import PolicyContent
from sla.policy_files import DEFAULT_KEY

MOST = 200
SHOWN = 20
MANY = 1000  # the limit of the count


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every policy: current, scheduled and draft versions, and who uses it."""
    now = timezone.now()
    policies = list(Policy.objects.order_by("name", "pk")[:MOST])
    versions: dict[int, list[PolicyVersion]] = {policy.pk: [] for policy in policies}
    for version in PolicyVersion.objects.filter(policy__in=policies).order_by("-number"):
        versions[version.policy_id].append(version)
    drafts = set(PolicyDraft.objects.values_list("policy", flat=True))
    own, offered = (
        _choosers(model, key)
        for model, key in ((OrganisationPolicy, "organisation_id"), (OfferingPolicy, "offering_id"))
    )
    rows = [
        {
            "policy": policy,
            "now": _in_force(versions[policy.pk], now),
            "coming": _coming(versions[policy.pk], now),
            "is_drafted": policy.pk in drafts,
            "is_default": policy.key == DEFAULT_KEY,
            "organisations": own[policy.pk],
            "offerings": offered[policy.pk],
        }
        for policy in policies
    ]
    return render(request, "console/administration/policies.html", {"rows": rows})


def _choosers(model: Any, key: str) -> Counter[int]:
    """The number of organisations, or offerings, that use each policy now, by policy."""
    begun = (
        model.objects.filter(effective_at__lte=timezone.now())
        .order_by(key, "-effective_at", "-id")
        .distinct(key)
    )
    return Counter(begun.values_list("policy", flat=True))


def _in_force(versions: list[PolicyVersion], now: Any) -> PolicyVersion | None:
    return next(
        (version for version in versions if version.effective_at <= now),
        versions[-1] if versions else None,
    )


def _coming(versions: list[PolicyVersion], now: Any) -> PolicyVersion | None:
    return next((version for version in reversed(versions) if version.effective_at > now), None)


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Create a policy: a name, and the initial content of its draft."""
    versions = newest_versions()
    form = PolicyForm(request.POST if request.method == "POST" else None, versions=versions)
    if request.method == "POST" and form.is_valid():
        try:
            policy = actions.make_policy(by=signed_in(request), **form.cleaned_data)
        except (Refused, ValidationError) as error:
            take(form, error)
        else:
            return redirect("console:policy_draft", policy.pk)
    context = {"form": form}
    return render(
        request,
        "console/administration/policy_new.html",
        context,
        status=422 if form.errors else 200,
    )


def newest_versions() -> list[PolicyVersion]:
    """The newest version of each policy, by name."""
    versions = (
        PolicyVersion.objects.select_related("policy")
        .order_by("policy", "-number")
        .distinct("policy")
    )
    return sorted(versions, key=lambda one: one.policy.name)


@care_only
@require_safe
def show(request: HttpRequest, policy: int) -> HttpResponse:
    """One policy: current content, versions, draft, uses, and previews."""
    instance, now = (
        get_object_or_404(Policy.objects.select_related("draft__by"), pk=policy),
        timezone.now(),
    )
    versions = list(
        instance.versions.select_related("published_by").order_by("-number")[: SHOWN + 1]
    )
    in_force = _in_force(versions, now)
    context: dict[str, Any] = {
        "policy": instance,
        "is_default": instance.key == DEFAULT_KEY,
        "now": in_force,
        "draft": getattr(instance, "draft", None),
        "versions": versions[:SHOWN],
        "last_version_at": versions[0].created_at if versions else None,
        "more_versions": len(versions) > SHOWN,
        "many": MANY,
        "open": _open(versions[:SHOWN]),
        "instant": now,
        "parts": parts(policy_content.of_key(in_force.pk)) if in_force else [],
        "runs": policy_migrations.latest(instance),
        "choices": _whose(instance),
    }
    return render(request, "console/administration/policy.html", context)


def _open(versions: list[PolicyVersion]) -> dict[int, int]:
    """The number of open cases under each version, up to a thousand and a bit."""
    open_cases = QueueEntry.objects.filter(
        case__terms__policy_version=OuterRef("pk"), is_historical=False
    )
    counted = PolicyVersion.objects.filter(pk__in=[one.pk for one in versions])
    number = CappedCount(open_cases, limit=MANY + 1)
    return dict(counted.annotate(open_cases=number).values_list("pk", "open_cases"))


def _whose(policy: Policy) -> dict[str, Any]:
    """Organisations and offerings whose newest choice is this policy, current or scheduled."""
    own = OrganisationPolicy.objects.select_related("organisation")
    own = own.order_by("organisation_id", "-effective_at", "-id").distinct("organisation_id")
    offered = OfferingPolicy.objects.select_related("offering")
    offered = offered.order_by("offering_id", "-effective_at", "-id").distinct("offering_id")
    return {
        "organisations": [one for one in own if one.policy_id == policy.pk][: SHOWN + 1],
        "offerings": [one for one in offered if one.policy_id == policy.pk],
    }


def parts(
    now: PolicyContent, before: PolicyContent | None = None
) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The content of a policy by parts: (subject, value, previous value where it differs)."""
    was = (
        {(line.part, line.about): line.text for line in policy_diff.lines(before)} if before else {}
    )
    sections: dict[str, list[tuple[str, str, str]]] = {}
    for line in policy_diff.lines(now):
        old = was.pop((line.part, line.about), "none") if before else line.text
        sections.setdefault(line.part, []).append(
            (line.about, line.text, "" if old == line.text else old)
        )
    for (part, about), old in was.items():
        sections.setdefault(part, []).append((about, "none", old))
    return list(sections.items())


@care_only
@require_safe
def version(request: HttpRequest, policy: int, version: int) -> HttpResponse:
    """One version, and its differences to another one, by default the previous one."""
    policy_version = get_object_or_404(
        PolicyVersion.objects.select_related("policy", "published_by"),
        policy=policy,
        number=min(version, 2**31 - 1),
    )
    others = list(
        PolicyVersion.objects.filter(policy=policy)
        .exclude(pk=policy_version.pk)
        .order_by("-number")[:SHOWN]
    )
    number = request.GET.get("against", "")
    against = next((other for other in others if str(other.number) == number), None)
    against = against or next(
        (other for other in others if other.number < policy_version.number), None
    )
    context = {
        "version": policy_version,
        "policy": policy_version.policy,
        "others": others,
        "against": against,
        "instant": timezone.now(),
        "parts": parts(
            policy_content.of_key(policy_version.pk),
            policy_content.of_key(against.pk) if against else None,
        ),
        "preview_form": PreviewFilterForm(versions=others),
    }
    return render(request, "console/administration/policy_version.html", context)


# --- Draft


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, policy: int) -> HttpResponse:
    """Edit the draft. The button saves it, or saves it and previews its effect on open cases."""
    instance = get_object_or_404(Policy, pk=policy)
    saved = PolicyDraft.objects.select_related("by").filter(policy=instance).first()
    newest = policies_said.newest(instance)
    if request.method != "POST":
        first = policy_content.read(saved.content) if saved else newest
        if first is None:
            return redirect("console:policy", instance.pk)
        form = DraftForm(initial=DraftForm.initial_of(first, saved.saves if saved else 0))
        return _editor(request, instance, saved, form, newest)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return _editor(request, instance, saved, form, newest, status=422)
    written = form.cleaned_data["edition"]
    try:
        actions.save_draft(
            instance, by=signed_in(request), written=written, seen=form.cleaned_data["seen"] or 0
        )
    except (Refused, ValidationError) as error:
        take(form, error)
        return _editor(request, instance, saved, form, newest, status=422)
    if "preview" in request.POST:
        return policy_migrations.begin(request, instance, written)
    messages.success(request, "The draft is saved. It applies to no case before it is published.")
    return redirect("console:policy_draft", instance.pk)


def _editor(
    request: HttpRequest,
    policy: Policy,
    saved: PolicyDraft | None,
    form: DraftForm,
    newest: PolicyContent | None,
    status: int = 200,
) -> HttpResponse:
    differences = (
        policy_diff.difference(newest, policy_content.read(saved.content))
        if saved and newest
        else []
    )
    context = {
        "policy": policy,
        "draft": saved,
        "form": form,
        "differences": differences,
        "newest": newest,
    }
    return render(request, "console/administration/policy_draft.html", context, status=status)


@administrators_only
@post_only
def draft_removal(request: HttpRequest, policy: int) -> HttpResponse:
    """Discard the draft."""
    instance = get_object_or_404(Policy, pk=policy)
    actions.discard_draft(instance, by=signed_in(request))
    messages.success(request, "The draft is discarded.")
    return (
        redirect("console:policy", instance.pk)
        if instance.versions.exists()
        else redirect("console:policies")
    )


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def publication(request: HttpRequest, policy: int) -> HttpResponse:
    """Publish the draft from an instant on. The page shows the differences first."""
    instance, person = get_object_or_404(Policy, pk=policy), signed_in(request)
    saved = PolicyDraft.objects.select_related("by").filter(policy=instance).first()
    if saved is None:
        raise Refused("There is no draft to publish.")
    form = PublicationForm(
        request.POST if request.method == "POST" else None, initial={"seen": saved.saves}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data | {
            "effective_at": in_zone(form.cleaned_data["effective_at"], person.zone)
        }
        try:
            version = actions.publish(instance, by=person, **values)
        except (Refused, ValidationError) as error:
            take(form, error)
        else:
            messages.success(
                request,
                f"Version {version.number} is published. "
                "Open cases keep theirs until you move them.",
            )
            return redirect("console:policy_version", instance.pk, version.number)
    last = instance.versions.order_by("-number").first()
    before = policy_content.content_of(last) if last else None
    context = {
        "policy": instance,
        "form": form,
        "last": last,
        "parts": parts(policy_content.read(saved.content), before),
        "differences": policy_diff.difference(before, policy_content.read(saved.content))
        if before
        else [],
    }
    return render(
        request,
        "console/administration/policy_publication.html",
        context,
        status=422 if form.errors else 200,
    )
