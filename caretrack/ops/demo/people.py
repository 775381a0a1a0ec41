"""The demo's other people: managers, rosters, one applicant who waits and one in training."""

from datetime import datetime, timedelta

from contacts import actions
from contacts.models import ContactState, Course, DesignatedContact, Role, User
from core import current_time

FORM = {
    "work_phone": "+49 30 5550123",
    "languages": "German, English",
    "responsibilities": True,
    "statement": "I run the telephony of our Berlin and Hamburg stores.",
}
# (name, email, state, organisation), for the table of accounts.
APPLICANTS = (
    (
        "Ivo Ilic",
        "ivo@nordlicht.example",
        "Applicant, waits for credentials",
        "Nordlicht Warenhaus",
    ),
    ("Pat Pine", "pat@prairie.example", "Applicant, in training", "Prairie Mutual"),
)
WEEK, WORKDAYS = [0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4]
ROSTERS = (
    ("ana@nordlicht.example", WORKDAYS, "07:00", "19:00"),
    ("jonas@nordlicht.example", WORKDAYS, "19:00", "07:00"),
    ("jonas@nordlicht.example", [5], "08:00", "20:00"),
    ("ben@aoki.example", WEEK, "00:00", "24:00"),
    ("esha@saffron.example", WEEK, "08:00", "20:00"),
    ("farid@saffron.example", WEEK, "20:00", "08:00"),
)


def load_people(people: dict[str, User], now: datetime, password: str) -> None:
    """Create the primary contacts, the rosters and the two applicants (§1, §6)."""
    maya, system = people["maya@care.example"], User.objects.system()
    with current_time.backdated(now - timedelta(days=30), by=system):
        for email in (
            "ana@nordlicht.example",
            "ben@aoki.example",
            "dana@prairie.example",
            "esha@saffron.example",
        ):
            actions.make_primary(people[email].designation, by=maya)
        for email, weekdays, starts, ends in ROSTERS:
            user = people[email]
            actions.add_to_roster(
                user,
                by=user,
                weekdays=weekdays,
                starts=starts,
                ends=ends,
                phone=user.work_phone,
                zone=user.zone,
            )
    with current_time.backdated(now - timedelta(days=3), by=system):
        waiting = _join(
            people["ana@nordlicht.example"], "Ivo Ilic", "ivo@nordlicht.example", password
        )
        _learn(waiting)
        actions.submit_form(waiting.designation, by=waiting, form=FORM)
    with current_time.backdated(now - timedelta(hours=5), by=system):
        learning = _join(
            people["dana@prairie.example"], "Pat Pine", "pat@prairie.example", password
        )
        _learn(learning, lessons=3)


def _join(by: User, name: str, email: str, password: str) -> User:
    assert by.organisation is not None
    invitation = actions.invite(by.organisation, by=by, email=email, name=name)
    user = User.objects.create_user(
        email,
        password,
        name=name,
        role=Role.CONTACT,
        organisation=by.organisation,
        site=by.site,
        zone=by.zone,
        language=by.language,
    )
    DesignatedContact.objects.create(
        organisation=by.organisation, user=user, state=ContactState.INVITED
    )
    invitation.accepted_at, invitation.user = current_time.now(), user
    invitation.save(update_fields=["accepted_at", "user"])
    return user


def _learn(user: User, lessons: int | None = None) -> None:
    """Read that many lessons. After all lessons, pass the quiz."""
    course = Course.objects.filter(is_for_contacts=True).first()
    version = course.current if course else None
    if version is None:
        return
    for lesson in version.lessons.select_related("version")[:lessons]:
        actions.read_lesson(lesson, by=user)
    if lessons is None:
        attempt = actions.begin_attempt(version, by=user)
        answers = {question.pk: question.right for question in version.questions.all()}
        actions.finish_attempt(attempt, by=user, answers=answers)
    user.designation.refresh_from_db()
