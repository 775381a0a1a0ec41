"""§12 and §13 as a machine: in any order in which people, email and time act, every promise is
provable.
"""

from datetime import timedelta

import pytest
import time_machine as moved
from django.db import transaction
from django.utils import timezone
from django_fsm import TransitionNotAllowed
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from audit import gate as gate
from audit import promises
from cases import actions, event_log
from cases.choices import CaseState
from cases.models import Case, Notification
from cases.notifications import outgoing
from core.errors import Refused
from rca import actions as rca
from rca.models import Analysis
from sla import clocks, sweeps
from sla.models import ClockFact
from tests import cast
from tests.cast import utc

MONDAY = utc("2026-03-02 09:00")


class Undone(Exception):
    """Takes a machine's rows back at its end."""


class Life(RuleBasedStateMachine):
    """One case between its people.

    A verb that is refused, or comes from the wrong state, changes nothing.
    """

    people: tuple = ()

    def __init__(self):
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.time = moved.travel(MONDAY, tick=False)
        self.now = self.time.start()
        self.ana, self.kim, self.maya = self.people
        self.case = cast.file(self.ana, severity=1)
        self.facts = 0
        self.is_proven = False

    def teardown(self):
        self.time.stop()
        self.scope.__exit__(Undone, Undone(), None)

    def do(self, verb, *args, **kwargs):
        """A verb, or its refusal; a refused one leaves the journal as it was."""
        before = Case.objects.get(pk=self.case.pk).event_count
        try:
            with transaction.atomic():
                verb(*args, **kwargs)
        except (Refused, TransitionNotAllowed, Analysis.DoesNotExist):
            assert Case.objects.get(pk=self.case.pk).event_count == before
        else:
            self.is_proven = False

    # --- The contact

    @rule()
    def the_contact_answers(self):
        self.do(actions.answer_as_contact, self.case, by=self.ana, text="That one.")

    @rule()
    def the_contact_accepts(self):
        self.do(actions.accept, self.case, by=self.ana)

    @rule()
    def the_contact_reports_an_issue(self):
        self.do(actions.report_issue, self.case, by=self.ana, text="Not yet.")

    @rule()
    def the_contact_reopens(self):
        self.do(actions.reopen, self.case, by=self.ana, text="It is back.")

    # --- Care

    @rule()
    def care_asks(self):
        self.do(actions.request_information, self.case, by=self.kim, text="Which one?")

    @rule()
    def care_answers(self):
        self.do(actions.answer, self.case, by=self.kim, text="We look.")

    @rule()
    def care_finds_the_answer_inadequate(self):
        self.do(actions.rule_inadequate, self.case, by=self.kim, text="Which of the two?")

    @rule(hours=st.sampled_from([1, 26, 24 * 9]))
    def care_puts_the_case_on_hold(self, hours):
        until = timezone.now() + timedelta(hours=hours)
        self.do(actions.put_on_hold, self.case, by=self.kim, until=until, text="On leave.")

    @rule()
    def care_ends_the_hold(self):
        self.do(actions.end_hold, self.case, by=self.kim)

    @rule()
    def care_proposes_a_resolution(self):
        self.do(actions.propose_resolution, self.case, by=self.kim, text="It was the codec.")

    @rule(severity=st.integers(1, 4))
    def care_sets_the_severity(self, severity):
        self.do(
            actions.set_severity,
            self.case,
            by=self.kim,
            severity=severity,
            text="Looked at again.",
        )

    @rule()
    def care_sends_the_initial_rca(self):
        self.do(
            lambda: rca.send_initial(
                Analysis.objects.get(case=self.case), by=self.kim, text="A node failed."
            )
        )

    @rule()
    def care_publishes_the_complete_rca(self):
        self.do(self._publish)

    def _publish(self):
        analysis = Analysis.objects.get(case=self.case)
        rca.save_draft(analysis, by=self.kim, sections=cast.document())
        rca.submit(analysis, by=self.kim)
        rca.publish(analysis, by=self.maya)

    # --- Time, the sweeps and the mail server

    @rule(
        minutes=st.sampled_from(
            [1, 30, 59, 240, 540, 24 * 60, 3 * 24 * 60, 9 * 24 * 60, 31 * 24 * 60]
        )
    )
    def time_goes_on(self, minutes):
        self.is_proven = False
        self.now.shift(timedelta(minutes=minutes))

    @rule()
    def caretrack_does_what_is_due(self):
        self.is_proven = False
        sweeps.check_clocks()

    @rule()
    def the_mail_server_takes_everything(self):
        self.is_proven = False
        queued = Notification.objects.filter(state="queued", next_attempt_at__lte=timezone.now())
        queued.update(state="sent", sent_at=timezone.now())

    @rule()
    def the_mail_server_refuses_one_for_good(self):
        self.is_proven = False
        notice = (
            Notification.objects.filter(state="queued", recipient=self.ana).order_by("pk").first()
        )
        if notice is not None:
            notice.attempts = len(outgoing.RETRY_AFTER) + 1
            outgoing.note_failure(notice, ConnectionError("550 no such mailbox"))

    # --- What always holds

    @invariant()
    def every_promise_is_provable(self):
        if self.is_proven:  # a refused verb left all as it was
            return
        only = [self.case.pk]
        for finds in (
            event_log.breaks,
            clocks.verify,
            promises.closures_without_notice,
            promises.breaches_without_fact,
            gate.closings_past_the_gate,
        ):
            assert list(finds(only)) == []
        self.is_proven = True

    @invariant()
    def facts_are_never_taken_back(self):
        facts = ClockFact.objects.filter(case=self.case).count()
        assert facts >= self.facts
        self.facts = facts

    @invariant()
    def a_closed_case_has_nothing_left_to_be_checked(self):
        case = Case.objects.get(pk=self.case.pk)
        if case.state == CaseState.CLOSED:
            assert not case.clocks.filter(check_at__isnull=False).exclude(kind="rca").exists()


@pytest.mark.django_db
def test_every_life_of_a_case_is_provable(ana, kim, maya):
    Life.people = (ana, kim, maya)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
