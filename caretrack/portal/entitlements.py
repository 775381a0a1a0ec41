"""What an organisation may use (§3): each way in with its hours by the reader's clock; who answers for what (§4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, IntegerField, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.people import customers_only, signed_in
from cases.models import Area
from contacts import entitlements
from contacts.entitlements import Entitlement
from contacts.models import Offering, Site, User
from contacts.permissions import is_designated_contact
from contacts.regions import region_of
from sla import calendars
from sla.businesstime import Calendar

WEEK = 7


@dataclass(frozen=True)
class Way:
    """A way in: how it stands, and when it is open by the reader's clock. `days` is empty around the clock."""

    offering: Offering
    answer: Entitlement
    is_open: bool
    changes_at: datetime | None
    days: list[tuple[str, str]]

    @property
    def is_yours(self) -> bool:
        """Whether a licence opens it, or none is needed; closed hours do not take it away."""
        return self.answer.licence is not None or not self.offering.products


@customers_only
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Your entitlements: ways in, licences, and the areas of responsibility."""
    user, now = signed_in(request), timezone.now()
    assert user.organisation is not None
    sites = sites_of(user)
    site = site_of(user, sites)
    found = entitlements.everything(user.organisation, now, region_of_site(site))
    ways = [_way(offering, answer, now) for offering, answer in found]
    context = {
        "ways": [way for way in ways if way.is_yours],
        "closed": [way for way in ways if not way.is_yours],
        "licences": list(user.organisation.licences.all()), "today": timezone.localdate(),
        "areas": Area.objects.filter(is_active=True).select_related("helps"),
        "zone": user.zone, "site": site, "may_file": is_designated_contact(user),
    }  # fmt: skip
    return render(request, "portal/entitlements.html", context)


def sites_of(user: User) -> list[Site]:
    """The organisation's sites with their hours, in two queries."""
    assert user.organisation is not None
    return list(user.organisation.sites.select_related("calendar").prefetch_related("calendar__versions"))


def site_of(user: User, sites: list[Site]) -> Site | None:
    """The reader's own site; the main one where they have none."""
    return next((site for site in sites if site.pk == user.site_id), sites[0] if sites else None)


def region_of_site(site: Site | None) -> str:
    """The region whose editions and numbers are right for a site."""
    if site is None:
        return ""
    hours = max(site.calendar.versions.all(), key=lambda version: version.number, default=None)
    return region_of(hours.zone) if hours else ""


def region_here(user: User) -> str:
    """The same for the reader's own site, in one statement."""
    assert user.organisation is not None
    own_first = Case(When(pk=user.site_id, then=0), default=1, output_field=IntegerField())
    zones = user.organisation.sites.order_by(own_first, "-is_main", "name", "-calendar__versions__number")
    return region_of(zones.values_list("calendar__versions__zone", flat=True).first() or "")


def _way(offering: Offering, answer: Entitlement, now: datetime) -> Way:
    hours = entitlements.hours_of(offering)
    if hours is None:
        return Way(offering, answer, True, None, [])
    calendar = calendars.compiled(hours)
    is_open = calendar.is_open(now)
    return Way(offering, answer, is_open, _changes_at(calendar, now, is_open), _days(calendar, now))


def _changes_at(calendar: Calendar, now: datetime, is_open: bool) -> datetime | None:
    """When it closes, or opens next; None where that is more than four weeks away."""
    ahead = calendar.stretches(now.replace(microsecond=0), now.replace(microsecond=0) + timedelta(days=28))
    return next((stretch.start for stretch in ahead[1:] if stretch.counted is not is_open), None)


def _days(calendar: Calendar, now: datetime) -> list[tuple[str, str]]:
    """Today and the six days after it by the reader's clock, each with its open hours."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    told = []
    for ahead in range(WEEK):
        start = today + timedelta(days=ahead)  # wall time: a day is from midnight to midnight, whatever its length
        spans = [s for s in calendar.stretches(start, start + timedelta(days=1)) if s.counted]
        said = ", ".join(f"{_wall(s.start)}–{_wall(s.end, is_end=True)}" for s in spans)
        told.append(("Today" if ahead == 0 else start.strftime("%a %-d %b"), said or "closed"))
    return told


def _wall(at: datetime, *, is_end: bool = False) -> str:
    shown = timezone.localtime(at).strftime("%H:%M")
    return "24:00" if is_end and shown == "00:00" else shown
