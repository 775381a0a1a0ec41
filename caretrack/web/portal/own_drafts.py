"""What the portal's lists show beside cases: the reader's drafts, and the number of active
contacts.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import connection

from caretrack.web.portal.entitlements import region_of_site, site_of, sites_of
from cases.choices import Severity
from cases.filing_drafts import MOST_DRAFTS
from cases.models import FilingDraft
from contacts import eligibility, entitlements
from contacts.models import Channel, User

PHONE_CACHE_SECONDS = 60
BESIDE = """
    (SELECT id, fields, updated_at, NULL FROM cases_filingdraft
        WHERE organisation_id = %(ours)s AND user_id = %(me)s ORDER BY updated_at DESC, id DESC
            LIMIT %(most)s)
    UNION ALL SELECT NULL, NULL, NULL, count(*)
        FROM contacts_designatedcontact d JOIN contacts_user u ON u.id = d.user_id
        WHERE d.organisation_id = %(ours)s AND d.state = 'active' AND u.is_active
"""


@dataclass(frozen=True)
class Own:
    """The drafts of one reader, newest first, and the number of active contacts of their
    organisation.
    """

    drafts: list[FilingDraft]
    active: int
    enough: int = eligibility.ENOUGH


def beside(user: User) -> Own:
    """Both in one statement."""
    drafts, active = [], 0
    with connection.cursor() as cursor:
        cursor.execute(BESIDE, {"ours": user.organisation_id, "me": user.pk, "most": MOST_DRAFTS})
        for key, fields, updated_at, count in cursor.fetchall():
            if key is None:
                active = count
            else:
                values = fields if isinstance(fields, dict) else json.loads(fields)
                drafts.append(FilingDraft(pk=key, fields=values, updated_at=updated_at))
    return Own(drafts, active)


def phone_of(user: User, now: datetime) -> str:
    """The phone number for Critical cases. Empty where the organisation has none.

    Cached for a minute. The page of a new case and the actions check the licences again.
    """
    assert user.organisation is not None
    key = f"critical-phone:{user.organisation.pk}:{user.site_id}"
    known: str | None = cache.get(key)
    if known is None:
        region = region_of_site(site_of(user, sites_of(user)))
        answer = entitlements.ask(user.organisation, Channel.PHONE, Severity.CRITICAL, now, region)
        known = answer.offering.phone_number if answer.allowed and answer.offering else ""
        cache.set(key, known, PHONE_CACHE_SECONDS)
    return known
