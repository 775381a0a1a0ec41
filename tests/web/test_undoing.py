"""A message to a contact can be undone for ten seconds. It counts when it is really sent, never
later than a target, and a crash in between loses nothing.
"""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases import actions, pending_messages
from cases.files import staging
from cases.models import CaseUpdate, Notification, PendingMessage, ReplyDraft, StagedFile
from cases.tasks import release_messages
from sla.models import Clock
from tests import cast
from tests.cast import utc

TEXT = "We are looking into it."


@pytest.fixture(autouse=True)
def _now(settings, time_machine):
    settings.UNDO_SECONDS = 10
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)


@pytest.fixture
def case(ana, kim, client):
    client.force_login(kim)
    return cast.file(ana)


def send(client, case, noun="answer", text=TEXT, **more):
    data = {"text": text, "undo": "1", "seen": str(case.event_count), **more}
    return client.post(f"/console/cases/{case.code}/{noun}/", data)


def messages_to_contact(case):
    return list(
        CaseUpdate.objects.filter(case=case, facing="contact").values_list("text", flat=True)
    )


def later(time_machine, seconds):
    time_machine.move_to(timezone.now() + timedelta(seconds=seconds), tick=False)


def test_a_message_waits_and_is_then_sent_at_the_instant_of_its_release(client, case, time_machine):
    assert send(client, case).status_code == 302
    page = client.get(f"/console/cases/{case.code}/").content.decode()
    assert "Your message is sent" in page
    assert TEXT in page
    assert messages_to_contact(case) == []
    assert not Notification.objects.filter(case=case, kind="answer").exists()
    later(time_machine, 9)
    release_messages()
    assert messages_to_contact(case) == []
    later(time_machine, 1)
    release_messages()
    assert messages_to_contact(case) == [TEXT]
    clock = Clock.objects.get(case=case, kind="response")
    assert (clock.outcome, clock.stopped_at) == ("met", timezone.now())
    release_messages()
    assert messages_to_contact(case) == [TEXT]


def test_undo_makes_it_a_draft_again_and_too_late_says_so(client, case, ana, time_machine):
    send(client, case)
    message = PendingMessage.objects.get()
    assert client.get(f"/console/pending/{message.pk}/").status_code == 200
    response = client.post(f"/console/pending/{message.pk}/undo/")
    assert response.url == f"/console/cases/{case.code}/?tab=answer#composer"
    assert ReplyDraft.objects.get().text == TEXT
    assert TEXT in client.get(response.url).content.decode()
    assert client.post(f"/console/pending/{message.pk}/undo/").status_code == 302
    assert ReplyDraft.objects.count() == 1
    send(client, case, text="Another one.")
    later(time_machine, 11)
    release_messages()
    assert messages_to_contact(case) == ["Another one."]
    late = client.post(f"/console/pending/{PendingMessage.objects.latest('pk').pk}/undo/")
    assert "It is too late: the message was sent." in late.content.decode()


def test_the_page_has_it_sent_and_only_its_author_may(client, case, lee, time_machine):
    send(client, case)
    address = f"/console/pending/{PendingMessage.objects.get().pk}/release/"
    assert client.post(address).status_code == 202
    later(time_machine, 10)
    client.force_login(lee)
    for path in (address, address.replace("release", "undo")):
        assert client.post(path).status_code in (403, 404), path
    assert messages_to_contact(case) == []
    client.force_login(PendingMessage.objects.get().by)
    assert "was sent" in client.post(address).content.decode()
    assert messages_to_contact(case) == [TEXT]


@pytest.mark.parametrize("noun", ["answer", "information", "resolution"])
def test_every_message_to_the_contact_waits(noun, client, case, kim, time_machine):
    actions.answer(case, by=kim, text="Hello.")
    case.refresh_from_db()
    send(client, case, noun)
    assert PendingMessage.objects.get().noun == noun
    later(time_machine, 10)
    release_messages()
    assert len(messages_to_contact(case)) == 2


def test_what_is_refused_is_refused_at_the_click(client, case, ana):
    assert send(client, case, text=" ").status_code == 422
    assert send(client, case, text="@Kim Kato please look").status_code == 422
    actions.withdraw(case, by=ana, text="Never mind.")
    assert send(client, case).status_code in (409, 422)
    assert not PendingMessage.objects.exists()


def test_where_a_target_ends_within_the_wait_it_goes_at_once(client, case, kim, time_machine):
    due = Clock.objects.get(case=case, kind="response").due_at
    time_machine.move_to(due - timedelta(seconds=50), tick=False)
    client.force_login(
        case.assignee
        or pytest.importorskip("contacts.models").User.objects.get(email="kim@care.example")
    )
    send(client, case)
    assert messages_to_contact(case) == [TEXT]
    assert Clock.objects.get(case=case, kind="response").outcome == "met"


def test_words_that_the_contact_writes_meanwhile_hold_it_back(client, case, ana, kim, time_machine):
    send(client, case)
    actions.answer_as_contact(case, by=ana, text="It works again!")
    later(time_machine, 10)
    release_messages()
    assert TEXT not in messages_to_contact(case)
    assert ReplyDraft.objects.get().text == TEXT
    notice = Notification.objects.get(key__contains="unsent")
    assert notice.recipient == kim
    assert "Ana Albers wrote while you were writing" in notice.text
    assert "was not sent" in notice.subject


def test_another_contact_never_gets_what_was_written_to_the_first(
    client, case, acme, kim, time_machine
):
    dana = cast.contact(acme, "Dana Dorn", "dana@acme.example")
    send(client, case, seen="")
    actions.change_contact(case, dana, by=kim, text="")
    later(time_machine, 10)
    release_messages()
    assert TEXT not in messages_to_contact(case)
    assert ReplyDraft.objects.get().text == TEXT


def test_files_go_with_it_and_stay_after_undo(client, case, kim, time_machine):
    staged = staging.stage(by=kim, upload=SimpleUploadedFile("trace.txt", b"x"), case=case)
    send(client, case, staged=str(staged.pk))
    client.post(f"/console/pending/{PendingMessage.objects.get().pk}/undo/")
    assert StagedFile.objects.filter(pk=staged.pk).exists()
    send(client, case, text="With a file.", staged=str(staged.pk))
    later(time_machine, 10)
    release_messages()
    assert case.attachments.get().name == "trace.txt"


def test_send_and_next_takes_the_next_case_and_shows_the_undo_there(client, case, ana, kim):
    following = cast.file(ana, severity=2)
    response = send(client, case, then="next")
    assert response.url == f"/console/cases/{following.code}/"
    page = client.get(response.url).content.decode()
    assert f"Your message on {case.code} is sent" in page
    assert "data-undo" in page


def test_who_left_sends_nothing(client, case, kim, time_machine):
    send(client, case)
    kim.is_active = False
    kim.save(update_fields=["is_active"])
    later(time_machine, 10)
    release_messages()
    assert messages_to_contact(case) == []
    assert PendingMessage.objects.get().state == "refused"


def test_without_the_field_or_the_setting_it_goes_at_once(client, case, settings):
    send(client, case, undo="")
    assert messages_to_contact(case) == [TEXT]
    settings.UNDO_SECONDS = 0
    send(client, case, text="Again.")
    assert messages_to_contact(case)[-1] == "Again."


def test_a_message_that_fails_is_a_draft_again_and_stops_no_other(
    client, case, ana, time_machine, monkeypatch
):
    other = cast.file(ana)
    send(client, case)
    send(client, other, text="The other one.")
    really = pending_messages.HELD["answer"]

    def act(case, **more):
        if more["text"] == TEXT:
            raise ValueError("an error of ours")
        return really(case, **more)

    monkeypatch.setitem(pending_messages.HELD, "answer", act)
    later(time_machine, 10)
    release_messages()
    assert messages_to_contact(case) == []
    assert messages_to_contact(other) == ["The other one."]
    assert ReplyDraft.objects.get(case=case).text == TEXT
    assert Notification.objects.get(key__contains="unsent").case == case
