"""The reader's organisation: people, sites, licences and offerings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.web.shared.access import customers_only, signed_in
from contacts.models import CalendarVersion, ContactState, Offering, User
from insight.reports import schedules


@customers_only
@require_safe
def organisation(request: HttpRequest) -> HttpResponse:
    """People, licences, offerings with their hours, and the id that Care asks for first."""
    user = signed_in(request)
    ours = user.organisation
    assert ours is not None
    licences = list(ours.licences.all())
    today = timezone.localdate()
    held = {
        licence.product
        for licence in licences
        if licence.starts_on <= today and (licence.ends_on is None or licence.ends_on >= today)
    }
    offerings = list(Offering.objects.all())
    sites = list(ours.sites.all())
    hours = _hours(
        {o.calendar_id for o in offerings if o.calendar_id} | {site.calendar_id for site in sites}
    )
    active = (
        ours.people.filter(is_active=True)
        .select_related("designation", "site")
        .order_by("name", "pk")
    )
    people = list(schedules.with_report_flag(active, ours))
    own = next((person for person in people if person.pk == user.pk), None)
    return render(
        request,
        "portal/organisation.html",
        {
            "organisation": ours,
            "people": people,
            "may_read_report": own is not None
            and (_is_primary(own) or (own.is_sent_report and own.reads_cases)),
            "sites": [(site, hours.get(site.calendar_id)) for site in sites],
            "licences": [(licence, licence.product in held) for licence in licences],
            "offerings": [
                (
                    offering,
                    not offering.products or bool(held & set(offering.products)),
                    hours.get(offering.calendar_id),
                )
                for offering in offerings
            ],
        },
    )


def _is_primary(person: User) -> bool:
    """Whether this person manages the organisation's people and reads its report."""
    designation = getattr(person, "designation", None)
    return bool(designation and designation.is_primary and designation.state == ContactState.ACTIVE)


def _hours(calendars: set[int]) -> dict[int | None, CalendarVersion]:
    """The newest version of each calendar, in one statement."""
    newest = (
        CalendarVersion.objects.filter(calendar__in=calendars)
        .order_by("calendar", "-number")
        .distinct("calendar")
    )
    return {version.calendar_id: version for version in newest}
