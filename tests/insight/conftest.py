"""Weeks in which promises were met and missed, for figures to be counted by hand."""

import pytest
from django.utils import timezone

from cases import actions
from cases.choices import ClosingReason
from cases.models import Case
from contacts.models import Team
from sla import sweeps
from tests import cast
from tests.cast import utc


@pytest.fixture
def busy(ana, ben, kim, lee, maya, time_machine):
    """Two customers on two calendars, from Monday 2 March to Friday 13 March: every kind of thing
    happens.
    """
    team = Team.objects.create(name="Voice")
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    for number in range(12):
        cast.file((ana, ben)[number // 4 % 2], severity=number % 4 + 1, priority=number % 3 + 1)
    for case in Case.objects.filter(severity__in=[1, 3]).order_by("pk")[:3]:
        actions.answer(case, by=kim, text="On it.")
    time_machine.move_to(utc("2026-03-02 15:00"), tick=False)
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
    time_machine.move_to(utc("2026-03-05 13:00"), tick=False)
    sweeps.check_clocks()
    actions.report_issue(proposal, by=ana, text="It came back.")
    actions.answer_as_contact(waits, by=ana, text="All of them.")
    time_machine.move_to(utc("2026-03-09 10:00"), tick=False)
    sweeps.check_clocks()
    low = cast.file(ben, severity=4)
    actions.answer(low, by=kim, text="We look into it.")
    low = actions.propose_resolution(low, by=kim, text="Done.").case
    actions.accept(low, by=ben)
    time_machine.move_to(utc("2026-03-10 10:00"), tick=False)
    actions.reopen(low, by=ben, text="Not quite.")
    duplicate = cast.file(ana, severity=3)
    actions.close(duplicate, by=kim, reason=ClosingReason.DUPLICATE, text="See the other one.")
    actions.escalate(proposal, by=kim, text="Dial twice.")
    time_machine.move_to(utc("2026-03-13 13:00"), tick=False)
    sweeps.check_clocks()
    cast.file(ana, severity=3)
    cast.file(ben, severity=1)
    return timezone.now()
