"""The administration's home page: what can be administered, its purpose, and its number."""

from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from caretrack.web.shared.access import care_only, signed_in

MANY = 1000  # the limit of the count


@dataclass(frozen=True)
class AdministrationArea:
    """Something that can be administered: its page, its purpose, and the table whose rows are
    counted.
    """

    name: str
    url: str
    what: str
    table: str = ""
    managers: bool = False


GROUPS: tuple[tuple[str, tuple[AdministrationArea, ...]], ...] = (
    (
        "Customers",
        (
            AdministrationArea(
                "Organisations",
                "organisations",
                "Customers, their sites and licences, who may contact Care.",
                "contacts_organisation WHERE NOT is_historical",
            ),
            AdministrationArea(
                "Applications",
                "applications",
                "People who handed in the form and wait for their credentials.",
                "contacts_designatedcontact WHERE state = 'submitted'",
            ),
            AdministrationArea(
                "Calendars",
                "calendars",
                "The hours and days off by which promises count, with a year ahead.",
                "contacts_workcalendar",
            ),
            AdministrationArea(
                "Offerings",
                "offerings",
                "The ways to get help, when, for which licences and severities.",
                "contacts_offering",
            ),
            AdministrationArea(
                "Policies",
                "policies",
                "What is promised to whom, its versions, and what another one would move.",
                "sla_policy",
            ),
        ),
    ),
    (
        "How Care works",
        (
            AdministrationArea(
                "Care's people",
                "care_people",
                "Analysts, managers, administrators: who is in, and as what.",
                "contacts_user WHERE organisation_id IS NULL AND is_active AND role <> 'system'",
            ),
            AdministrationArea(
                "Teams",
                "teams",
                "Whose cases come to whom, and when they are at work.",
                "contacts_team",
            ),
            AdministrationArea(
                "On call",
                "on_call",
                "Who is paged outside of working hours, and who next.",
                "routing_oncallrota",
            ),
            AdministrationArea("Macros", "macros", "Answers that are written once.", "cases_macro"),
        ),
    ),
    (
        "What customers read",
        (
            AdministrationArea(
                "Articles",
                "articles",
                "Self-support: what people find before they file.",
                "cases_article",
                True,
            ),
            AdministrationArea(
                "Areas",
                "areas",
                "What can be affected, and who answers for it.",
                "cases_area",
                True,
            ),
            AdministrationArea(
                "Courses",
                "courses",
                "The training that makes a Designated Contact.",
                "contacts_course",
                True,
            ),
        ),
    ),
    (
        "Afterwards",
        (
            AdministrationArea(
                "Changes", "changes", "Who changed what of all this, with before and after."
            ),
        ),
    ),
)


@care_only
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everything that can be administered, in groups, with numbers from one statement."""
    counts, is_manager = _counts(), signed_in(request).is_manager
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
    context = {"groups": [group for group in groups if group[1]], "many": MANY}
    return render(request, "console/administration/home.html", context)


def _counts() -> dict[str, int]:
    """The number of each, up to a thousand and a bit: an orientation, not a report."""
    things = [thing for _, group in GROUPS for thing in group if thing.table]
    # the names of the tables above
    count = "(SELECT count(*) FROM (SELECT FROM {} LIMIT {}) AS counted)"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join(count.format(thing.table, MANY + 1) for thing in things)
        )
        row = cursor.fetchone()
    return dict(zip((thing.url for thing in things), row or (), strict=True))
