"""Who hears of a case when its contact no longer works it, reads it or is there (§1, §13)."""

from datetime import date, time

import pytest
from django.core import mail

from cases import actions
from cases.models import Notification
from cases.notifications import digests, outgoing
from contacts import actions as people
from contacts import eligibility
from contacts.models import Licence
from sla import auto_closure, sweeps
from tests import cast
from tests.cast import utc

EVENING = utc("2026-03-02 21:00")
MORNING = utc("2026-03-03 07:00")


@pytest.fixture
def ivo(acme):
    """Another Designated Contact of Acme's."""
    return cast.contact(acme, "Ivo Ito", "ivo@acme.example")


def heard(case, verb="answered"):
    """Who was written a notice of the last event with this verb."""
    seq = case.events.filter(verb=verb).latest("seq").seq
    notifications = Notification.objects.filter(case=case, key=f"{case.code}:event:{seq}").order_by(
        "recipient"
    )
    return [notice.recipient.email for notice in notifications]


def test_a_suspended_contact_reads_on_and_the_colleagues_are_asked_in_their_place(
    ana, ivo, kim, maya
):
    case = cast.file(ana)
    people.suspend(ana.designation, by=maya, reason="Training.")
    case = actions.request_information(
        type(case).objects.get(pk=case.pk), by=kim, text="Which phones?"
    ).case
    assert heard(case, "information_requested") == ["ana@acme.example", "ivo@acme.example"]
    actions.answer_as_contact(case, by=ivo, text="The desk phones.")


def test_who_was_revoked_hears_nothing_more_even_where_nobody_else_is_left(
    ana, kim, maya, time_machine
):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    case = cast.proposed(ana, kim)
    people.revoke(ana.designation, by=maya, reason="Left the company.")
    case = actions.answer(type(case).objects.get(pk=case.pk), by=kim, text="One more word.").case
    assert heard(case) == []
    mail.outbox.clear()
    outgoing.send()
    assert {address for message in mail.outbox for address in message.to} == {kim.email}
    time_machine.move_to(utc("2026-03-10 09:00"), tick=False)
    assert auto_closure.close_if_allowed(case).reason == auto_closure.NOBODY_CAN_ANSWER


def test_whose_designation_lapsed_with_the_licence_hears_of_their_own_case_until_it_ends(
    acme, ana, kim
):
    case = cast.file(ana)
    Licence.objects.filter(organisation=acme).update(ends_on=date(2020, 1, 1))
    eligibility.review()
    case = actions.answer(type(case).objects.get(pk=case.pk), by=kim, text="We go on.").case
    assert heard(case) == ["ana@acme.example"]
    mail.outbox.clear()
    outgoing.send()
    assert {message.to[0] for message in mail.outbox} == {"ana@acme.example"}


def test_what_waited_for_the_end_of_quiet_hours_goes_to_the_colleagues_of_who_was_revoked(
    ana, ivo, kim, maya, time_machine
):
    ana.quiet_from, ana.quiet_until = time(20), time(7)
    ana.save()
    time_machine.move_to(EVENING, tick=False)
    case = cast.waiting(ana, kim)
    people.revoke(ana.designation, by=maya, reason="Left the company.")
    mail.outbox.clear()
    time_machine.move_to(MORNING, tick=False)
    outgoing.send()
    outgoing.send()
    notified = [
        (message.to, message.body.split("\n")[0])
        for message in mail.outbox
        if "asked for" in message.subject
    ]
    assert notified == [(["ivo@acme.example"], "Ivo Ito,")]
    assert case.code in mail.outbox[0].subject


def test_a_digest_of_who_was_revoked_goes_to_the_colleagues_as_mails(
    ana, ivo, kim, maya, time_machine
):
    ana.notice_channels = {"answer": "digest", "case": "digest"}
    ana.save()
    time_machine.move_to(EVENING, tick=False)
    actions.answer(cast.file(ana), by=kim, text="We look.")
    people.revoke(ana.designation, by=maya, reason="Left the company.")
    mail.outbox.clear()
    time_machine.move_to(MORNING, tick=False)
    assert (digests.send_digests(), mail.outbox) == (0, [])
    outgoing.send()
    assert [message.to for message in mail.outbox] == [["ivo@acme.example"]] * 2


def test_a_reminder_reaches_no_revoked_contact(ana, ivo, kim, maya, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    cast.waiting(ana, kim)
    outgoing.send()
    people.revoke(ana.designation, by=maya, reason="Left the company.")
    time_machine.move_to(utc("2026-03-04 10:00"), tick=False)
    mail.outbox.clear()
    sweeps.check_clocks()
    outgoing.send()
    outgoing.send()
    assert {message.to[0] for message in mail.outbox} == {"ivo@acme.example"}


def test_what_an_analyst_who_left_was_to_hear_goes_to_the_managers(ana, kim, maya, time_machine):
    kim.quiet_from, kim.quiet_until = time(20), time(7)
    kim.save()
    time_machine.move_to(EVENING, tick=False)
    case = cast.waiting(ana, kim)
    actions.answer_as_contact(case, by=ana, text="The desk phones.")
    kim.is_active = False
    kim.save()
    mail.outbox.clear()
    time_machine.move_to(MORNING, tick=False)
    outgoing.send()
    outgoing.send()
    assert [message.to for message in mail.outbox if "answered" in message.subject] == [
        ["maya@care.example"]
    ]
