"""Which verb is allowed from which state, and to whom (design of the states; §5 to §13)."""

import pytest
from django_fsm import TransitionNotAllowed

from cases import actions
from cases.choices import CaseState
from cases.models import Case
from contacts.models import Team
from core.errors import Refused
from tests import cast

CARES_VERBS = {
    "take": lambda case, by: actions.take(case, by=by),
    "answer": lambda case, by: actions.answer(case, by=by, text="We look."),
    "note": lambda case, by: actions.note(case, by=by, text="A thought."),
    "log_call": lambda case, by: actions.log_call(case, by=by, reached=True, text="They agree."),
    "request_information": lambda case, by: actions.request_information(case, by=by, text="Which?"),
    "set_severity": lambda case, by: actions.set_severity(
        case, by=by, severity=4, text="Little impact."
    ),
    "escalate": lambda case, by: actions.escalate(case, by=by, text="Dial 1."),
    "hand_back": lambda case, by: actions.hand_back(case, by=by, text="A bug."),
    "restore": lambda case, by: actions.restore(case, by=by, text="It works."),
    "propose_resolution": lambda case, by: actions.propose_resolution(case, by=by, text="Fixed."),
    "close": lambda case, by: actions.close(case, by=by, reason="out_of_scope", text="Not ours."),
}
CONTACTS_VERBS = {
    "answer_as_contact": lambda case, by: actions.answer_as_contact(case, by=by, text="Here."),
    "contest_severity": lambda case, by: actions.contest_severity(case, by=by, text="It is worse."),
    "request_escalation": lambda case, by: actions.request_escalation(
        case, by=by, text="Too slow."
    ),
    "accept": lambda case, by: actions.accept(case, by=by),
    "report_issue": lambda case, by: actions.report_issue(case, by=by, text="Not fixed."),
    "withdraw": lambda case, by: actions.withdraw(case, by=by, text="Our mistake."),
    "reopen": lambda case, by: actions.reopen(case, by=by, text="It is back."),
}
NEW, WORK, WAIT, INVEST, PROPOSED, CLOSED = (
    "new",
    "in_progress",
    "waiting",
    "investigating",
    "proposed",
    "closed",
)
OPEN = {NEW, WORK, WAIT, INVEST, PROPOSED}
ALLOWED = {
    "take": OPEN,
    "answer": OPEN,
    "note": OPEN | {CLOSED},
    "log_call": OPEN,
    "request_information": {NEW, WORK, WAIT, INVEST},
    "set_severity": OPEN,
    "escalate": {NEW, WORK},
    "hand_back": {INVEST},
    "restore": {WORK, WAIT, INVEST},
    "propose_resolution": {WORK, WAIT, INVEST},
    "close": OPEN,
    "answer_as_contact": OPEN,
    "contest_severity": OPEN,
    "request_escalation": {NEW, WORK, INVEST},
    "accept": {PROPOSED},
    "report_issue": {PROPOSED},
    "withdraw": OPEN,
    "reopen": {CLOSED},
}
# Where a verb leads; the others stay where they are.
LEADS_TO = {
    ("take", NEW): CaseState.IN_PROGRESS,
    ("answer", NEW): CaseState.IN_PROGRESS,
    ("log_call", NEW): CaseState.IN_PROGRESS,
    ("hand_back", INVEST): CaseState.IN_PROGRESS,
    ("answer_as_contact", WAIT): CaseState.IN_PROGRESS,
    ("report_issue", PROPOSED): CaseState.IN_PROGRESS,
    ("reopen", CLOSED): CaseState.IN_PROGRESS,
    **{
        ("request_information", state): CaseState.WAITING_ON_CONTACT
        for state in (NEW, WORK, WAIT, INVEST)
    },
    **{("escalate", state): CaseState.INVESTIGATING for state in (NEW, WORK)},
    **{
        ("propose_resolution", state): CaseState.RESOLUTION_PROPOSED
        for state in (WORK, WAIT, INVEST)
    },
    **{(verb, state): CaseState.CLOSED for verb in ("close", "withdraw") for state in OPEN},
    ("accept", PROPOSED): CaseState.CLOSED,
}


def case_in(state: str, ana, lee) -> Case:
    case = cast.file(ana)
    if state == NEW:
        return case
    case = actions.answer(case, by=lee, text="We look into it.").case
    if state == WAIT:
        return actions.request_information(case, by=lee, text="Which phones?").case
    if state == INVEST:
        return actions.escalate(case, by=lee, text="Dial 1.").case
    if state == PROPOSED:
        return actions.propose_resolution(case, by=lee, text="Changed.").case
    if state == CLOSED:
        return actions.withdraw(case, by=ana, text="Our headset.").case
    return case


@pytest.mark.parametrize("state", [NEW, WORK, WAIT, INVEST, PROPOSED, CLOSED])
@pytest.mark.parametrize("verb", [*CARES_VERBS, *CONTACTS_VERBS])
def test_a_verb_is_allowed_just_from_the_states_that_know_it(verb, state, ana, kim, lee):
    case = case_in(state, ana, lee)
    before, events = CaseState(case.state), case.event_count
    act, by = (CARES_VERBS[verb], kim) if verb in CARES_VERBS else (CONTACTS_VERBS[verb], ana)
    if state in ALLOWED[verb]:
        event = act(case, by)
        assert event.case.state == LEADS_TO.get((verb, state), before)
        assert event.by == by
    else:
        with pytest.raises((Refused, TransitionNotAllowed)):
            act(case, by)
        unchanged = Case.objects.get(pk=case.pk)
        assert (unchanged.state, unchanged.event_count) == (before, events)


@pytest.mark.parametrize("verb", CARES_VERBS)
def test_a_contact_cannot_do_what_care_does(verb, ana, lee):
    case = case_in(INVEST if verb == "hand_back" else WORK, ana, lee)
    with pytest.raises(Refused):
        CARES_VERBS[verb](case, ana)


@pytest.mark.parametrize("verb", CONTACTS_VERBS)
@pytest.mark.parametrize("who", ["kim", "cole", "ben"])
def test_only_the_organisations_own_contact_speaks_for_it(verb, who, ana, lee, request):
    state = next(state for state in (PROPOSED, WORK, CLOSED) if state in ALLOWED[verb])
    case = case_in(state, ana, lee)
    if (verb, who) == ("reopen", "kim"):
        assert CONTACTS_VERBS[verb](case, request.getfixturevalue(who)).case.is_open
        return
    with pytest.raises(Refused):
        CONTACTS_VERBS[verb](case, request.getfixturevalue(who))


def test_the_state_cannot_be_written_past_the_transitions(ana):
    case = cast.file(ana)
    with pytest.raises(AttributeError):
        case.state = CaseState.CLOSED


def test_a_case_that_waits_while_it_is_investigated_returns_to_the_investigation(ana, lee):
    case = actions.request_information(case_in(INVEST, ana, lee), by=lee, text="Which codec?").case
    assert (
        actions.answer_as_contact(case, by=ana, text="G.722").case.state == CaseState.INVESTIGATING
    )


def test_only_an_investigation_team_takes_an_escalated_case(ana, lee):
    case, front = case_in(WORK, ana, lee), Team.objects.create(name="First line")
    with pytest.raises(Refused, match="no investigation team"):
        actions.escalate(case, by=lee, text="Dial 1.", team=front)
    deep = Team.objects.create(name="Platform", investigates=True)
    assert actions.escalate(case, by=lee, text="Dial 1.", team=deep).case.team == deep


def test_nothing_contact_facing_is_ever_empty(ana, kim):
    case = cast.file(ana)
    with pytest.raises(Refused, match="Please write"):
        actions.answer(case, by=kim, text="   ")


def test_an_automatic_message_is_no_answer(ana, system):
    with pytest.raises(Refused):
        actions.answer(cast.file(ana), by=system, text="We got your case.")


def test_taking_a_case_twice_is_refused(ana, kim):
    case = actions.take(cast.file(ana), by=kim).case
    with pytest.raises(Refused, match="already yours"):
        actions.take(case, by=kim)


def test_a_severity_is_contested_once_per_assignment(ana, kim):
    case = actions.contest_severity(cast.file(ana), by=ana, text="It is worse.").case
    with pytest.raises(Refused, match="contested already"):
        actions.contest_severity(case, by=ana, text="Really.")
    case = actions.uphold_severity(case, by=kim, text="One phone of forty.").case
    with pytest.raises(Refused, match="final say"):
        actions.contest_severity(case, by=ana, text="Please.")
    case = actions.set_severity(case, by=kim, severity=2, text="Now ten phones.").case
    assert actions.contest_severity(case, by=ana, text="All of them.").verb == "severity_contested"


def test_a_request_for_escalation_keeps_to_its_criteria(ana, kim, time_machine):
    time_machine.move_to(cast.utc("2026-03-02 09:00"), tick=False)
    case = actions.answer(cast.file(ana, severity=2), by=kim, text="We look.").case
    with pytest.raises(Refused, match="24 hours after the last update"):
        actions.request_escalation(case, by=ana, text="Slow.")
    time_machine.move_to(cast.utc("2026-03-03 09:00"), tick=False)
    case = actions.request_escalation(case, by=ana, text="Slow.").case
    with pytest.raises(Refused, match="open already"):
        actions.request_escalation(case, by=ana, text="Still.")
    assert case.clocks.get(kind="escalation").due_at == cast.utc("2026-03-03 13:00")
    actions.answer_escalation_request(
        case, by=kim, text="It goes to the platform team.", granted=True
    )
    assert case.clocks.get(kind="escalation").outcome == "met"
