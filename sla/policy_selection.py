"""The policy of a new case (§14): the organisation's own, else its offering's, else the default.

The version in effect at filing is pinned. Each choice has a start, so today's choice changes
nothing that was filed yesterday.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from cases.models import Case
from contacts import entitlements
from contacts.models import Organisation
from contacts.regions import EVERYWHERE, region_of
from sla import calendars
from sla.models import PolicyVersion
from sla.policy_files import DEFAULT_KEY

# The rows in order of precedence, each with its version in effect; the first version where none has
# taken effect yet.
CANDIDATES = """
    SELECT c.offering_id, v.id
    FROM (
        (SELECT 1 AS rank, NULL::bigint AS offering_id, policy_id FROM sla_organisationpolicy
         WHERE organisation_id = %(organisation)s AND effective_at <= %(at)s
         ORDER BY effective_at DESC, id DESC LIMIT 1)
        UNION ALL
        (SELECT DISTINCT ON (p.offering_id) 2, p.offering_id, p.policy_id
         FROM sla_offeringpolicy p JOIN contacts_offering o ON o.id = p.offering_id
         WHERE o.channel = %(channel)s AND p.effective_at <= %(at)s
         ORDER BY p.offering_id, p.effective_at DESC, p.id DESC)
        UNION ALL
        (SELECT 3, NULL, id FROM sla_policy WHERE key = %(default)s)
    ) c
    CROSS JOIN LATERAL (
        SELECT id FROM sla_policyversion v WHERE v.policy_id = c.policy_id
        ORDER BY v.effective_at <= %(at)s DESC,
                 CASE WHEN v.effective_at <= %(at)s THEN -v.number ELSE v.number END
        LIMIT 1
    ) v
    ORDER BY c.rank
"""


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


def _first(organisation: int, at: datetime, channel: str, offering: Any) -> PolicyVersion:
    params: dict[str, Any] = {
        "organisation": organisation,
        "at": at,
        "channel": channel,
        "default": DEFAULT_KEY,
    }
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, params)
        rows = cursor.fetchall()
    came_by, is_asked = None, False
    for way, version in rows:
        if way is not None and not is_asked:
            came_by, is_asked = offering(), True
        if way is None or way == came_by:
            return calendars.version_of(version)
    raise PolicyVersion.DoesNotExist(
        f"The policy {DEFAULT_KEY!r} has no version: run `manage.py load_policy`."
    )
