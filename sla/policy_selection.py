"""The policy of a new case (§14): the organisation's own, else its offering's, else the default.

The version in effect at filing is pinned. Each choice has a start, so today's choice changes
nothing that was filed yesterday.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet

from cases.models import Case
from contacts import entitlements
from contacts.models import Organisation
from contacts.regions import EVERYWHERE, region_of
from sla.models import OfferingPolicy, OrganisationPolicy, Policy, PolicyVersion
from sla.policy_files import DEFAULT_KEY

C = TypeVar("C", OrganisationPolicy, OfferingPolicy)


def version_for_case(case: Case) -> PolicyVersion:
    """The version to which a case is pinned at filing."""
    site = case.site

    def offering() -> int | None:
        region = region_of(site.hours.zone)
        return _offering(site.organisation, case.channel, case.severity, case.opened_at, region)

    return _first(case.organisation_id, case.opened_at, case.channel, offering)


def version_for(
    organisation: Organisation | int,
    at: datetime,
    channel: str = "",
    severity: int | None = None,
    region: str = EVERYWHERE,
) -> PolicyVersion:
    """The version that would apply to this organisation at an instant.

    Without a channel no offering is considered, as for applications (§1).
    """
    key = organisation if isinstance(organisation, int) else organisation.pk

    def offering() -> int | None:
        return (
            None
            if isinstance(organisation, int)
            else _offering(organisation, channel, severity, at, region)
        )

    return _first(key, at, channel, offering)


def _offering(
    organisation: Organisation, channel: str, severity: int | None, at: datetime, region: str
) -> int | None:
    answer = entitlements.ask(organisation, channel, severity, at, region)
    return answer.offering.pk if answer.offering else None


def _first(
    organisation: int, at: datetime, channel: str, offering: Callable[[], int | None]
) -> PolicyVersion:
    """`offering` is asked only where an offering of this channel has a policy of its own."""
    own = _in_effect(OrganisationPolicy.objects.filter(organisation=organisation), at).first()
    if own is not None and own.policy is not None:
        return own.policy.in_force(at)
    if not channel:
        return _default().in_force(at)
    chosen = _in_effect(OfferingPolicy.objects.filter(offering__channel=channel), at)
    newest = chosen.order_by("offering_id", "-effective_at", "-id").distinct("offering_id")
    by_offering = {one.offering_id: one.policy for one in newest if one.policy is not None}
    came_by = offering() if by_offering else None
    policy = None if came_by is None else by_offering.get(came_by)
    return (policy or _default()).in_force(at)


def _in_effect(choices: QuerySet[C], at: datetime) -> QuerySet[C]:
    """The choices that have taken effect, with their policies, the newest first."""
    return choices.filter(effective_at__lte=at).select_related("policy")


def _default() -> Policy:
    policy: Policy | None = Policy.objects.filter(key=DEFAULT_KEY).first()
    if policy is None:
        raise PolicyVersion.DoesNotExist(
            f"The policy {DEFAULT_KEY!r} has no version: run `manage.py load_policy`."
        )
    return policy
