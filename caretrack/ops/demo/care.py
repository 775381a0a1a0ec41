"""Care in the demo: two support teams, one investigation team, and a rota with a gap at night."""

from datetime import datetime, timedelta

from cases import macros
from contacts import actions
from contacts.models import Assignment, User, WorkCalendar
from routing import actions as routing_actions

DAY = [["08:00", "17:00"]]
WORKDAYS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY)
SKILLS = {
    "kim@care.example": ["voice", "routing", "configuration"],
    "lee@care.example": ["reports", "chat", "email"],
    "noor@care.example": [],
}
MACROS = (
    (
        "First response",
        (
            "Hello {{contact.first_name}},\n\nthank you for {{case.code}}. I have it "
            "now, and aim to have it working "
            "again by {{due.restore}}.\n\n{{analyst.name}}"
        ),
    ),
    (
        "Ask for a console log",
        (
            "Could you record the browser's console while it happens?\n\n"
            "1. Open the developer tools and their console.\n"
            "2. Repeat what went wrong.\n3. Save the console as a file and attach it here."
        ),
    ),
    (
        "It works again",
        (
            "{{case.title}} should work again. Could you try, and tell us within three "
            "business days if it does not?"
        ),
    ),
)


def load_care(people: dict[str, User], now: datetime) -> None:
    """Create the teams, the working hours and the rota.

    Cases of the demo stay with their assignees.
    """
    kim, lee, noor, maya = (
        people[f"{name}@care.example"] for name in ("kim", "lee", "noor", "maya")
    )
    office = WorkCalendar.objects.create(name="Care, Berlin")
    office.revise(zone="Europe/Berlin", week=WORKDAYS, holidays={})
    front = actions.save_team(
        None,
        by=maya,
        name="First line",
        members=[kim, lee, noor, maya],
        calendar=office,
        is_intake=True,
    )
    actions.save_team(
        None,
        by=maya,
        name="Reports",
        members=[lee, maya],
        areas=["reports"],
        assignment=Assignment.LEAST_LOADED,
    )
    actions.save_team(
        None, by=maya, name="Platform investigation", members=[noor], investigates=True
    )
    for email, skills in SKILLS.items():
        routing_actions.set_work_pattern(people[email], by=maya, week=WORKDAYS, skills=skills)
    _rota(front.name, [noor, kim], lee, maya, now)
    for name, text in MACROS:
        macros.save(by=maya, name=name, text=text, audience="all")


def _rota(team: str, people: list[User], substitute: User, maya: User, now: datetime) -> None:
    """Weekday nights and Saturdays are covered. Sunday is the gap that the page shows."""
    monday = now.date() - timedelta(days=now.weekday())
    rota = routing_actions.save_rota(
        None,
        by=maya,
        name="Nights and weekends",
        zone="Europe/Berlin",
        begins_on=monday,
        hands_over="09:00",
        minutes=5,
        people=people,
        manager=maya,
    )
    routing_actions.add_shift(rota, by=maya, weekdays=[0, 1, 2, 3, 4], starts="17:00", ends="08:00")
    routing_actions.add_shift(rota, by=maya, weekdays=[5], starts="08:00", ends="24:00")
    midnight = now.astimezone(rota.tzinfo).replace(hour=0, minute=0, second=0, microsecond=0)
    routing_actions.add_swap(
        rota,
        by=maya,
        person=substitute,
        starts_at=midnight + timedelta(days=2),
        ends_at=midnight + timedelta(days=3),
        reason="Concert",
    )
