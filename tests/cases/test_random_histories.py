"""Random verbs at random instants: the stored clocks are the folded ones, and the journal is
unbroken.
"""

from datetime import timedelta

from django.db import transaction
from django_fsm import TransitionNotAllowed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import promises
from cases import actions, event_log
from cases.facts import facts_of
from cases.models import Case
from core import current_time
from core.errors import Refused
from sla import clocks, sweeps
from sla.models import QueueEntry
from tests import cast
from tests.cases.test_transitions import CARES_VERBS, CONTACTS_VERBS
from tests.cast import utc

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *CARES_VERBS,
                *CONTACTS_VERBS,
                "rule_inadequate",
                "set_severity_1",
                "set_severity_2",
                "put_on_hold_2",
                "put_on_hold_120",
                "put_on_hold_after",
                "end_hold",
                "merge_into",
                "sweep",
            ]
        ),
        st.integers(0, 3 * 24 * 60),
    ),
    min_size=3,
    max_size=18,
)


def act(verb: str, case: Case, ana, kim) -> None:
    if verb == "sweep":
        sweeps.check_clocks()
        cast.send_notices(current_time.now())
    elif verb == "rule_inadequate":
        actions.rule_inadequate(case, by=kim, text="Not what was asked.")
    elif verb.startswith("set_severity_"):
        actions.set_severity(case, by=kim, severity=int(verb[-1]), text="Seen anew.")
    elif verb == "put_on_hold_after":
        other = actions.answer(cast.file(ana, title="Comes first"), by=kim, text="We look.").case
        put_on_hold(case, kim, hours=120, after=other)
        actions.propose_resolution(other, by=kim, text="Fixed.")
    elif verb.startswith("put_on_hold_"):
        put_on_hold(case, kim, hours=int(verb.rpartition("_")[2]))
    elif verb == "merge_into":
        with transaction.atomic():
            duplicate = cast.file(ana, severity=case.severity, title="The same")
            actions.merge(duplicate, by=kim, survivor=case, text="One issue.")
    elif verb == "end_hold":
        actions.end_hold(case, by=kim)
    elif verb in CARES_VERBS:
        CARES_VERBS[verb](case, kim)
    else:
        CONTACTS_VERBS[verb](case, ana)


def put_on_hold(case: Case, by, *, hours: int, after: Case | None = None) -> None:
    until = current_time.now() + timedelta(hours=hours)
    actions.put_on_hold(case, by=by, until=until, text="On leave.", after=after)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(severity=st.integers(1, 4), steps=STEPS)
def test_folded_clocks_equal_stored_clocks_and_the_journal_verifies(
    severity, steps, ana, kim, time_machine
):
    now = utc("2026-03-06 13:00")
    time_machine.move_to(now, tick=False)
    case = cast.file(ana, severity=severity)
    for verb, minutes in steps:
        now += timedelta(minutes=minutes)
        time_machine.move_to(now, tick=False)
        before = case.events.count()
        try:
            act(verb, case, ana, kim)
        except (Refused, TransitionNotAllowed):
            assert case.events.count() == before, "a refused verb left something behind"
    assert list(clocks.verify()) == []
    assert list(event_log.breaks()) == []
    assert list(promises.closures_without_notice()) == []
    facts = facts_of(case)
    if not (facts.hold or facts.is_wait_suspended):
        paused = case.clocks.filter(kind__in=["customer_response", "closure"], stopped_at=None)
        assert all(clock.outcome != "paused" for clock in paused), "for ever"
    entry, hold = QueueEntry.objects.filter(case=case).first(), facts.hold
    if entry is not None:
        assert entry.on_hold_until == (hold.until if hold else None)
