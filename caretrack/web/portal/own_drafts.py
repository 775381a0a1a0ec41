"""What the portal's lists show beside cases: the reader's drafts, and the number of active
contacts.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from caretrack.web.portal.entitlements import region_of_site, site_of, sites_of
from cases import filing_drafts
from cases.choices import Severity
from cases.models import FilingDraft
from contacts import eligibility, entitlements
from contacts.models import Channel, User

PHONE_CACHE_SECONDS = 60


@dataclass(frozen=True)
class Own:
    """The drafts of one reader, newest first, and the number of active contacts of their
    organisation.
    """

    drafts: list[FilingDraft]
    active: int
    enough: int = eligibility.ENOUGH


def beside(user: User) -> Own:
    """Both, in two statements."""
    assert user.organisation is not None
    return Own(filing_drafts.mine(user), eligibility.active_contacts(user.organisation))


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
