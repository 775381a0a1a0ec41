"""Scheduled reports: recipients, times, and the email with the link.

The report itself requires sign-in. The email has a few figures and a link. Whether a recipient may
still read it is checked when the email is written.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from contacts import admin_log, emails
from contacts.email_texts import EmailKind
from contacts.models import Organisation, User
from contacts.models.people import CARE_ROLES
from contacts.permissions import require_manager
from core import current_time
from core.errors import Refused
from core.tenancy import care_scope
from insight import periods
from insight.periods import DAY, Period, months_before
from insight.reports import building
from insight.reports.models import ReportPeriod, ReportRecipient, ReportSchedule

MOST_READERS, MOST_SCHEDULES = 20, 10


def may_read(organisation: Organisation, person: User) -> bool:
    """Whether this person may read a report of the organisation: its people who read cases, and
    Care.
    """
    if not person.is_active:
        return False
    return person.is_care or (person.organisation_id == organisation.pk and person.reads_cases)


def is_sent_to(person: User) -> bool:
    """Whether Care sends this person of an organisation its report. They may then open it too."""
    if person.organisation_id is None or not person.reads_cases:
        return False
    return ReportRecipient.objects.filter(
        organisation_id=person.organisation_id, recipient=person
    ).exists()


def with_report_flag(people: QuerySet[User], organisation: Organisation) -> QuerySet[Any]:
    """People of an organisation with `is_sent_report`: as `is_sent_to`, without a statement for
    each.
    """
    rows = ReportRecipient.objects.filter(organisation=organisation, recipient=OuterRef("pk"))
    return people.annotate(is_sent_report=Exists(rows))


def readers(organisation: Organisation) -> list[User]:
    """Everybody who may receive a report of the organisation."""
    allowed = Q(organisation=organisation) | Q(role__in=CARE_ROLES)
    queryset = (
        User.objects.filter(allowed, is_active=True)
        .select_related("organisation", "designation")
        .order_by("name", "pk")
    )
    return [person for person in queryset if may_read(organisation, person)]


@transaction.atomic
def schedule(
    organisation: Organisation,
    *,
    by: User,
    covers: str,
    weekday: int,
    hour: int,
    zone: str,
    people: Iterable[User],
) -> ReportSchedule:
    """Send these people a report of every week, month or quarter, from the next one on."""
    require_manager(by)
    chosen = list({person.pk: person for person in people}.values())
    if not chosen:
        raise Refused("Choose at least one reader.")
    if len(chosen) > MOST_READERS:
        raise Refused(f"At most {MOST_READERS} readers, please.")
    if ReportSchedule.objects.filter(organisation=organisation).count() >= MOST_SCHEDULES:
        raise Refused(
            f"{organisation.name} has {MOST_SCHEDULES} schedules already: stop one first."
        )
    for person in chosen:
        if not may_read(organisation, person):
            raise Refused(
                f"{person.name} is neither of {organisation.name} nor of Care: a "
                "report goes to nobody else."
            )
    report_schedule = ReportSchedule.objects.create(
        organisation=organisation,
        covers=ReportPeriod(covers),
        weekday=weekday,
        hour=hour,
        zone=zone,
        by=by,
        next_at=following(covers, weekday, hour, zone, current_time.now()),
    )
    ReportRecipient.objects.bulk_create(
        [
            ReportRecipient(organisation=organisation, schedule=report_schedule, recipient=person)
            for person in chosen
        ]
    )
    admin_log.record_change(
        by=by,
        kind="report schedule",
        key=report_schedule.pk,
        name=f"Report of {organisation.name}",
        after=_log_values(report_schedule, chosen),
    )
    return report_schedule


@transaction.atomic
def stop(report_schedule: ReportSchedule, *, by: User) -> None:
    """Delete the schedule."""
    require_manager(by)
    people = [row.recipient for row in report_schedule.readers.select_related("recipient")]
    admin_log.record_change(
        by=by,
        kind="report schedule",
        key=report_schedule.pk,
        name=f"Report of {report_schedule.organisation.name}",
        before=_log_values(report_schedule, people),
    )
    report_schedule.delete()


def _log_values(report_schedule: ReportSchedule, people: Iterable[User]) -> dict[str, Any]:
    return {
        "covers": report_schedule.covers,
        "weekday": report_schedule.weekday,
        "hour": report_schedule.hour,
        "zone": report_schedule.zone,
        "readers": sorted(person.email for person in people),
    }


def following(covers: str, weekday: int, hour: int, zone: str, after: datetime) -> datetime:
    """The next due time after an instant: the first such weekday of a week, month or quarter."""
    local = after.astimezone(ZoneInfo(zone))
    day = local.date() - DAY
    while True:
        day += DAY
        if day.weekday() != weekday or not _begins(covers, day):
            continue
        at = datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(after.tzinfo)
        if at > after:
            return at


def _begins(covers: str, day: date) -> bool:
    """Whether this weekday is the first one of the week, month or quarter."""
    if covers == ReportPeriod.WEEK:
        return True
    return day.day <= 7 and (covers == ReportPeriod.MONTH or day.month in (1, 4, 7, 10))


def covered(covers: str, day: date) -> Period:
    """The period of a report that is sent on a day: the previous whole week, month or quarter."""
    if covers == ReportPeriod.WEEK:
        first = day - (day.weekday() + 7) * DAY
        return Period("custom", first, first + 6 * DAY)
    month = day.replace(day=1)
    return Period(
        "custom", months_before(month, 1 if covers == ReportPeriod.MONTH else 3), month - DAY
    )


def send_due(now: datetime) -> int:
    """Write the emails of every due schedule, each in a transaction of its own.

    Returns the number of due schedules.
    """
    with care_scope():
        keys = list(
            ReportSchedule.objects.filter(next_at__lte=now)
            .order_by("next_at")
            .values_list("pk", flat=True)
        )
    for key in keys:
        with care_scope():
            due = ReportSchedule.objects.select_for_update(
                skip_locked=True, of=("self",)
            ).select_related("organisation")
            one = due.filter(pk=key, next_at__lte=now).first()
            if one is not None:
                _send(one, now)
    return len(keys)


def _send(one: ReportSchedule, now: datetime) -> None:
    period = covered(one.covers, now.astimezone(ZoneInfo(one.zone)).date())
    report = building.build(one.organisation, period, now)
    totals = [line for line in report.lines if line.severity is None and not line.is_measured]
    met, missed = (
        sum(line.figures.met for line in totals),
        sum(line.figures.missed for line in totals),
    )
    for row in one.readers.select_related("recipient__organisation"):
        person = row.recipient
        if not may_read(one.organisation, person):
            continue
        emails.write(
            EmailKind.REPORT,
            organisation_id=one.organisation_id,
            recipient=person,
            key=f"report:{one.covers}:{period.first}:{period.last}",
            organisation=one.organisation.name,
            first=period.first,
            last=period.last,
            met=met,
            missed=missed,
            opened=report.opened,
            closed=report.closed,
            link=link(one.organisation, period, person),
        )
    one.sent_at, one.next_at = now, following(one.covers, one.weekday, one.hour, one.zone, now)
    one.save(update_fields=["sent_at", "next_at"])


def link(organisation: Organisation, period: Period, person: User) -> str:
    """The URL of a report for this person."""
    path = f"/insight/reports/{organisation.short_name}/" if person.is_care else "/portal/report/"
    return f"{settings.BASE_URL}{path}?from={period.first.isoformat()}&to={period.last.isoformat()}"


def default_period(today: date) -> Period:
    """The default period of a report: the last whole month."""
    return periods.named("month", today)
