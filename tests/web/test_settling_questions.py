"""Care says on the page, and by the API, that a question is settled (§13)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.choices import CaseState
from contacts.models import ApiToken
from tests import cast


@pytest.fixture
def as_kim(client, kim):
    client.force_login(kim)
    return client


def test_a_call_is_logged_as_the_answer_where_one_is_waited_for(as_kim, ana, kim):
    case = cast.waiting(ana, kim)
    form = as_kim.get(f"/console/cases/{case.code}/call/").content.decode()
    assert 'name="answers_question"' in form
    as_kim.post(
        f"/console/cases/{case.code}/call/",
        {"reached": "yes", "text": "All phones.", "answers_question": "on"},
    )
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS


def test_a_call_cannot_be_the_answer_where_nothing_was_asked(as_kim, ana, kim):
    case = actions.answer(cast.file(ana), by=kim, text="We look.").case
    form = as_kim.get(f"/console/cases/{case.code}/call/").content.decode()
    assert 'name="answers_question"' not in form
    page = as_kim.get(f"/console/cases/{case.code}/").content.decode()
    assert f"/console/cases/{case.code}/settlement/" not in page


def test_a_question_is_settled_on_the_page_and_the_contact_reads_how(as_kim, ana, kim):
    case = cast.waiting(ana, kim)
    answer = as_kim.post(
        f"/console/cases/{case.code}/settlement/", {"how": "email", "text": "They sent the log."}
    )
    assert answer.status_code in (302, 303)
    portal = Client()
    portal.force_login(ana)
    page = portal.get(f"/portal/cases/{case.code}/").content.decode()
    assert "answered by email" in page
    assert "They sent the log." in page


def test_a_settlement_without_its_way_keeps_the_words(as_kim, ana, kim):
    case = cast.waiting(ana, kim)
    answer = as_kim.post(f"/console/cases/{case.code}/settlement/", {"text": "They sent the log."})
    assert answer.status_code == 422
    assert "They sent the log." in answer.content.decode()


def test_a_program_settles_a_question(ana, kim):
    case = cast.waiting(ana, kim)
    _, token = ApiToken.issue(
        kim,
        name="t",
        scopes=["cases:read", "cases:write"],
        expires_at=timezone.now() + timedelta(hours=1),
    )
    api = Client(headers={"Authorization": f"Bearer {token}"})
    assert (
        "question-settlements" in api.get(f"/api/v1/cases/{case.code}/actions/").json()["actions"]
    )
    answer = api.post(
        f"/api/v1/cases/{case.code}/question-settlements/",
        {"how": "meeting", "text": "All phones."},
        content_type="application/json",
    )
    assert answer.status_code == 201
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS
