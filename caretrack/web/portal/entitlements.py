"""What an organisation may use (§3): each offering with its hours in the reader's zone, and the
areas (§4).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from caretrack.web.shared.access import customers_only, signed_in
from cases.models import Area
from contacts import entitlements
from contacts.entitlements import Entitlement
from contacts.models import CalendarVersion, Offering, Site, User
from contacts.regions import region_of
from core.formatting import weekday
from sla import calendars
from sla.businesstime import Calendar

WEEK = 7


@dataclass(frozen=True)
class Way:
    """An offering: its state, and its hours in the reader's zone.

    `days` is empty for 24×7.
    """

    offering: Offering
    answer: Entitlement
    is_open: bool
    changes_at: datetime | None
    days: list[tuple[str, str]]

    @property
    def is_yours(self) -> bool:
        """Whether a licence opens it, or none is needed. Closed hours do not matter."""
        return self.answer.licence is not None or not self.offering.products


@customers_only
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The entitlements: offerings, licences, and areas of responsibility."""
    user, now = signed_in(request), timezone.now()
    assert user.organisation is not None
    site = site_of(user, sites_of(user))
    held = entitlements.held(user.organisation)
    ways = [
        _way(offering, answer, now)
        for offering, answer in held.everything(now, region_of_site(site))
    ]
    context = {
        "ways": [way for way in ways if way.is_yours],
        "closed": [way for way in ways if not way.is_yours],
        "licences": held.licences,
        "today": timezone.localdate(),
        "zone": user.zone,
        "site": site,
        "areas": Area.objects.filter(is_active=True).select_related("helps"),
    }
    return render(request, "portal/entitlements.html", context)


def sites_of(user: User) -> list[Site]:
    """The organisation's sites with their current calendar version and zone, in one statement."""
    latest = CalendarVersion.objects.filter(calendar=OuterRef("calendar")).order_by("-number")
    sites = Site.objects.filter(organisation_id=user.organisation_id or 0)
    return list(
        sites.annotate(
            hours_id=Subquery(latest.values("pk")[:1]), zone=Subquery(latest.values("zone")[:1])
        )
    )


def site_of(user: User, sites: list[Site]) -> Site | None:
    """The reader's own site, or the main one."""
    return next((site for site in sites if site.pk == user.site_id), sites[0] if sites else None)


def region_of_site(site: Site | None) -> str:
    """The region of one of `sites_of`, which selects offerings and phone numbers."""
    return region_of(getattr(site, "zone", None) or "")


def _way(offering: Offering, answer: Entitlement, now: datetime) -> Way:
    hours = entitlements.hours_of(offering)
    if hours is None:
        return Way(offering, answer, True, None, [])
    calendar = calendars.compiled(hours)
    is_open = calendar.is_open(now)
    return Way(offering, answer, is_open, _changes_at(calendar, now, is_open), _days(calendar, now))


def _changes_at(calendar: Calendar, now: datetime, is_open: bool) -> datetime | None:
    """The next opening or closing time. None if it is more than four weeks away."""
    ahead = calendar.stretches(
        now.replace(microsecond=0), now.replace(microsecond=0) + timedelta(days=28)
    )
    return next((stretch.start for stretch in ahead[1:] if stretch.counted is not is_open), None)


def _days(calendar: Calendar, now: datetime) -> list[tuple[str, str]]:
    """Today and the next six days in the reader's zone, each with its open hours."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    days = []
    for ahead in range(WEEK):
        start = today + timedelta(
            days=ahead
        )  # wall time: a day is from midnight to midnight, of any length
        spans = [s for s in calendar.stretches(start, start + timedelta(days=1)) if s.counted]
        hours = ", ".join(f"{_wall(s.start)}–{_wall(s.end, is_end=True)}" for s in spans)
        days.append(
            (_("Today") if ahead == 0 else weekday(start), hours or pgettext("an hour", "closed"))
        )
    return days


def _wall(at: datetime, *, is_end: bool = False) -> str:
    shown = timezone.localtime(at).strftime("%H:%M")
    return "24:00" if is_end and shown == "00:00" else shown
