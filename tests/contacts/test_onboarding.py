"""§1: the way in, by invitation or by application, and what a letter's link opens."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from contacts import actions, emails
from contacts.models import DesignatedContact, Invitation, PeopleEvent, QueuedEmail, Role, User
from core.errors import Refused
from core.tenancy import auth_scope
from tests import cast

PASSWORD = "a sentence of my own"


@pytest.fixture
def primary(ana):
    """Ana, who manages Acme's people."""
    return actions.make_primary(
        ana.designation, by=cast.care("Maya", "maya0@care.example", Role.MANAGER)
    ).about


def accept(invitation, **fields):
    wanted = {"name": "Ivy Ito", "password": PASSWORD, "zone": "Asia/Tokyo", **fields}
    return actions.accept_invitation(invitation.pk, **wanted)


def test_the_primary_contact_invites_and_the_letter_opens_the_way_in(acme, primary, time_machine):
    time_machine.move_to(
        "2026-03-02 09:00Z", tick=False
    )  # the key is signed with the second in which it is made
    invitation = actions.invite(acme, by=primary, email=" Ivy@Acme.example ", name="Ivy Ito")
    emails.send()
    assert mail.outbox[-1].to == ["ivy@acme.example"]
    assert f"/join/{invitation.token}/" in mail.outbox[-1].body
    assert (
        invitation.token not in QueuedEmail.objects.get(invitation=invitation).text
    )  # the row holds no secret of a link
    ivy = accept(invitation)
    assert (ivy.organisation, ivy.role, ivy.zone, ivy.designation.state) == (
        acme,
        "contact",
        "Asia/Tokyo",
        "invited",
    )
    assert list(PeopleEvent.objects.values_list("verb", flat=True))[-2:] == ["invited", "joined"]


def test_a_colleague_reads_along_at_once_and_has_no_designation(acme, kim):
    ivy = accept(
        actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy", role=Role.COLLEAGUE)
    )
    assert ivy.reads_cases
    assert not DesignatedContact.objects.filter(user=ivy).exists()


def test_somebody_who_was_only_invited_reads_no_case(acme, ana, kim):
    case = cast.file(ana)
    ivy = accept(actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy"))
    assert not ivy.reads_cases
    assert not type(case).objects.visible_to(ivy).exists()
    assert type(case).objects.visible_to(ana).exists()


def test_a_link_is_good_once_and_only_for_a_while(acme, kim, time_machine):
    invitation = actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy")
    accept(invitation)
    with pytest.raises(Refused, match="used already"):
        accept(invitation)
    late = actions.invite(acme, by=kim, email="ivo@acme.example", name="Ivo")
    time_machine.move_to(late.expires_at)
    with pytest.raises(Refused, match="has expired"):
        accept(late)


def test_a_second_invitation_takes_the_place_of_the_first(acme, kim):
    first = actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy")
    second = actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy")
    with pytest.raises(Refused, match="has expired"):
        accept(first)
    assert accept(second).email == "ivy@acme.example"


def test_a_withdrawn_invitation_opens_nothing(acme, kim):
    invitation = actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy")
    actions.withdraw_invitation(invitation, by=kim)
    with pytest.raises(Refused, match="has expired"):
        accept(invitation)
    with pytest.raises(Refused, match="withdrawn already"):
        actions.withdraw_invitation(invitation, by=kim)


def test_a_token_that_was_tampered_with_names_no_invitation(acme, kim):
    token = actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy").token
    assert Invitation.key_of(token) is not None
    assert Invitation.key_of(token[:-1] + ("a" if token[-1] != "a" else "b")) is None
    assert Invitation.key_of("nonsense") is None


def test_only_the_primary_contact_and_care_invite(acme, ana, cole, ben, kim):
    for stranger in (ana, cole, ben):
        with pytest.raises(Refused, match="primary contact"):
            actions.invite(acme, by=stranger, email="ivy@acme.example", name="Ivy")
    assert actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy").pk


def test_an_address_of_another_customer_is_refused_without_naming_them(acme, ben, kim):
    with pytest.raises(Refused) as refused:
        actions.invite(acme, by=kim, email="BEN@globex.example", name="Ben")
    assert "Globex" not in refused.value.reason
    assert not Invitation.objects.exists()


def test_an_application_says_nothing_and_sends_the_link_to_the_address_alone(acme, ana):
    with auth_scope():
        actions.apply(short_name=" ACME ", email="ivy@acme.example", name="Ivy Ito")
        actions.apply(short_name="nobody-here", email="ivy@acme.example", name="Ivy Ito")
        actions.apply(short_name="acme", email="ana@acme.example", name="Ana Albers")
    emails.send()
    notified = {message.to[0]: message.body for message in mail.outbox}
    assert set(notified) == {"ivy@acme.example", "ana@acme.example"}
    assert "/join/" in notified["ivy@acme.example"]
    assert "an account already" in notified["ana@acme.example"]
    ivy = accept(Invitation.objects.get())
    assert ivy.designation.state == "applied"


def test_a_customer_who_invites_learns_nothing_of_other_customers_addresses(
    acme, primary, ben, kim
):
    known = actions.invite(acme, by=primary, email="ben@globex.example", name="Ben")
    unknown = actions.invite(acme, by=primary, email="ivy@globex.example", name="Ivy")
    staff = actions.invite(acme, by=primary, email="kim@care.example", name="Kim")
    assert {one.is_open(one.created_at) for one in (known, unknown, staff)} == {True}
    emails.send()
    notified = {message.to[0]: message.body for message in mail.outbox}
    assert "/join/" in notified["ivy@globex.example"]
    assert "has an account already" in notified["ben@globex.example"]
    assert "/join/" not in notified["ben@globex.example"] + notified["kim@care.example"]
    with pytest.raises(Refused, match="account already"):
        accept(known)


def test_an_application_takes_nobodys_invitation_away(acme, kim, time_machine):
    time_machine.move_to(cast.utc("2026-03-05 09:00"), tick=False)
    invited = actions.invite(
        acme, by=kim, email="cleo@acme.example", name="Cleo", role=Role.COLLEAGUE
    )
    for _ in range(3):
        time_machine.shift(timedelta(minutes=11))
        actions.apply(short_name="acme", email="cleo@acme.example", name="Somebody Else")
    assert [email.invitation_id for email in QueuedEmail.objects.all()] == [
        invited.pk
    ] * 2  # once more a day
    assert accept(invited).role == "colleague"


def test_asking_again_and_again_fills_no_mailbox(acme, time_machine):
    time_machine.move_to(cast.utc("2026-03-05 09:00"), tick=False)
    for _ in range(5):
        actions.apply(short_name="acme", email="ivy@acme.example", name="Ivy")
    assert QueuedEmail.objects.count() == 1
    time_machine.shift(timedelta(minutes=11))
    actions.apply(short_name="acme", email="ivy@acme.example", name="Ivy")
    assert QueuedEmail.objects.count() == 2


@pytest.mark.parametrize("password", ["short", "password1234", "ivy@acme.example"])
def test_a_password_that_everybody_guesses_is_not_taken(acme, kim, password):
    invitation = actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy")
    with pytest.raises(ValidationError):
        accept(invitation, password=password)
    assert not User.objects.filter(email="ivy@acme.example").exists()


def test_a_zone_that_is_none_is_refused_and_nothing_is_half_made(acme, kim):
    invitation = actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy")
    with pytest.raises(ValidationError):
        accept(invitation, zone="Mars/Olympus")
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_after_a_stop_no_letter_leaves_with_a_link_that_opens_nothing(acme, kim):
    actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy")
    actions.withdraw_invitation(Invitation.objects.get(), by=kim)
    actions.invite(acme, by=kim, email="ivo@acme.example", name="Ivo")
    actions.invite(acme, by=kim, email="ivo@acme.example", name="Ivo")
    mail.outbox.clear()
    emails.send()
    assert [message.to for message in mail.outbox] == [["ivo@acme.example"]]
    assert sorted(QueuedEmail.objects.values_list("state", flat=True)) == [
        "failed",
        "failed",
        "sent",
    ]


def test_a_letter_that_cannot_be_sent_is_tried_again(acme, kim, monkeypatch, time_machine):
    time_machine.move_to(cast.utc("2026-03-05 09:00"), tick=False)
    actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy")

    def away(self):
        raise ConnectionError("no mail server")

    with monkeypatch.context() as patch:
        patch.setattr("contacts.emails.EmailMultiAlternatives.send", away)
        emails.send()
    email = QueuedEmail.objects.get()
    assert (email.state, email.attempts, email.last_error) == (
        "queued",
        1,
        "ConnectionError: no mail server",
    )
    time_machine.shift(timedelta(minutes=2))
    emails.send()
    email.refresh_from_db()
    assert (email.state, len(mail.outbox)) == ("sent", 1)
    emails.send()
    assert len(mail.outbox) == 1


def test_letters_are_in_the_readers_language_and_have_an_html_part(acme, kim):
    actions.invite(acme, by=kim, email="yui@acme.example", name="森 <結衣>", language="ja")
    emails.send()
    message = mail.outbox[-1]
    html = message.alternatives[0][0]
    assert message.subject == "Kim Katoさんから CareTrack への招待"
    assert message.body.startswith("森 <結衣> 様\n\n")
    assert "年" in message.body
    assert {'<html lang="ja">' in html, "森 &lt;結衣&gt; 様" in html, 'href="http' in html} == {
        True
    }
