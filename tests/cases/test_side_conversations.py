"""A side conversation is a thread of its own with third parties, and of Care alone."""

import io
import smtplib
import zipfile
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone
from django_fsm import TransitionNotAllowed

from audit import evidence_pack
from cases import actions, event_log, search
from cases.choices import Facing
from cases.models import (
    Attachment,
    CaseEvent,
    CaseUpdate,
    Notification,
    ScanState,
    SideConversation,
    SideMessage,
)
from cases.notifications import side_emails
from contacts import actions as people
from contacts.models import User
from core.errors import Refused
from core.search_query import SearchQuery
from core.tenancy import organisation_scope
from sla.models import Clock
from tests import cast

NOC = "noc@carrier.example"


def begin(case, by, recipients=(NOC,), text="Is **port 7** open?", **more):
    return actions.open_side_conversation(
        case, by=by, subject="Port 7 blocked", recipients=recipients, text=text, **more
    )


@pytest.fixture
def case(ana):
    return cast.file(ana)


def test_it_is_a_thread_of_its_own(case, kim, settings):
    conversation = begin(case, kim, [f" {NOC.upper()}", "b@carrier.example", NOC])
    assert side_emails.send() == 1
    actions.write_in_side_conversation(conversation, by=kim, text="And now?")
    side_emails.send()
    assert side_emails.send() == 0
    first, second = mail.outbox
    assert first.to == [NOC, "b@carrier.example"]
    assert (first.subject, second.subject) == ("Port 7 blocked", "Re: Port 7 blocked")
    assert first.body == "Is **port 7** open?"
    assert "<strong>port 7</strong>" in str(first.alternatives[0])
    own_id = first.extra_headers["Message-ID"]
    assert own_id.startswith(f"<side-{conversation.pk}-")
    assert second.extra_headers["In-Reply-To"] == second.extra_headers["References"] == own_id
    assert case.title not in str(first.message())
    assert first.reply_to == [kim.email]
    assert "Kim Kato" in first.from_email
    settings.SIDE_ADDRESS = "side@care.example"
    message = SideMessage.objects.latest("pk")
    (address,) = side_emails.compose(message).reply_to
    assert address.startswith(f"side+side-{conversation.pk}-")
    assert side_emails.is_reply_address_of(conversation.pk, address)
    assert not side_emails.is_reply_address_of(conversation.pk + 1, address)
    states = SideMessage.objects.values_list("state", "provider_id")
    assert ("sent", own_id) in states


def test_it_is_internal_and_moves_no_clock(case, ana, kim, client):
    clocks = list(Clock.objects.filter(case=case).order_by("pk").values())
    before = (case.state, case.assignee_id, case.answered_at, case.last_message_at)
    notified = Notification.objects.count()
    conversation = begin(case, kim)
    actions.log_side_reply(conversation, by=kim, sender="joe@carrier.example", text="Firmware 9.")
    actions.end_side_conversation(conversation, by=kim)
    actions.reopen_side_conversation(conversation, by=kim)
    case.refresh_from_db()
    assert (case.state, case.assignee_id, case.answered_at, case.last_message_at) == before
    assert list(Clock.objects.filter(case=case).order_by("pk").values()) == clocks
    assert Notification.objects.count() == notified
    assert cast.verbs(case)[-5:] == [
        "side_conversation_opened",
        "side_message_sent",
        "side_reply_logged",
        "side_conversation_ended",
        "side_conversation_reopened",
    ]
    ours = CaseEvent.objects.filter(case=case, verb__startswith="side_")
    assert set(ours.values_list("facing", flat=True)) == {Facing.INTERNAL}
    assert list(event_log.breaks()) == []
    client.force_login(ana)
    for address in ("", "print/"):
        page = client.get(f"/portal/cases/{case.code}/{address}").content.decode()
        assert not [text for text in ("carrier", "Firmware", "side conv") if text in page]
    with organisation_scope(ana.organisation_id):
        require_shown(case, ana, is_shown=False)
        with pytest.raises(DatabaseError), transaction.atomic():
            SideConversation.objects.exists()
    require_shown(case, kim, is_shown=True)


def require_shown(case, by, *, is_shown):
    """Search and the evidence pack show it, or neither does."""
    for words in ("firmware", "blocked", "carrier"):
        assert (case.pk in search.keys(SearchQuery.parse(words), by)) is is_shown, words
    packed = zipfile.ZipFile(io.BytesIO(evidence_pack.build(case, by=by)))
    journal = packed.read(f"{case.code}/journal.json").decode()
    assert ("Firmware" in journal) is is_shown
    assert ("carrier.example" in journal) is is_shown


def test_only_chosen_files_go_along_and_none_that_is_blocked(case, ana, kim):
    for name in ("a.log", "b.log"):
        actions.attach(case, by=ana, upload=SimpleUploadedFile(name, name.encode()))
    first, second = Attachment.objects.filter(case=case)
    conversation = begin(case, kim, files=[first.pk])
    side_emails.send()
    assert [name for name, *_ in mail.outbox[0].attachments] == ["a.log"]
    assert CaseEvent.objects.latest("pk").particulars["files"] == ["a.log"]
    foreign = cast.file(ana, title="Another")
    actions.attach(foreign, by=ana, upload=SimpleUploadedFile("c.log", b"c"))
    theirs = Attachment.objects.get(case=foreign)
    with pytest.raises(Refused, match="not there"):
        actions.write_in_side_conversation(conversation, by=kim, text="x", files=[theirs.pk])
    message = actions.write_in_side_conversation(conversation, by=kim, text="x", files=[second.pk])
    Attachment.objects.filter(pk=second.pk).update(scan_state=ScanState.INFECTED)
    side_emails.send()
    message.refresh_from_db()
    assert (message.state, len(mail.outbox)) == ("failed", 1)
    Attachment.objects.filter(pk=first.pk).update(size=11 * 2**20)
    with pytest.raises(Refused, match="10 MB"):
        actions.write_in_side_conversation(conversation, by=kim, text="x", files=[first.pk])


@pytest.mark.parametrize(
    ("recipients", "why"),
    [
        ([], "at least one"),
        (["nobody"], "no email address"),
        (["a@x.example\nBcc: b@x.example"], "no email address"),
        ([f"p{n}@x.example" for n in range(6)], "at most 5"),
        (["ANA@acme.example"], "is the customer's own"),
        (["care@caretrack.invalid"], "CareTrack's own"),
    ],
)
def test_recipients_are_a_few_third_parties(case, kim, recipients, why):
    with pytest.raises(Refused, match=why):
        begin(case, kim, recipients)
    assert not SideConversation.objects.exists()
    assert "side_conversation_opened" not in cast.verbs(case)


def test_who_may_do_what_and_when(case, ana, kim):
    with pytest.raises(Refused):
        begin(case, ana)
    conversation = begin(case, kim)
    with pytest.raises(TransitionNotAllowed):
        actions.reopen_side_conversation(conversation, by=kim)
    actions.end_side_conversation(conversation, by=kim)
    for refused in (
        lambda: actions.write_in_side_conversation(conversation, by=kim, text="x"),
        lambda: actions.log_side_reply(conversation, by=kim, sender=NOC, text="x"),
        lambda: actions.end_side_conversation(conversation, by=kim),
    ):
        with pytest.raises(TransitionNotAllowed):
            refused()
    actions.reopen_side_conversation(conversation, by=kim)
    with pytest.raises(Refused):
        actions.log_side_reply(conversation, by=ana, sender=NOC, text="x")
    actions.withdraw(case, by=ana, text="It works.")
    with pytest.raises(TransitionNotAllowed):
        actions.write_in_side_conversation(conversation, by=kim, text="x")
    actions.log_side_reply(conversation, by=kim, sender=NOC, text="It was the port.")
    actions.end_side_conversation(conversation, by=kim)


def test_a_message_is_tried_again_and_its_author_hears_of_a_failure(
    case, kim, monkeypatch, time_machine
):
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    conversation = begin(case, kim)
    real = side_emails.compose
    errors = [ConnectionError("away"), smtplib.SMTPRecipientsRefused({NOC: (550, b"5.1.1 no")})]

    def fail(*args, **more):
        raise errors.pop(0)

    monkeypatch.setattr(side_emails, "compose", fail)
    side_emails.send()
    message = SideMessage.objects.get()
    assert (message.state, message.attempts) == ("queued", 1)
    assert side_emails.send() == 0
    time_machine.move_to(start + timedelta(minutes=1), tick=False)
    side_emails.send()
    message.refresh_from_db()
    assert message.state == "failed"
    notification = Notification.objects.get(key__contains=":side:")
    assert notification.recipient == kim
    assert "Port 7 blocked" in notification.subject
    monkeypatch.setattr(side_emails, "compose", real)
    actions.send_side_message_again(message, by=kim)
    side_emails.send()
    assert len(mail.outbox) == 1
    with pytest.raises(Refused, match="not delivered"):
        actions.send_side_message_again(message, by=kim)
    assert SideMessage.objects.get().conversation_id == conversation.pk


def test_an_erasure_takes_a_person_out_of_it(case, ana, acme, kim, maya):
    dora = cast.colleague(acme, "Dora Dahl", "dora@acme.example")
    address = "dora.dahl@home.example"
    conversation = actions.open_side_conversation(
        case, by=kim, subject="For Dora Dahl", recipients=[NOC], text="Hello."
    )
    SideConversation.objects.filter(pk=conversation.pk).update(recipients=[NOC, dora.email])
    actions.log_side_reply(conversation, by=kim, sender=NOC, text="Yes.")
    SideMessage.objects.update(sender=dora.email)
    people.end_access(dora, by=maya, reason="Left.")
    people.erase_person(
        User.objects.get(pk=dora.pk), by=maya, reason="They asked.", address=dora.email
    )
    conversation.refresh_from_db()
    rest = f"{conversation.subject} {conversation.recipients} {SideMessage.objects.first().sender}"
    particulars = str(list(CaseEvent.objects.values_list("particulars", flat=True)))
    for text in ("Dora Dahl", "dora@acme.example"):
        assert text not in rest
        assert text not in particulars
    assert address not in rest
    assert NOC in rest
    assert list(event_log.breaks()) == []
    assert case.pk not in search.keys(SearchQuery.parse("dora"), kim)
    assert CaseUpdate.objects.filter(text="Hello.").exists()
