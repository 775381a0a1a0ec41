"""A small cast and plain factories. Cases are made by the product's own actions."""

from datetime import UTC, date, datetime

from cases import actions
from cases.models import Case, CaseEvent, Notification
from contacts import actions as people
from contacts.models import (
    Certificate,
    ContactState,
    Course,
    DesignatedContact,
    Licence,
    Organisation,
    Role,
    Site,
    User,
    WorkCalendar,
)
from rca import actions as rca
from rca.document import TEXTS
from rca.models import Analysis, RcaVersion

OFFICE = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
PASSWORD = "correct-horse-battery"


def utc(text: str) -> datetime:
    """An instant from “2026-03-05 14:00”."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def calendar(
    name: str, zone: str = "UTC", week=None, holidays=None, special_hours=None
) -> WorkCalendar:
    new_calendar, _ = WorkCalendar.objects.get_or_create(name=name)
    if not new_calendar.versions.exists():
        new_calendar.revise(
            zone=zone,
            week=week or OFFICE,
            holidays=holidays or {},
            special_hours=special_hours,
        )
    return new_calendar


def organisation(
    short_name: str, name: str, zone: str = "UTC", licensed: bool = True
) -> Organisation:
    new_organisation = Organisation.objects.create(short_name=short_name, name=name)
    Site.objects.create(
        organisation=new_organisation,
        name="Main office",
        calendar=calendar(f"{name} office", zone),
        is_main=True,
    )
    if licensed:
        Licence.objects.create(
            organisation=new_organisation, product="PureCloud 2", starts_on=date(2015, 1, 1)
        )
    return new_organisation


def person(email: str, **fields) -> User:
    """Somebody with the password of all; valid by construction, so nothing is checked."""
    user = User(email=email, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def contact(
    organisation: Organisation, name: str, email: str, state: str = ContactState.ACTIVE
) -> User:
    site = organisation.sites.get(is_main=True)
    user = person(
        email,
        name=name,
        role=Role.CONTACT,
        organisation=organisation,
        site=site,
        zone=site.hours.zone,
    )
    DesignatedContact.objects.create(organisation=organisation, user=user, state=state)
    return user


def pass_training(user: User) -> Certificate:
    """The user reads every lesson and answers every question of the present version rightly."""
    version = Course.objects.get(is_for_contacts=True).current
    assert version is not None
    for lesson in version.lessons.select_related("version"):
        people.read_lesson(lesson, by=user)
    attempt = people.begin_attempt(version, by=user)
    answers = {question.pk: question.right for question in version.questions.all()}
    people.finish_attempt(attempt, by=user, answers=answers)
    return Certificate.objects.get(user=user, version=version)


FORM = {
    "work_phone": "+49 30 5550100",
    "statement": "I run the telephony.",
    "responsibilities": True,
}


def applicant(organisation: Organisation, name: str, email: str) -> DesignatedContact:
    """Somebody who has passed the training and handed in the form now."""
    user = contact(organisation, name, email, state=ContactState.INVITED)
    pass_training(user)
    designation = DesignatedContact.objects.get(user=user)
    people.submit_form(designation, by=user, form=FORM)
    designation.refresh_from_db()
    return designation


def colleague(organisation: Organisation, name: str, email: str) -> User:
    zone = organisation.sites.get().hours.zone
    return person(email, name=name, role=Role.COLLEAGUE, organisation=organisation, zone=zone)


def care(name: str, email: str, role: str) -> User:
    return person(email, name=name, role=role, zone="Europe/Lisbon")


def file(ana: User, severity: int = 3, title: str = "Calls drop after 30 s", **more) -> Case:
    """A case filed by Ana in the portal."""
    assert ana.organisation is not None
    event = actions.file_case(
        by=ana,
        contact=ana,
        site=ana.organisation.sites.get(is_main=True),
        title=title,
        severity=severity,
        **{"description": "They just end.", **more},
    )
    return event.case


def waiting(ana: User, kim: User, severity: int = 3) -> Case:
    """A case on which Kim asked Ana for something."""
    return actions.request_information(file(ana, severity), by=kim, text="Which phones?").case


def proposed(ana: User, kim: User, severity: int = 3) -> Case:
    """A case for which Kim proposed a resolution."""
    case = actions.answer(file(ana, severity), by=kim, text="We look into it.").case
    return actions.propose_resolution(case, by=kim, text="The codec was changed.").case


def document(words: str = "Words.", **sections) -> dict:
    """A root cause analysis with everything that a customer needs."""
    action = {"what": words, "owner_name": words, "due_on": "2026-04-01"}
    return {**dict.fromkeys(TEXTS, words), "actions": [action], **sections}


def published(case: Case, kim: User, maya: User, **sections) -> RcaVersion:
    """The analysis of the case, written by Kim and published by Maya."""
    analysis = Analysis.objects.get(case=case)
    if analysis.initial_sent_at is None:
        rca.send_initial(analysis, by=kim, text="A node failed.")
    rca.save_draft(analysis, by=kim, sections=document(**sections))
    rca.submit(analysis, by=kim)
    rca.publish(analysis, by=maya)
    return RcaVersion.objects.filter(analysis=analysis)[0]


def send_notices(at: datetime) -> None:
    """Pretend that the mail server took every notice at that instant."""
    Notification.objects.filter(state="queued").update(state="sent", sent_at=at)


def verbs(case: Case) -> list[str]:
    return list(CaseEvent.objects.filter(case=case).order_by("seq").values_list("verb", flat=True))
