"""Side conversations and reminders by program: the actions, rights and refusals of the pages."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases import actions
from cases.models import Case, Reminder, SideConversation, SideMessage, SideMessageState
from tests import cast
from tests.web.api.test_api import Machine

OPENING = {
    "subject": "Circuit 4711 is down",
    "recipients": ["noc@carrier.example"],
    "text": "When will it be repaired?",
}


def send(machine, path, key=None, **fields):
    headers = {"Idempotency-Key": key} if key else {}
    return machine.client.post(
        f"/api/v1/{path}", fields, content_type="application/json", headers=headers
    )


@pytest.fixture
def case(ana):
    return cast.file(ana)


@pytest.fixture
def sides(case):
    return f"cases/{case.code}/side-conversations/"


def test_a_side_conversation_from_its_opening_to_its_end(case, sides, kim):
    machine = Machine(kim)
    offered = machine.get(f"cases/{case.code}/actions/").json()["actions"]
    assert {"side-conversations", "reminders"} <= set(offered)
    opened = send(machine, sides, **OPENING)
    assert opened.status_code == 201, opened.content
    one = f"{sides}{opened.json()['id']}/"
    assert machine.get(one).json()["recipients"] == ["noc@carrier.example"]
    other = send(machine, f"{one}messages/", text="And now?", recipients=["lead@carrier.example"])
    assert (other.status_code, other.json()["state"]) == (201, "queued")
    reply = send(machine, f"{one}replies/", sender="lead@carrier.example", text="At noon.")
    assert (reply.status_code, reply.json()["state"]) == (201, "received")
    texts = [row["text"] for row in machine.get(f"{one}messages/").json()["results"]]
    assert texts == ["At noon.", "And now?", "When will it be repaired?"]
    again = f"{one}messages/{other.json()['id']}/retries/"
    assert send(machine, again).status_code == 403, "it waits to be sent"
    SideMessage.objects.filter(pk=other.json()["id"]).update(state=SideMessageState.FAILED)
    assert send(machine, again).json()["state"] == "queued"
    assert send(machine, f"{one}endings/").json()["ended_at"] is not None
    assert send(machine, f"{one}endings/").status_code == 409
    assert send(machine, f"{one}messages/", text="Hello?").status_code == 409
    assert send(machine, f"{one}reopenings/").json()["ended_at"] is None
    assert [row["subject"] for row in machine.get(sides).json()["results"]] == [OPENING["subject"]]


def test_the_refusals_are_those_of_the_page(case, sides, ana, kim):
    machine = Machine(kim)
    theirs = send(machine, sides, **(OPENING | {"recipients": [ana.email]}))
    assert theirs.status_code == 403
    assert "write to Ana Albers on the case" in theirs.json()["detail"]
    many = send(machine, sides, **(OPENING | {"recipients": [f"a{n}@b.example" for n in range(6)]}))
    assert (many.status_code, list(many.json()["errors"])) == (400, ["recipients"])
    unknown = send(machine, sides, **OPENING, quote=True)
    assert (unknown.status_code, list(unknown.json()["errors"])) == (400, ["quote"])
    assert send(machine, sides, **OPENING, files=[4711]).status_code == 403
    assert not SideConversation.objects.exists()
    late = timezone.now() - timedelta(minutes=1)
    past = send(machine, f"cases/{case.code}/reminders/", due_at=late.isoformat())
    assert past.status_code == 403
    assert machine.get("reminders/?state=nonsense").status_code == 400
    assert machine.get("reminders/?cursor=bm9uc2Vuc2U=").status_code in (200, 404)


def test_a_repeated_request_acts_once(case, sides, kim, lee):
    machine, key = Machine(kim), str(uuid.uuid4())
    first, second = (send(machine, sides, key, **OPENING) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert SideConversation.objects.count() == 1
    other = send(machine, sides, key, **(OPENING | {"text": "Something else."}))
    assert (other.status_code, list(other.json()["errors"])) == (400, ["Idempotency-Key"])
    assert send(machine, sides, "no-uuid", **OPENING).status_code == 400
    assert send(Machine(lee), sides, key, **OPENING).status_code == 201, "keys are of a person"
    one = f"{sides}{first.json()['id']}/"
    acts = {
        "messages/": {"text": "And now?"},
        "replies/": {"sender": "noc@carrier.example", "text": "At noon."},
        "endings/": {},
    }
    for path, fields in acts.items():
        key = str(uuid.uuid4())
        sent = [send(machine, f"{one}{path}", key, **fields) for _ in range(2)]
        assert [answer.status_code for answer in sent] == [201, 201], path
        assert sent[0].json() == sent[1].json()
    assert SideMessage.objects.filter(conversation=first.json()["id"]).count() == 3
    key, due = str(uuid.uuid4()), (timezone.now() + timedelta(hours=2)).isoformat()
    path = f"cases/{case.code}/reminders/"
    set_twice = [send(machine, path, key, due_at=due, note="Call them.") for _ in range(2)]
    assert set_twice[0].json() == set_twice[1].json()
    assert Reminder.objects.count() == 1


def test_reminders_are_of_the_tokens_person_alone(case, kim, lee):
    machine, colleague = Machine(kim), Machine(lee)
    due = timezone.now().replace(microsecond=0) + timedelta(days=1)
    answer = send(machine, f"cases/{case.code}/reminders/", due_at=due.isoformat(), note="Call.")
    assert (answer.status_code, answer.json()["case"]) == (201, case.code)
    one = f"reminders/{answer.json()['id']}/"
    assert colleague.get(one).status_code == 404
    assert colleague.get("reminders/").json()["results"] == []
    for noun, fields in (("changes", {"due_at": due.isoformat()}), ("removal", {})):
        assert send(colleague, f"{one}{noun}/", **fields).status_code == 404
    later = (due + timedelta(days=1)).isoformat()
    changed = send(machine, f"{one}changes/", due_at=later, note="Call again.")
    assert (changed.status_code, changed.json()["note"]) == (201, "Call again.")
    assert [row["note"] for row in machine.get("reminders/?state=open").json()["results"]] == [
        "Call again."
    ]
    assert send(machine, f"{one}removal/").status_code == 204
    assert send(machine, f"{one}removal/").status_code == 404
    assert not Reminder.objects.exists()


def test_a_customers_token_meets_nothing_of_it(case, sides, ana, ben, kim):
    conversation = actions.open_side_conversation(case, by=kim, **OPENING)
    reminder = actions.set_reminder(case, by=kim, due_at=timezone.now() + timedelta(hours=1))
    one = f"{sides}{conversation.pk}/"
    for person, refused in ((ana, 403), (ben, 404)):
        machine = Machine(person)
        assert send(machine, sides, **OPENING).status_code == refused
        due = (timezone.now() + timedelta(hours=1)).isoformat()
        path = f"cases/{case.code}/reminders/"
        assert send(machine, path, due_at=due).status_code == refused
        for path in (sides, one, f"{one}messages/", "reminders/", f"reminders/{reminder.pk}/"):
            assert machine.get(path).status_code == 404, path
        posts = {
            f"{one}messages/": {"text": "Hello."},
            f"{one}replies/": {"sender": "noc@carrier.example", "text": "Hello."},
            f"{one}endings/": {},
            f"{one}reopenings/": {},
            f"{one}messages/{conversation.messages.get().pk}/retries/": {},
            f"reminders/{reminder.pk}/changes/": {"due_at": due},
            f"reminders/{reminder.pk}/removal/": {},
        }
        for path, fields in posts.items():
            assert send(machine, path, **fields).status_code == 404, path
        if person == ana:
            offered = machine.get(f"cases/{case.code}/actions/").json()["actions"]
            assert not {"side-conversations", "reminders"} & set(offered)
    assert Reminder.objects.get() == reminder


def test_a_conversation_of_one_case_is_not_found_at_another(case, sides, ben, kim):
    conversation = actions.open_side_conversation(case, by=kim, **OPENING)
    other = f"cases/{cast.file(ben).code}/side-conversations/{conversation.pk}/"
    machine = Machine(kim)
    assert machine.get(other).status_code == 404
    assert send(machine, f"{other}messages/", text="Hello.").status_code == 404


def test_a_token_that_reads_sends_nothing_and_the_schema_names_all(case, sides, kim, client):
    assert send(Machine(kim, scopes=["cases:read"]), sides, **OPENING).status_code == 403
    schema = client.get("/api/v1/schema/").content.decode()
    for path in ("/side-conversations/{side}/messages/", "/reminders/{reminder}/changes/"):
        assert path in schema
    assert "Idempotency-Key" in schema


def test_a_case_a_reply_and_a_file_that_are_sent_again_are_there_once(case, ana, kim):
    machine, key = Machine(ana), str(uuid.uuid4())
    new = {"title": "T", "description": "D", "function_down": False, "workaround": True}
    new["degraded"] = "hardly"
    first, second = (send(machine, "cases/", key, **new) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert Case.objects.exclude(pk=case.pk).count() == 1
    assert send(machine, "cases/", key, **(new | {"title": "U"})).status_code == 400
    bad = send(machine, "cases/", str(uuid.uuid4()), **(new | {"area": "Nowhere"}))
    assert bad.status_code == 403, "and the key is free again"
    actions.request_information(case, by=kim, text="Which phones?")
    path, key = f"cases/{case.code}/contact-answers/", str(uuid.uuid4())
    sent = [send(machine, path, key, text="All of them.") for _ in range(2)]
    assert [answer.status_code for answer in sent] == [201, 201]
    assert sent[0].json() == sent[1].json()
    assert cast.verbs(case)[-2:] == ["information_requested", "contact_answered"]
    key = str(uuid.uuid4())
    for content, expected in ((b"12:00 lost", 201), (b"12:00 lost", 201), (b"13:00 lost", 400)):
        upload = SimpleUploadedFile("app.log", content, "text/plain")
        answer = machine.client.post(
            f"/api/v1/cases/{case.code}/attachments/",
            {"file": upload},
            headers={"Idempotency-Key": key},
        )
        assert answer.status_code == expected, answer.content
    assert case.attachments.count() == 1


def test_a_filter_that_is_given_twice_is_refused(ana):
    answer = Machine(ana).get("cases/?severity=3&severity=2")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["severity"])
    assert Machine(ana).get("reminders/?state=open&state=done").status_code in (400, 404)
