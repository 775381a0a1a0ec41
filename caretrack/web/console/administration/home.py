"""The administration's home page: what can be administered, its purpose, and its number."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.web.shared.access import care_only, signed_in
from cases.models import Area, Article, Macro
from contacts import calendar_reviews
from contacts.models import (
    ContactState,
    Course,
    DesignatedContact,
    Offering,
    Organisation,
    Role,
    Team,
    User,
    WorkCalendar,
)
from core.capped_count import CappedCount
from routing.models import OnCallRota
from sla.models import Policy

MANY = 1000  # the limit of the count


@dataclass(frozen=True)
class AdministrationArea:
    """Something that can be administered: its page, its purpose, and the rows to be counted."""

    name: str
    url: str
    what: str
    rows: QuerySet[Any] | None = None
    managers: bool = False


GROUPS: tuple[tuple[str, tuple[AdministrationArea, ...]], ...] = (
    (
        "Customers",
        (
            AdministrationArea(
                "Organisations",
                "organisations",
                "Customers, their sites and licences, who may contact Care.",
                Organisation.objects.filter(is_historical=False),
            ),
            AdministrationArea(
                "Applications",
                "applications",
                "People who submitted the form and wait for their credentials.",
                DesignatedContact.objects.filter(state=ContactState.SUBMITTED),
            ),
            AdministrationArea(
                "Calendars",
                "calendars",
                "The hours and days off by which SLA time counts, with a preview of the year.",
                WorkCalendar.objects.all(),
            ),
            AdministrationArea(
                "Offerings",
                "offerings",
                "Support channels, with their hours, licences and severities.",
                Offering.objects.all(),
            ),
            AdministrationArea(
                "Policies",
                "policies",
                "Service targets, who they apply to, their versions, and previews.",
                Policy.objects.all(),
            ),
        ),
    ),
    (
        "How Care works",
        (
            AdministrationArea(
                "Care's people",
                "care_people",
                "Analysts, managers, administrators, and their roles.",
                User.objects.filter(organisation=None, is_active=True).exclude(role=Role.SYSTEM),
            ),
            AdministrationArea(
                "Teams",
                "teams",
                "Assignment of new cases, and working hours.",
                Team.objects.all(),
            ),
            AdministrationArea(
                "On call",
                "on_call",
                "Who is alerted outside working hours, and who next.",
                OnCallRota.objects.all(),
            ),
            AdministrationArea("Macros", "macros", "Saved texts for replies.", Macro.objects.all()),
        ),
    ),
    (
        "What customers read",
        (
            AdministrationArea(
                "Articles",
                "articles",
                "Self-support: what people find before they open a case.",
                Article.objects.all(),
                True,
            ),
            AdministrationArea(
                "Areas",
                "areas",
                "What can be affected, and who is responsible.",
                Area.objects.all(),
                True,
            ),
            AdministrationArea(
                "Courses",
                "courses",
                "The training that qualifies Designated Contacts.",
                Course.objects.all(),
                True,
            ),
        ),
    ),
    (
        "Audit",
        (AdministrationArea("Changes", "changes", "Who changed what, with before and after."),),
    ),
)


@care_only
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everything that can be administered, in groups, with numbers from one statement,
    and the calendars whose holidays run out."""
    user = signed_in(request)
    counts, is_manager = _counts(user), user.is_manager
    groups = [
        (
            title,
            [
                (thing, f"console:{thing.url}", counts.get(thing.url))
                for thing in things
                if is_manager or not thing.managers
            ],
        )
        for title, things in GROUPS
    ]
    context = {
        "groups": [group for group in groups if group[1]],
        "many": MANY,
        "ending_holidays": calendar_reviews.all_ending(timezone.localdate()),
    }
    return render(request, "console/administration/home.html", context)


def _counts(user: User) -> dict[str, int]:
    """The number of rows of each area, in one statement."""
    counts = {
        thing.url: CappedCount(thing.rows, limit=MANY + 1)
        for _, group in GROUPS
        for thing in group
        if thing.rows is not None
    }
    row = User.objects.filter(pk=user.pk).values_list(*counts.values()).get()
    return dict(zip(counts, row, strict=True))
