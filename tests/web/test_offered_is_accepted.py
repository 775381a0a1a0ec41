"""What portal, console and API offer is what the action accepts, after any history."""

import itertools
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_fsm import TransitionNotAllowed
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from caretrack.web.api.views import ACTS, WITH_VIEWS
from caretrack.web.console.action_registry import ACTIONS
from caretrack.web.portal.case import ACTS as PORTAL_ACTS
from cases import actions
from cases.actions.catalogue import BY_CARE, BY_CONTACT, CATALOGUE, possible
from cases.actions.context import ActionContext
from cases.bulk_actions import BULK_ACTIONS
from cases.models import Case, LinkKind
from contacts.models import ApiToken, User
from core.errors import Refused
from rca import actions as rca
from rca.models import Analysis
from sla import actions as policy_actions
from sla import sweeps
from sla.models import PolicyVersion
from tests import cast
from tests.cast import utc

counter = itertools.count(1)


class Undone(Exception):
    """Takes back what was tried."""


def another_contact(case, ana):
    """A Designated Contact who is not the contact of the case."""
    if case.contact_id != ana.pk:
        return ana
    address = "second@acme.example"
    known = User.objects.filter(email=address).first()
    return known or cast.contact(case.organisation, "Second Contact", address)


INPUTS = {
    "take": lambda **_: {},
    "accept": lambda **_: {},
    "assign": lambda case, kim, maya, **_: {"to": maya if case.assignee_id == kim.pk else kim},
    "log_call": lambda **_: {"reached": True, "text": "They agree."},
    "settle_question": lambda **_: {"how": "email", "text": "They wrote."},
    "put_on_hold": lambda **_: {
        "until": timezone.now() + timedelta(minutes=1),
        "text": "On leave.",
    },
    "end_hold": lambda **_: {},
    "set_severity": lambda case, **_: {"severity": 3 if case.severity == 4 else 4, "text": "So."},
    "contest_severity": lambda case, **_: {
        "severity": 3 if case.severity == 1 else 1,
        "text": "It is worse.",
    },
    "answer_escalation_request": lambda **_: {"text": "We do.", "granted": True},
    "close": lambda **_: {"reason": "out_of_scope", "text": "Not ours."},
    "rate": lambda **_: {"score": 4},
    "correct_details": lambda **_: {"title": f"Another title {next(counter)}"},
    "change_contact": lambda case, ana, **_: {"contact": another_contact(case, ana)},
    "add_follower": lambda case, ana, **_: {"person": another_contact(case, ana)},
    "tag": lambda **_: {"add": [f"tag {next(counter)}"]},
    "split": lambda **_: {"seq": 1, "title": f"Another issue {next(counter)}"},
    "merge": lambda **_: {
        "survivor": Case.objects.filter(title="An older case").latest("pk"),
        "text": "So.",
    },
    "link": lambda ana, **_: {"other": cast.file(ana, title="Beside"), "kind": LinkKind.RELATES_TO},
    "set_reminder": lambda **_: {"due_at": timezone.now() + timedelta(hours=1)},
    "open_side_conversation": lambda **_: {
        "subject": "A port",
        "recipients": ["noc@carrier.example"],
        "text": "Is it open?",
    },
    "attach": lambda **_: {"upload": SimpleUploadedFile("a.log", b"a line of a log")},
}


def inputs(name, case, ana, kim, maya):
    """Something that the action can do with this case, if it can do anything."""
    known = INPUTS.get(name, lambda **_: {"text": "Some words."})
    return known(case=case, ana=ana, kim=kim, maya=maya)


def accepts(name, case, by, *people):
    """Whether the action itself takes it, tried and taken back."""
    try:
        with transaction.atomic():
            fresh = Case.objects.get(pk=case.pk)
            given = inputs(name, fresh, *people)
            CATALOGUE[name].run(fresh, by=by, **given)
            raise Undone
    except Undone:
        return True
    except (Refused, TransitionNotAllowed):
        return False


def get(person, address):
    client = Client()
    client.force_login(person)
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def of_portal(case, person):
    page = get(person, f"/portal/cases/{case.code}/")
    return set(re.findall(rf'action="/portal/cases/{case.code}/([a-z-]+)/"', page)) & set(
        PORTAL_ACTS
    )


def of_console(case, person):
    page = get(person, f"/console/cases/{case.code}/")
    return set(re.findall(rf'"/console/cases/{case.code}/([a-z-]+)/"', page)) & {
        move.noun for move in ACTIONS if move.place != "hidden"
    }


def of_api(case, person):
    _row, text = ApiToken.issue(
        person, name="t", scopes=["cases:read"], expires_at=timezone.now() + timedelta(hours=1)
    )
    client = Client(headers={"Authorization": f"Bearer {text}"})
    return set(client.get(f"/api/v1/cases/{case.code}/actions/").json()["actions"])


def to_other_terms(case, by):
    """The case moves to another version of its policy: no message to the contact (§10, §14)."""
    policy = case.terms.policy_version.policy
    other = PolicyVersion.objects.filter(policy=policy).exclude(pk=case.terms.policy_version_id)
    if not other.exists():
        now = policy_actions.policies.newest(policy)
        policy_actions.save_draft(policy, by=by, written=replace(now, notice_days=2))
        policy_actions.publish(policy, by=by, why="A trial.")
    other = other.first()
    policy_actions.move_terms(case, by=by, version=other, reason="A new contract.")


HISTORY = st.lists(
    st.tuples(
        st.sampled_from([*CATALOGUE, "sweep", "initial_rca", "terms", "critical", "high"]),
        st.integers(0, 2 * 24 * 60),
    ),
    min_size=1,
    max_size=12,
)


def play(step, case, ana, kim, maya):
    if step == "sweep":
        sweeps.check_clocks()
        cast.send_notices(timezone.now())
    elif step == "initial_rca":
        analysis = Analysis.objects.filter(case=case).first()
        if analysis is not None:
            rca.send_initial(analysis, by=kim, text="A node failed.")
    elif step == "terms":
        to_other_terms(case, maya)
    elif step in ("critical", "high"):
        actions.set_severity(
            case, by=kim, severity=1 if step == "critical" else 2, text="It is worse."
        )
    elif step != "merge":
        by = ana if CATALOGUE[step].taken_by == BY_CONTACT else kim
        CATALOGUE[step].run(case, by=by, **inputs(step, case, ana, kim, maya))


@example(severity=2, history=[("answer", 0), ("terms", 25 * 60)])  # §10: silence goes on
@example(severity=2, history=[("answer", 0), ("attach", 23 * 60), ("note", 2 * 60)])
@example(severity=1, history=[("answer", 0), ("propose_resolution", 60), ("initial_rca", 1)])
@example(severity=3, history=[("request_information", 0), ("put_on_hold", 60)])
@example(severity=3, history=[("propose_resolution", 0), ("put_on_hold", 60), ("sweep", 2)])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(severity=st.integers(1, 4), history=HISTORY)
def test_what_is_offered_is_what_is_accepted(severity, history, ana, kim, maya, time_machine):
    now = utc("2026-03-06 13:00")
    time_machine.move_to(now, tick=False)
    cast.file(ana, severity=1, title="An older case")
    case = cast.file(ana, severity=severity)
    for step, minutes in history:
        now += timedelta(minutes=minutes)
        time_machine.move_to(now, tick=False)
        try:
            with transaction.atomic():
                play(step, Case.objects.get(pk=case.pk), ana, kim, maya)
        except (Refused, TransitionNotAllowed):
            pass
    case = Case.objects.get(pk=case.pk)
    for person in (ana, kim):
        offered = set(possible(ActionContext(case, person)))
        accepted = {name for name in CATALOGUE if accepts(name, case, person, ana, kim, maya)}
        assert offered == accepted, (person.name, case.state)
        assert of_api(case, person) == {
            noun for noun, act in ACTS.items() if act.action in offered
        } | {noun for noun, action in WITH_VIEWS.items() if action in offered}
        if person is ana:
            nouns = {noun for noun, act in PORTAL_ACTS.items() if act.action in offered}
            assert of_portal(case, person) == nouns
        else:
            nouns = {
                move.noun for move in ACTIONS if move.place != "hidden" and move.action in offered
            }
            analysis = Analysis.objects.filter(case=case, initial_sent_at=None)
            nouns |= {"initial-rca"} if analysis.exists() else set()
            assert of_console(case, person) == nouns


def test_every_door_leads_to_an_action_of_the_catalogue():
    entries = [act.action for act in ACTS.values()] + [action.action for action in BULK_ACTIONS]
    entries += [act.action for act in PORTAL_ACTS.values() if act.action]
    entries += [move.action for move in ACTIONS if move.noun != "initial-rca"]
    assert set(entries) <= set(CATALOGUE)


@pytest.mark.parametrize("action", [PORTAL_ACTS, ACTS])
def test_no_contact_is_offered_what_only_care_does(action, ana, kim):
    case = cast.file(ana)
    offered = possible(ActionContext(case, ana))
    assert all(CATALOGUE[name].taken_by != BY_CARE for name in offered)
    offered = possible(ActionContext(case, kim))
    assert all(CATALOGUE[name].taken_by != BY_CONTACT for name in offered)
