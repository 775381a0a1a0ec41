"""The trial's demo: four invented customers in four time zones, five people of Care, and cases in every state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import holidays
from django.db import transaction
from django.utils import timezone

from caretrack import democare, demopeople
from cases import actions, instants
from cases.models import Case
from cases.severity import Degraded, propose
from contacts.models import (
    ContactState,
    DesignatedContact,
    Licence,
    Organisation,
    Role,
    Site,
    Team,
    User,
    WorkCalendar,
)
from contacts.tenancy import care_scope
from rca import actions as rca_actions
from sla import calendars

PASSWORD = "caretrack-demo"  # noqa: S105 (printed on the log-in page of a trial, refused elsewhere)
WEEK = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@dataclass(frozen=True)
class Customer:
    """An invented organisation."""

    short_name: str
    name: str
    site: str
    zone: str
    country: str
    region: str | None
    language: str
    people: tuple[tuple[str, str, str], ...]
    week: dict[str, Any] | None = None


# Whose pages and mails are not in the language of their organisation.
LANGUAGES = {"yui@aoki.example": "ja"}
CUSTOMERS = (
    Customer("nordlicht", "Nordlicht Warenhaus", "Berlin", "Europe/Berlin", "DE", "BE", "en", (
        ("Ana Albers", "ana@nordlicht.example", Role.CONTACT), ("Jonas Keil", "jonas@nordlicht.example", Role.CONTACT),
        ("Cole Conrad", "cole@nordlicht.example", Role.COLLEAGUE))),
    Customer("aoki", "Aoki Denki KK", "Osaka", "Asia/Tokyo", "JP", None, "en", (
        ("Ben Baba", "ben@aoki.example", Role.CONTACT), ("Yui Mori", "yui@aoki.example", Role.CONTACT))),
    Customer("prairie", "Prairie Mutual", "Chicago", "America/Chicago", "US", "IL", "en", (
        ("Dana Diaz", "dana@prairie.example", Role.CONTACT),)),
    Customer("saffron", "Saffron Airways", "Mumbai", "Asia/Kolkata", "IN", "MH", "en", (
        ("Esha Rao", "esha@saffron.example", Role.CONTACT), ("Farid Khan", "farid@saffron.example", Role.CONTACT)),
        {**{day: [["09:00", "13:00"], ["14:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
         "sat": [["09:00", "13:00"]]}),
)  # fmt: skip
CARE = (
    ("Kim Kato", "kim@care.example", Role.ANALYST, "Europe/Berlin"),
    ("Lee Lindqvist", "lee@care.example", Role.ANALYST, "America/Chicago"),
    ("Noor Nasser", "noor@care.example", Role.ANALYST, "Asia/Tokyo"),
    ("Maya Moss", "maya@care.example", Role.MANAGER, "Europe/Berlin"),
    ("Ada Adeyemi", "ada@care.example", Role.ADMINISTRATOR, "Europe/Berlin"),
)


def is_loaded() -> bool:
    """Whether the demo is in place already."""
    with care_scope():
        return Organisation.objects.filter(short_name=CUSTOMERS[0].short_name).exists()


@transaction.atomic
def load() -> None:
    """Make the customers, the people and their cases, relative to now; all or nothing."""
    with care_scope():
        people = {email: _care(name, email, role, zone) for name, email, role, zone in CARE}
        democare.tell(people, timezone.now())
        for customer in CUSTOMERS:
            people |= _customer(customer)
        now = timezone.now().replace(microsecond=0)
        for story in STORIES:
            story(Story(people, now))
        demopeople.tell(people, now, PASSWORD)


def _care(name: str, email: str, role: str, zone: str) -> User:
    return User.objects.create_user(email, PASSWORD, name=name, role=role, zone=zone)


def _customer(customer: Customer) -> dict[str, User]:
    year = timezone.now().year
    named = holidays.country_holidays(customer.country, subdiv=customer.region, years=range(year - 1, year + 4))
    calendar = WorkCalendar.objects.create(name=f"{customer.name}, {customer.site}")
    calendar.revise(
        zone=customer.zone,
        week=customer.week or WEEK,
        holidays={day.isoformat(): name for day, name in sorted(named.items())},
    )
    organisation = Organisation.objects.create(short_name=customer.short_name, name=customer.name)
    site = Site.objects.create(organisation=organisation, name=customer.site, calendar=calendar, is_main=True)
    Licence.objects.create(
        organisation=organisation, product="PureCloud 3", starts_on=timezone.localdate() - timedelta(days=400)
    )
    people = {}
    for name, email, role in customer.people:
        user = User.objects.create_user(
            email, PASSWORD, name=name, role=role, organisation=organisation, site=site, zone=customer.zone,
            language=LANGUAGES.get(email, customer.language), work_phone="+00 555 0199",
        )  # fmt: skip
        if role == Role.CONTACT:
            DesignatedContact.objects.create(organisation=organisation, user=user, state=ContactState.ACTIVE)
        people[email] = user
    return people


@dataclass
class Story:
    """Tells what happened to a case, at instants before now."""

    people: dict[str, User]
    now: datetime

    def who(self, name: str) -> User:
        return next(user for user in self.people.values() if user.name.startswith(f"{name} "))

    def at(self, ago: timedelta, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Case:
        with instants.history(self.now - ago, by=User.objects.system(), quiet=False):
            result = verb(*args, **kwargs)
        return result.case

    def file(self, ago: timedelta, name: str, title: str, description: str, *, down: bool = False,
             workaround: bool = True,
             degraded: str = Degraded.PARTLY, priority: int = 3, area: str = "Voice") -> Case:  # fmt: skip
        contact = self.who(name)
        assert contact.site is not None
        severity = propose(function_down=down, workaround=workaround, degraded=degraded, priority=priority)
        return self.at(
            ago, actions.file_case, by=contact, contact=contact, site=contact.site, title=title,
            description=description,
            severity=severity, priority=priority, area=area, business_impact="Our service desk is slowed down.",
        )  # fmt: skip

    def business_ago(self, case_contact: str, hours: float) -> timedelta:
        """How long ago it was when that many business hours of the contact's site had still to pass until now."""
        contact = self.who(case_contact)
        assert contact.site is not None
        office = calendars.compiled(contact.site.hours)
        at = self.now
        while office.between(at, self.now) < timedelta(hours=hours):
            at -= timedelta(minutes=15)
        return self.now - at


def _asked(tell: Story) -> None:
    case = tell.file(
        tell.business_ago("Ana", 14),
        "Ana",
        "Calls drop after 30 seconds",
        "Every call to the **Osaka** line ends after 30 seconds.",
    )
    tell.at(
        tell.business_ago("Ana", 13), actions.answer, case, by=tell.who("Kim"), text="Thank you, I look into it now."
    )
    tell.at(tell.business_ago("Ana", 11), actions.request_information, case, by=tell.who("Kim"),
            text="Could you record the browser console while a call drops, and attach the log?")  # fmt: skip


def _proposed(tell: Story) -> None:
    case = tell.file(
        tell.business_ago("Ana", 16),
        "Ana",
        "Reports time out",
        "The monthly report never finishes.",
        degraded=Degraded.SEVERELY,
        area="Reports",
    )
    tell.at(
        tell.business_ago("Ana", 15.5),
        actions.answer,
        case,
        by=tell.who("Lee"),
        text="I can reproduce it with last month's data.",
    )
    tell.at(
        tell.business_ago("Ana", 9),
        actions.restore,
        case,
        by=tell.who("Lee"),
        text="We raised the limit: the report finishes in two minutes.",
    )
    tell.at(
        tell.business_ago("Ana", 8),
        actions.propose_resolution,
        case,
        by=tell.who("Lee"),
        summary="The report now reads from the new index.",
    )


def _critical(tell: Story) -> None:
    case = tell.file(
        timedelta(minutes=95),
        "Ben",
        "No inbound calls, Osaka",
        "Nobody can reach our contact centre.",
        down=True,
        workaround=False,
        priority=1,
    )
    tell.at(
        timedelta(minutes=90),
        actions.log_call,
        case,
        by=tell.who("Noor"),
        reached=True,
        text="Ben is on site; all trunks show busy.",
    )


def _critical_over(tell: Story) -> None:
    ago = tell.business_ago("Dana", 12)
    case = tell.file(
        ago + timedelta(hours=3),
        "Dana",
        "Claims line silent",
        "Callers hear nothing.",
        down=True,
        workaround=False,
        priority=1,
    )
    tell.at(
        ago + timedelta(hours=2, minutes=54),
        actions.log_call,
        case,
        by=tell.who("Lee"),
        reached=True,
        text="Dana confirms on two handsets.",
    )
    tell.at(
        ago + timedelta(hours=1),
        actions.restore,
        case,
        by=tell.who("Lee"),
        text="Media servers were restarted; calls have sound again.",
    )
    case = tell.at(
        ago,
        actions.propose_resolution,
        case,
        by=tell.who("Lee"),
        summary="A faulty media node was taken out of service.",
    )
    tell.at(ago - timedelta(minutes=10), rca_actions.send_initial, case.analysis, by=tell.who("Lee"),
            text="A media node lost its clock and sent silence. It was taken out of service.")  # fmt: skip


def _new_ones(tell: Story) -> None:
    tell.file(
        timedelta(minutes=25),
        "Ana",
        "Which ports does the softphone need?",
        "For our firewall change.",
        degraded=Degraded.HARDLY,
        priority=4,
        area="Configuration",
    )
    tell.file(
        timedelta(minutes=40),
        "Esha",
        "Agents are logged out at noon",
        "All 40 agents at 12:00 sharp.",
        degraded=Degraded.SEVERELY,
        priority=1,
        area="Log-in",
    )
    tell.file(
        tell.business_ago("Dana", 3),
        "Dana",
        "Wallboard shows yesterday",
        "The queue numbers are a day old.",
        priority=2,
        area="Reports",
    )


def _investigating(tell: Story) -> None:
    case = tell.file(
        tell.business_ago("Esha", 20),
        "Esha",
        "Recordings miss the first second",
        "Compliance needs the whole call.",
        degraded=Degraded.SEVERELY,
        area="Recording",
    )
    tell.at(tell.business_ago("Esha", 17), actions.answer, case, by=tell.who("Noor"), text="I hear it too.")
    tell.at(tell.business_ago("Esha", 10), actions.escalate, case, by=tell.who("Noor"),
            reproduction="Record any call with codec G.722: the first second is missing.",
            team=Team.objects.get(investigates=True))  # fmt: skip


def _closed(tell: Story) -> None:
    case = tell.file(
        tell.business_ago("Yui", 40),
        "Yui",
        "Hold music is distorted",
        "It crackles.",
        degraded=Degraded.HARDLY,
        area="Voice",
    )
    tell.at(
        tell.business_ago("Yui", 36),
        actions.answer,
        case,
        by=tell.who("Noor"),
        text="The file was saved at a wrong rate; I converted it.",
    )
    case = tell.at(
        tell.business_ago("Yui", 35),
        actions.propose_resolution,
        case,
        by=tell.who("Noor"),
        summary="Hold music was converted to 8 kHz.",
    )
    tell.at(tell.business_ago("Yui", 33), actions.accept, case, by=tell.who("Yui"))


STORIES = (_closed, _investigating, _proposed, _asked, _critical_over, _critical, _new_ones)
