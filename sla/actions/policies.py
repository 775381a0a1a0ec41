"""Policies of Care's managers: a draft is written, checked and published; a version never changes
(§14).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from contacts.actions.base import require_text
from contacts.admin_log import record_change
from contacts.models import Offering, Organisation
from contacts.models.people import User
from contacts.permissions import require_manager
from core import current_time
from core.errors import Refused
from sla import policy_content, policy_diff, policy_files
from sla.models import OfferingPolicy, OrganisationPolicy, Policy, PolicyDraft, PolicyVersion
from sla.policy_content import PolicyContent

KIND = "policy"
GRACE = timedelta(minutes=5)  # an effective date that passed while the form was open means now
FURTHEST = timedelta(days=3660)


@transaction.atomic
def make_policy(*, by: User, name: str, key: str, like: PolicyVersion | None = None) -> Policy:
    """Create a policy with a draft, copied from `like`. No case uses it before it is published.

    Raises ValidationError for a key that is taken or unsuitable for a command.
    """
    require_manager(by)
    policy = Policy(name=require_text(name, "the policy's name", 120), key=key.strip())
    policy.full_clean()
    policy.save()
    first = policy_content.content_of(like) if like else policy_files.read(policy_files.SHIPPED)[1]
    PolicyDraft.objects.create(policy=policy, content=first.plain(), by=by, at=current_time.now())
    record_change(
        by=by,
        kind=KIND,
        key=policy.pk,
        name=policy.name,
        after={"name": policy.name, "key": policy.key},
    )
    return policy


@transaction.atomic
def save_draft(policy: Policy, *, by: User, written: PolicyContent, seen: int = 0) -> PolicyDraft:
    """Save the draft of the next version. `seen` is the number of the save that the writer started
    from, 0 for none.

    Refused where another person saved meanwhile. Raises ValidationError by field for an invalid
    value.
    """
    require_manager(by)
    held = _held(policy)
    policy_content.check(written)
    draft = PolicyDraft.objects.filter(policy=held).first()
    if draft is None and seen:
        raise Refused(
            "The draft was published or thrown away meanwhile. What you wrote stands below."
        )
    if draft is None:
        draft = PolicyDraft(policy=held, saves=0)
    elif draft.saves != seen:
        raise Refused(
            f"{draft.by.name} wrote on this draft meanwhile. Look at it first; what "
            "you wrote stands below."
        )
    before = policy_content.read(draft.content) if draft.pk else newest(held)
    draft.content, draft.by, draft.at, draft.saves = (
        written.plain(),
        by,
        current_time.now(),
        draft.saves + 1,
    )
    draft.save()
    was, now = _differing(before, written)
    record_change(by=by, kind=KIND, key=held.pk, name=f"{held.name}, draft", before=was, after=now)
    return draft


@transaction.atomic
def discard_draft(policy: Policy, *, by: User) -> None:
    """Delete the draft, and a policy that has no version yet."""
    require_manager(by)
    held = _held(policy)
    draft = _draft_of(held)
    draft.delete()
    record_change(
        by=by, kind=KIND, key=held.pk, name=f"{held.name}, draft", before={"draft": "written"}
    )
    if not held.versions.exists():
        runs = [run.pk for run in held.runs.order_by("pk").select_for_update()]
        held.runs.filter(pk__in=runs).delete()
        held.delete()


@transaction.atomic
def publish(
    policy: Policy,
    *,
    by: User,
    why: str,
    effective_at: datetime | None = None,
    seen: int | None = None,
) -> PolicyVersion:
    """Publish the draft as the next version: new cases use it from `effective_at` on (None: now).

    Open cases retain the version of their filing; a policy migration moves them. Refused for a time
    in the past or before another version's, for a draft without changes, and for one that changed
    after it was `seen`.
    """
    require_manager(by)
    held, now = _held(policy), current_time.now()
    draft = _draft_of(held)
    if seen is not None and draft.saves != seen:
        raise Refused("The draft was written on meanwhile: look at it once more.")
    written, last = policy_content.read(draft.content), held.versions.order_by("-number").first()
    policy_content.check(written)
    if last is not None and policy_content.same(policy_content.content_of(last), written):
        raise Refused(f"It says what version {last.number} says: there is nothing to publish.")
    begins = _begins(effective_at, now, last)
    before = policy_content.content_of(last) if last else None
    version = policy_files.save_version(
        held,
        written,
        effective_at=begins,
        published_by=by,
        why=require_text(why, "what is new in it, and why", 500),
    )
    draft.delete()
    replaced, changes = _differing(before, written)
    record_change(
        by=by,
        kind=KIND,
        key=held.pk,
        name=f"{held.name}, version {version.number}",
        verb="published",
        before=replaced,
        after={"effective": begins, "why": version.why, **changes},
    )
    return version


def _begins(effective_at: datetime | None, now: datetime, last: PolicyVersion | None) -> datetime:
    begins = effective_at or now
    if begins < now - GRACE:
        raise Refused("A version cannot take effect in the past: promises made until now stand.")
    begins = max(begins, now)
    if begins > now + FURTHEST:
        raise Refused("Look at the year again: that is more than ten years ahead.")
    if last is not None and last.effective_at > begins:
        earliest = f"{last.effective_at:%Y-%m-%d %H:%M} UTC"
        raise Refused(
            f"Version {last.number} takes effect at {earliest}: choose that instant or a later one."
        )
    return begins


@transaction.atomic
def choose_for_organisation(
    organisation: Organisation,
    *,
    by: User,
    policy: Policy | None,
    effective_at: datetime | None = None,
) -> OrganisationPolicy:
    """Give an organisation its own policy, or none, for cases filed from then on (§14)."""
    require_manager(by)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    chosen = OrganisationPolicy.objects.filter(organisation=organisation).select_related("policy")
    begins, last = _chosen_from(policy, effective_at, chosen)
    choice = OrganisationPolicy.objects.create(
        organisation=organisation, policy=policy, effective_at=begins, by=by, at=current_time.now()
    )
    _record_choice(by, "organisation", organisation, last, choice)
    return choice


@transaction.atomic
def choose_for_offering(
    offering: Offering, *, by: User, policy: Policy | None, effective_at: datetime | None = None
) -> OfferingPolicy:
    """Give an offering its own policy, or none; it applies where the organisation has none
    (§14).
    """
    require_manager(by)
    Offering.objects.select_for_update(no_key=True).get(pk=offering.pk)
    chosen = OfferingPolicy.objects.filter(offering=offering).select_related("policy")
    begins, last = _chosen_from(policy, effective_at, chosen)
    choice = OfferingPolicy.objects.create(
        offering=offering, policy=policy, effective_at=begins, by=by, at=current_time.now()
    )
    _record_choice(by, "offering", offering, last, choice)
    return choice


def _chosen_from(
    policy: Policy | None, effective_at: datetime | None, chosen: Any
) -> tuple[datetime, Any]:
    """The start of a choice, and the choice that would apply then without it."""
    now = current_time.now()
    begins = effective_at or now
    if begins < now - GRACE:
        raise Refused("It cannot begin in the past: cases that were filed keep their terms.")
    if policy is not None and not policy.versions.exists():
        raise Refused(f"“{policy.name}” has no version yet: publish its draft first.")
    begins = max(begins, now)
    last = chosen.filter(effective_at__lte=begins).order_by("-effective_at", "-pk").first()
    if (last.policy_id if last else None) == (policy.pk if policy else None):
        raise Refused("That is so already.")
    return begins, last


def _record_choice(by: User, kind: str, thing: Any, last: Any, choice: Any) -> None:
    was = (
        {"policy": str(last.policy or "none of its own")} if last else {"policy": "none of its own"}
    )
    now = {"policy": str(choice.policy or "none of its own"), "from": choice.effective_at}
    record_change(by=by, kind=kind, key=thing.pk, name=thing.name, before=was, after=now)


def _held(policy: Policy) -> Policy:
    return Policy.objects.select_for_update().get(pk=policy.pk)


def _draft_of(policy: Policy) -> PolicyDraft:
    draft = PolicyDraft.objects.select_related("by").filter(policy=policy).first()
    if draft is None:
        raise Refused("There is no draft: it was published or thrown away meanwhile.")
    return draft


def newest(policy: Policy) -> PolicyContent | None:
    """The content of the newest version; None where there is none yet."""
    last = policy.versions.order_by("-number").first()
    return policy_content.content_of(last) if last else None


def _differing(
    before: PolicyContent | None, after: PolicyContent
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The differences as text, by what they are about; everything where there was no earlier
    version.
    """
    if before is None:
        return {}, {f"{line.part}: {line.about}": line.text for line in policy_diff.lines(after)}
    lines = policy_diff.difference(before, after)
    return (
        {f"{line.part}: {line.about}": line.before for line in lines},
        {f"{line.part}: {line.about}": line.after for line in lines},
    )
