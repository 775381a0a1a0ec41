"""Following a case: who may, what they hear of, and that it changes nothing about the case."""

import pytest

from cases import actions
from cases.models import Notification, Watch
from cases.notifications import outgoing
from core.errors import Refused
from sla.models import Clock
from tests import cast


@pytest.fixture
def watched(ana, cole, lee):
    """A case of Ana's that her colleague and another analyst follow."""
    case = cast.file(ana)
    actions.watch(case, by=cole)
    actions.watch(case, by=lee)
    return case


def heard(reader):
    return list(
        Notification.objects.filter(recipient=reader)
        .order_by("id")
        .values_list("subject", flat=True)
    )


def test_a_colleague_and_care_hear_what_happens_and_it_is_nobodys_turn_of_theirs(
    watched, cole, lee, kim
):
    actions.request_information(watched, by=kim, text="Which phones?")
    assert (
        heard(cole)
        == heard(lee)
        == [f"[{watched.code}] Kim Kato asked for information on {watched.code}"]
    )
    assert "It is your organisation's turn." in Notification.objects.get(recipient=cole).text
    assert "/portal/cases/" in Notification.objects.get(recipient=cole).text
    assert "/console/cases/" in Notification.objects.get(recipient=lee).text
    assert set(
        Notification.objects.filter(recipient__in=[cole, lee]).values_list("kind", flat=True)
    ) == {"watched"}


def test_they_hear_of_the_contact_too_and_never_of_internal_notes(watched, ana, cole, kim):
    actions.answer_as_contact(watched, by=ana, text="It got worse.")
    actions.note(watched, by=kim, text="Between us.")
    assert heard(cole) == [f"[{watched.code}] Ana Albers answered on {watched.code}"]


def test_nobody_is_told_twice_or_of_what_they_did(ana, kim):
    case = cast.file(ana)
    actions.watch(case, by=ana)
    actions.watch(case, by=kim)
    before = len(heard(ana))
    actions.answer(case, by=kim, text="We look.")
    assert len(heard(ana)) == before + 1
    assert heard(kim) == []


def test_watching_moves_no_clock_and_writes_no_event(watched, cole):
    before = (
        watched.events.count(),
        list(Clock.objects.filter(case=watched).values()),
        watched.state,
    )
    actions.watch(watched, by=cole)
    actions.unwatch(watched, by=cole)
    watched.refresh_from_db()
    assert (
        watched.events.count(),
        list(Clock.objects.filter(case=watched).values()),
        watched.state,
    ) == before
    assert Watch.objects.filter(case=watched, watcher=cole).count() == 0


def test_watching_twice_is_watching_once(watched, cole):
    actions.watch(watched, by=cole)
    assert Watch.objects.filter(case=watched, watcher=cole).count() == 1


def test_who_no_longer_follows_hears_nothing(watched, cole, kim):
    actions.unwatch(watched, by=cole)
    actions.answer(watched, by=kim, text="We look.")
    assert heard(cole) == []


def test_a_stranger_cannot_follow(watched, ben):
    with pytest.raises(Refused):
        actions.watch(watched, by=ben)


def test_who_has_left_or_moved_hears_nothing(watched, cole, lee, globex, kim):
    lee.is_active = False
    lee.save()
    type(cole).objects.filter(pk=cole.pk).update(organisation=globex, site=None)
    actions.answer(watched, by=kim, text="We look.")
    assert heard(cole) == heard(lee) == []


def test_a_notice_already_queued_is_not_sent_to_a_watcher_who_left_meanwhile(watched, cole, kim):
    actions.answer(watched, by=kim, text="We look.")
    cole.is_active = False
    cole.save()
    outgoing.send()
    assert Notification.objects.get(recipient=cole).state == "failed"


def test_the_page_shows_who_follows_and_offers_to(client, watched, ana, cole):
    client.force_login(ana)
    page = client.get(f"/portal/cases/{watched.code}/").content.decode()
    assert "Cole Conrad" in page
    assert "Follow this case" in page
    client.force_login(cole)
    assert "Stop following" in client.get(f"/portal/cases/{watched.code}/").content.decode()
    client.post(f"/portal/cases/{watched.code}/unwatching/")
    assert "Follow this case" in client.get(f"/portal/cases/{watched.code}/").content.decode()
    client.post(f"/portal/cases/{watched.code}/watching/")
    assert Watch.objects.filter(case=watched, watcher=cole).exists()
