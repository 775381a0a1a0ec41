"""Weeks in which promises were met and missed, for figures to be counted by hand."""

import pytest
from django.utils import timezone
from time_machine import travel

from cases import actions
from cases.choices import ClosingReason
from cases.models import Case
from contacts.models import Role, Team
from core.tenancy import care_scope
from sla import sweeps
from sla.models import Policy
from tests import cast, ground, kept_rows
from tests.cast import utc

LAST = utc("2026-03-13 13:00")


@pytest.fixture
def busy(busy_weeks, db, time_machine):
    """Two customers on two calendars, from Monday 2 March to Friday 13 March: every kind of thing
    happened. It is the end of them now.
    """
    time_machine.move_to(LAST, tick=False)
    return timezone.now()


@pytest.fixture
def busy_weeks(request, django_db_setup, django_db_blocker):
    """The rows of the busy weeks, made once for many tests; a test that really commits has its
    own.
    """
    with django_db_blocker.unblock():
        if "transactional_db" in request.fixturenames:
            request.getfixturevalue("transactional_db")
            _make()
        else:
            kept_rows.keep(_make)


def _make():
    with care_scope(), travel(utc("2026-03-02 09:00"), tick=False) as now:
        if not Policy.objects.exists():
            ground.lay()
        _live(now)


def _live(now):
    ana = cast.contact(
        cast.organisation("acme", "Acme Retail", zone="Europe/Berlin"),
        "Ana Albers",
        "ana@acme.example",
    )
    ben = cast.contact(
        cast.organisation("globex", "Globex KK", zone="Asia/Tokyo"),
        "Ben Baba",
        "ben@globex.example",
    )
    kim = cast.care("Kim Kato", "kim@care.example", Role.ANALYST)
    lee = cast.care("Lee Lind", "lee@care.example", Role.ANALYST)
    maya = cast.care("Maya Moss", "maya@care.example", Role.MANAGER)
    team = Team.objects.create(name="Voice")
    for number in range(12):
        cast.file((ana, ben)[number // 4 % 2], severity=number % 4 + 1, priority=number % 3 + 1)
    for case in Case.objects.filter(severity__in=[1, 3]).order_by("pk")[:3]:
        actions.answer(case, by=kim, text="On it.")
    now.move_to(utc("2026-03-02 15:00"), tick=False)
    sweeps.check_clocks()
    for case in Case.objects.filter(state="new").order_by("pk")[:4]:
        actions.answer(case, by=lee, text="Sorry, late.")
    late = (
        Case.objects.filter(clock_facts__kind="breached", state="in_progress", severity=2)
        .order_by("pk")
        .first()
    )
    actions.set_severity(late, by=kim, severity=4, text="A workaround exists.")
    actions.contest_severity(late, by=late.contact, text="It hurts.")
    critical = Case.objects.filter(severity=1, state="in_progress").order_by("pk").first()
    actions.assign(critical, by=maya, to=lee, team=team)
    actions.propose_resolution(critical, by=kim, text="Replaced.")
    waits = cast.waiting(ana, kim)
    proposal = cast.proposed(ana, kim, severity=2)
    now.move_to(utc("2026-03-05 13:00"), tick=False)
    sweeps.check_clocks()
    actions.report_issue(proposal, by=ana, text="It came back.")
    actions.answer_as_contact(waits, by=ana, text="All of them.")
    now.move_to(utc("2026-03-09 10:00"), tick=False)
    sweeps.check_clocks()
    low = cast.file(ben, severity=4)
    actions.answer(low, by=kim, text="We look into it.")
    low = actions.propose_resolution(low, by=kim, text="Done.").case
    actions.accept(low, by=ben)
    now.move_to(utc("2026-03-10 10:00"), tick=False)
    actions.reopen(low, by=ben, text="Not quite.")
    duplicate = cast.file(ana, severity=3)
    actions.close(duplicate, by=kim, reason=ClosingReason.DUPLICATE, text="See the other one.")
    actions.escalate(proposal, by=kim, text="Dial twice.")
    now.move_to(LAST, tick=False)
    sweeps.check_clocks()
    cast.file(ana, severity=3)
    cast.file(ben, severity=1)
