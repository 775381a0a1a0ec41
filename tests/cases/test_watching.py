"""Following a case: who may, what they hear of, and that it changes nothing about the case."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.models import Notification, Watch
from cases.notifications import outgoing
from contacts.models import ApiToken, Role
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
    assert heard(cole) == heard(lee) == [f"Kim Kato asked for information on {watched.code}"]
    assert "It is your organisation's turn." in Notification.objects.get(recipient=cole).text
    assert "/portal/cases/" in Notification.objects.get(recipient=cole).text
    assert "/console/cases/" in Notification.objects.get(recipient=lee).text
    assert set(
        Notification.objects.filter(recipient__in=[cole, lee]).values_list("kind", flat=True)
    ) == {"watched"}


def test_they_hear_of_the_contact_too_and_never_of_internal_notes(watched, ana, cole, kim):
    actions.answer_as_contact(watched, by=ana, text="It got worse.")
    actions.note(watched, by=kim, text="Between us.")
    assert heard(cole) == [f"Ana Albers answered on {watched.code}"]


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


# --- Followers that somebody else adds


def test_a_contact_adds_a_colleague_who_is_notified_of_who_and_how_to_stop(ana, cole, kim):
    case = cast.file(ana)
    actions.add_follower(case, cole, by=ana)
    assert heard(cole) == [f"Ana Albers added you as a follower of {case.code}"]
    notice = Notification.objects.get(recipient=cole)
    assert "You are notified of every update on this case from now on." in notice.text
    assert f"/portal/cases/{case.code}/#followers" in notice.text
    assert notice.kind == "watched"
    assert Watch.objects.get(watcher=cole).added_by == ana
    actions.answer(case, by=kim, text="We look.")
    assert "Stop following it here: " in Notification.objects.filter(recipient=cole).last().text
    assert "Stop following" not in Notification.objects.filter(recipient=ana).last().text


def test_added_twice_is_added_once(ana, cole):
    case = cast.file(ana)
    before = case.events.count()
    actions.add_follower(case, cole, by=ana)
    actions.add_follower(case, "COLE@acme.example ", by=ana)
    assert Watch.objects.filter(case=case, watcher=cole).count() == 1
    assert len(heard(cole)) == 1
    assert case.events.count() == before


def test_nobody_is_added_who_may_not_read_the_case(ana, ben, kim, cole, acme):
    case = cast.file(ana)
    applicant = cast.colleague(acme, "Dan Dahl", "dan@acme.example")
    applicant.role = Role.CONTACT
    applicant.save()
    cole.is_active = False
    cole.save()
    for person in (ben, cole, kim, applicant, "nobody@acme.example"):
        with pytest.raises(Refused, match="Choose somebody who may read this case"):
            actions.add_follower(case, person, by=ana)
    with pytest.raises(Refused, match="is the contact of this case"):
        actions.add_follower(case, ana, by=kim)
    assert not Watch.objects.exists()


def test_only_a_designated_contact_or_care_adds_and_removes(ana, ben, cole, lee, kim):
    case = cast.file(ana)
    for stranger in (ben, cole):
        with pytest.raises(Refused, match="can change who follows a case"):
            actions.add_follower(case, lee, by=stranger)
        with pytest.raises(Refused, match="can change who follows a case"):
            actions.remove_follower(case, lee, by=stranger)
    actions.add_follower(case, lee, by=kim)
    actions.add_follower(case, cole, by=kim)
    actions.remove_follower(case, cole, by=ana)
    actions.remove_follower(case, lee, by=ana)  # Care's followers are Care's to remove
    assert set(Watch.objects.values_list("watcher__name", flat=True)) == {lee.name}
    actions.remove_follower(case, lee.email, by=kim)
    assert not Watch.objects.exists()


def test_a_contact_adds_and_removes_a_colleague_on_the_page(client, ana, cole, lee, acme):
    case = cast.file(ana)
    actions.watch(case, by=lee)
    actions.add_follower(case, cast.contact(acme, "Eva Ek", "eva@acme.example"), by=ana)
    client.force_login(ana)
    here = f"/portal/cases/{case.code}/"
    page = " ".join(client.get(here).content.decode().split())
    assert f'<option value="{cole.pk}">Cole Conrad</option>' in page
    assert "Lee" not in page.partition("<select")[2]  # only colleagues are offered
    assert page.count("from the followers") == 1
    assert client.post(f"{here}follower/", {"person": lee.pk}).status_code == 422
    assert client.post(f"{here}follower/", {"person": cole.pk})["Location"] == here
    page = client.get(here).content.decode()
    assert "added by Ana Albers" in page
    client.force_login(cole)
    page = client.get(here).content.decode()
    assert "Stop following" in page
    assert "Add a colleague" not in page  # who may only read adds nobody
    assert client.post(f"{here}follower/", {"person": lee.pk}).status_code == 422
    client.force_login(ana)
    answer = client.post(f"{here}followers/{cole.pk}/removal/")
    assert answer["Location"] == here
    assert not Watch.objects.filter(watcher=cole).exists()
    assert client.post(f"{here}followers/{lee.pk}/removal/").status_code == 404


def test_more_than_fifteen_colleagues_are_typed(client, ana, acme):
    for number in range(16):
        cast.colleague(acme, f"Person {number:02}", f"p{number:02}@acme.example")
    cast.colleague(acme, "Zoe Zimmer", "zoe@acme.example")
    case = cast.file(ana)
    client.force_login(ana)
    here = f"/portal/cases/{case.code}/"
    page = client.get(here).content.decode()
    assert '<option value="Zoe Zimmer">' in page
    assert 'list="colleagues"' in page
    for typed, reason in (("Person", "Several people match"), ("Xaver", "is called “Xaver”")):
        answer = client.post(f"{here}follower/", {"person": typed})
        assert (answer.status_code, reason in answer.content.decode()) == (422, True)
    for typed in ("zoe", "Person 03", "p04@acme.example"):
        assert client.post(f"{here}follower/", {"person": typed}).status_code == 302, typed
    names = Watch.objects.values_list("watcher__name", flat=True)
    assert set(names) == {"Zoe Zimmer", "Person 03", "Person 04"}


def test_care_adds_and_removes_on_the_console(client, ana, cole, kim, lee):
    case = cast.file(ana)
    client.force_login(kim)
    here = f"/console/cases/{case.code}/"
    for person in (cole, lee):
        assert client.post(f"{here}follower/", {"person": person.pk}).status_code == 302
    page = " ".join(client.get(here).content.decode().split())
    assert "Cole Conrad, " in page
    shown = client.get(f"{here}follower/").content.decode()
    assert "Remove Cole Conrad from the followers" in shown
    client.post(f"{here}follower-removal/", {"person": cole.pk})
    assert set(Watch.objects.values_list("watcher", flat=True)) == {lee.pk}
    notice = Notification.objects.get(recipient=lee)
    assert f"/console/cases/{case.code}/#followers" in notice.text


def test_followers_are_read_and_changed_by_the_api(ana, cole, ben):
    case = cast.file(ana)

    def api(by, noun, **body):
        _row, text = ApiToken.issue(
            by,
            name="t",
            scopes=["cases:read", "cases:write"],
            expires_at=timezone.now() + timedelta(hours=1),
        )
        client = Client(headers={"Authorization": f"Bearer {text}"})
        address = f"/api/v1/cases/{case.code}/{noun}/"
        if not body:
            return client.get(address)
        return client.post(address, body, content_type="application/json")

    added = api(ana, "followers", person=cole.email)
    assert added.status_code == 201
    row = added.json()[0]
    assert (row["name"], row["email"], row["added_by"]) == (cole.name, cole.email, "Ana Albers")
    assert api(cole, "followers").json() == added.json()
    assert api(cole, "followers", person=ana.email).status_code == 403
    assert api(ben, "followers").status_code == 404
    assert api(ana, "follower-removals", person=cole.email).json() == []


# --- A contact mentions a colleague (§1)


def mentioned_in(text, case, by):
    event = actions.answer_as_contact(case, by=by, text=text)
    notices = Notification.objects.filter(key=f"{case.code}:mention:{event.seq}")
    return {notice.recipient: notice for notice in notices}


def test_a_mentioned_colleague_follows_and_is_notified_once_as_they_prefer(ana, cole, kim):
    case = actions.take(cast.file(ana), by=kim).case
    cole.notice_channels = {"mention": "portal"}
    cole.save()
    notice = mentioned_in("Please look, @Cole Conrad: it is the trunk.", case, ana)[cole]
    assert (notice.kind, notice.channel) == ("mention", "portal")
    assert "it is the trunk" in notice.text
    assert "/#followers" in notice.text
    assert Watch.objects.get(case=case, watcher=cole).added_by == ana
    # A second mention of the follower is one notification again, and no second row.
    count = Notification.objects.filter(recipient=cole).count()
    mentioned_in("@cole: again.", case, ana)
    assert Notification.objects.filter(recipient=cole).count() == count + 1
    assert Watch.objects.filter(case=case).count() == 1
    # So does the report of an issue, and it is the organisation's turn, not a reader's.
    actions.propose_resolution(case, by=kim, text="Done.")
    notice = mentioned_in("@Cole Conrad, does it work?", case, ana)[cole]
    assert "It is your organisation's turn." in notice.text
    actions.report_issue(case, by=ana, text="@Cole says no.")
    assert Notification.objects.filter(recipient=cole, kind="mention").count() == 4


def test_only_people_of_the_organisation_who_may_read_the_case_are_mentioned(
    ana, ben, cole, kim, lee, acme
):
    case = actions.take(cast.file(ana), by=kim).case
    invited = cast.contact(acme, "Ines Iger", "ines@acme.example", state="invited")
    left = cast.colleague(acme, "Lou Loss", "lou@acme.example")
    left.is_active = False
    left.save()
    text = "@Ben Baba @Kim Kato @Lee Lind @Ines Iger @Lou Loss @Ana Albers ana@cole.example"
    assert mentioned_in(text, case, ana) == {}
    assert mentioned_in("> @Cole Conrad wrote this", case, ana) == {}
    assert not Watch.objects.exists()
    assert not Notification.objects.filter(recipient__in=[ben, lee, invited, left]).exists()


def test_a_contact_of_the_case_is_notified_of_a_mention_and_does_not_become_a_follower(acme, ana):
    other = cast.contact(acme, "Zoë Ömer", "zoe@acme.example")
    case = cast.file(ana)
    assert set(mentioned_in("@Ana, is it done?", case, other)) == {ana}
    assert set(mentioned_in("@Zoë Ömer: yes", case, ana)) == {other}
    assert list(Watch.objects.values_list("watcher", flat=True)) == [other.pk]


def test_of_two_colleagues_of_one_name_a_mention_names_one(acme, ana, cole):
    twin = cast.colleague(acme, "Cole Conrad", "c.conrad@acme.example")
    case = cast.file(ana)
    with pytest.raises(Refused, match="could be one of 2 people"):
        actions.answer_as_contact(case, by=ana, text="@Cole Conrad, please look.")
    assert set(mentioned_in("@Cole Conrad (c.conrad) looks.", case, ana)) == {twin}


def test_mentions_are_suggested_in_the_portal_and_work_without_scripts_and_by_program(
    acme, ana, ben, cole, kim
):
    case = cast.file(ana)
    client = Client()
    client.force_login(ana)
    page = client.get(f"/portal/cases/{case.code}/").content.decode()
    assert f'data-mentions="/portal/cases/{case.code}/colleagues/"' in page
    names = client.get(f"/portal/cases/{case.code}/colleagues/?q=con").content.decode()
    assert "Cole Conrad" in names
    assert "Ana Albers" not in names
    assert "Kim Kato" not in client.get(f"/portal/cases/{case.code}/colleagues/").content.decode()
    client.post(f"/portal/cases/{case.code}/answer/", {"text": "@Cole Conrad, look."})
    assert Watch.objects.filter(watcher=cole).exists()
    client.force_login(ben)
    assert client.get(f"/portal/cases/{case.code}/colleagues/?q=c").status_code == 404
    other = cast.file(ana)
    _row, secret = ApiToken.issue(
        ana, name="t", scopes=["cases:write"], expires_at=timezone.now() + timedelta(hours=1)
    )
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).post(
        f"/api/v1/cases/{other.code}/contact-answers/",
        {"text": "@Cole Conrad"},
        content_type="application/json",
    )
    assert answer.status_code == 201
    assert Watch.objects.filter(watcher=cole, case=other).exists()
