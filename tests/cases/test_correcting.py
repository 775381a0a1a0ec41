"""§14: Care corrects the title, area, site and contact of a case; figures keep the value of their
instant, and the new contact gets what the case waits for.
"""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from audit.figures import figures_that_differ
from caretrack.web.shared.conversation import entries
from cases import actions, event_log, search
from cases.models import Case, Notification, Watch
from cases.search import rebuild
from contacts import actions as people
from contacts.models import ContactState, Site
from core.errors import Refused
from core.search_query import SearchQuery
from core.tenancy import care_scope, organisation_scope
from insight import aggregation
from insight.facts import between
from insight.models import Fact
from routing import actions as routing_actions
from routing import assignment
from sla.models import QueueEntry
from sla.sweeps import check_clocks
from tests import cast
from tests.cast import utc
from tests.web.api.test_api import Machine


@pytest.fixture
def dora(acme):
    return cast.contact(acme, "Dora Dunn", "dora@acme.example")


@pytest.fixture
def osaka(acme):
    return Site.objects.create(
        organisation=acme, name="Osaka", calendar=cast.calendar("Osaka office", "Asia/Tokyo")
    )


def last_entry(case, reader):
    entry = entries(case, reader)[-1]
    return f"{entry.label} {entry.detail}".strip(), entry.text


def hits(text, reader):
    with organisation_scope(reader.organisation_id):
        return search.keys(SearchQuery.parse(text), reader)


def test_title_area_and_site_are_corrected_in_one_event(ana, kim, osaka):
    case = cast.file(ana, title="Help!!", area="Voice")
    home = case.site.name
    event = actions.correct_details(
        case, by=kim, title=" Calls drop ", area="Sign-in", site=osaka, text="As we saw."
    )
    case = Case.objects.get(pk=case.pk)
    assert (case.title, case.area, case.site) == ("Calls drop", "Sign-in", osaka)
    assert event.data.title_before == "Help!!"
    entry = QueueEntry.objects.get(case=case)
    assert (entry.area, entry.site_id) == ("Sign-in", osaka.pk)
    label, text = last_entry(case, ana)
    assert label == (
        "corrected the details title from “Help!!” to “Calls drop”; "
        f"area from “Voice” to “Sign-in”; site from “{home}” to “Osaka”"
    )
    assert text == "As we saw."
    assert list(event_log.breaks()) == []


def test_one_value_alone_and_without_a_reason(ana, kim):
    case = actions.correct_details(cast.file(ana, area="Voice"), by=kim, area="").case
    assert (case.area, case.title) == ("", "Calls drop after 30 s")
    assert last_entry(case, ana) == ("corrected the details area from “Voice” to “–”", "")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "Nothing would change"),
        ({"title": "Calls drop after 30 s", "area": "Voice"}, "Nothing would change"),
        ({"title": "  "}, "Please write a title"),
        ({"title": "x" * 201}, "may have 200 characters"),
        ({"area": "Nowhere"}, "There is no area"),
        ({"site": "Nowhere"}, "Choose a site of the case's own organisation"),
    ],
)
def test_what_cannot_be_corrected_is_refused(values, why, ana, kim):
    with pytest.raises(Refused, match=why):
        actions.correct_details(cast.file(ana, area="Voice"), by=kim, **values)


def test_another_organisations_site_and_contact_are_refused(ana, ben, kim):
    case = cast.file(ana)
    with pytest.raises(Refused, match="own organisation"):
        actions.correct_details(case, by=kim, site=ben.organisation.sites.get())
    for contact in (ben, ben.email, "nobody@acme.example"):
        with pytest.raises(Refused, match="active Designated Contact"):
            actions.change_contact(case, contact, by=kim)


def test_contacts_correct_nothing_themselves(ana, dora):
    case = cast.file(ana)
    with pytest.raises(Refused, match="Only Care"):
        actions.correct_details(case, by=ana, title="Mine")
    with pytest.raises(Refused, match="Only Care"):
        actions.change_contact(case, dora, by=ana)
    with (
        organisation_scope(ana.organisation_id),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        Case.objects.filter(pk=case.pk).update(title="Mine")


def test_a_corrected_title_is_found_and_the_former_one_is_not(ana, kim):
    case = cast.file(ana, title="Telefone")
    actions.answer(case, by=kim, text="The gateway is old.")
    actions.note(case, by=kim, text="A secret.")
    actions.correct_details(case, by=kim, title="Elephants")
    assert hits("elephants", ana) == [case.pk]
    assert hits("telefone", ana) == []
    assert hits("gateway", ana) == [case.pk]
    assert hits("secret", ana) == []
    before = hits("elephants gateway", ana)
    with care_scope():
        rebuild()
    assert hits("elephants gateway", ana) == before == [case.pk]


def test_figures_count_the_area_and_site_of_their_instant(ana, kim, osaka, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    case = cast.file(ana, severity=2, area="Voice")
    home = case.site_id
    time_machine.move_to(utc("2026-03-02 12:00"), tick=False)
    check_clocks()
    time_machine.move_to(utc("2026-03-03 09:00"), tick=False)
    aggregation.run(timezone.now() + timedelta(hours=1))
    stored = Fact.objects.filter(what__in=["opened", "missed"])
    assert set(stored.values_list("area", "site_key")) == {("Voice", home)}
    actions.correct_details(case, by=kim, area="Sign-in", site=osaka)
    time_machine.move_to(utc("2026-03-03 10:00"), tick=False)
    actions.correct_details(case, by=kim, area="Billing")
    time_machine.move_to(utc("2026-03-03 11:00"), tick=False)
    actions.close(case, by=kim, reason="out_of_scope", text="Not ours.")
    facts = between(utc("2026-03-01 00:00"), utc("2026-03-04 00:00"))
    areas = {(fact.what, fact.kind): (fact.area, fact.site_key) for fact in facts}
    assert areas["opened", ""] == ("Voice", home)
    assert areas["missed", "response"] == ("Voice", home)
    assert areas["closed", "out_of_scope"] == ("Billing", osaka.pk)
    aggregation.run(timezone.now() + timedelta(days=1))
    assert list(figures_that_differ()) == []


def test_an_unassigned_case_goes_to_the_team_of_its_corrected_area(
    ana, kim, lee, maya, time_machine
):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    voice = people.save_team(None, by=maya, name="Voice", assignment="off", areas=["voice"])
    logins = people.save_team(
        None, by=maya, name="Log-ins", assignment="round_robin", members=[lee], areas=["login"]
    )
    routing_actions.set_work_pattern(lee, by=maya, week=cast.OFFICE)
    case = cast.file(ana, area="Voice")
    assignment.assign(case.pk)
    case.refresh_from_db()
    assert (case.team, case.assignee) == (voice, None)
    actions.correct_details(case, by=kim, area="Sign-in")
    assignment.assign(case.pk)
    case.refresh_from_db()
    assert (case.team, case.assignee) == (logins, lee)
    actions.correct_details(case, by=kim, area="Voice")
    assignment.assign(case.pk)
    case.refresh_from_db()
    assert (case.team, case.assignee) == (logins, lee), "who works a case keeps it"


def test_the_new_contact_gets_the_mails_and_the_former_one_follows(ana, dora, kim, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    case = cast.waiting(ana, kim)
    Watch.objects.create(
        organisation=ana.organisation, case=case, watcher=dora, since=timezone.now()
    )
    Notification.objects.all().delete()
    case = actions.change_contact(case, dora, by=kim, text="Ana is away.").case
    assert case.contact == dora
    notices = {n.recipient: n for n in Notification.objects.all()}
    assert set(notices) == {ana, dora}
    assert notices[dora].subject.endswith(f"You are now the contact of {case.code}")
    assert "Please reply by" in notices[dora].text
    assert "It is your turn." in notices[dora].text
    assert notices[ana].subject.endswith(f"{case.code} has another contact now")
    assert set(Watch.objects.values_list("watcher", flat=True)) == {ana.pk}
    assert last_entry(case, ana) == (
        "changed the contact from Ana Albers to Dora Dunn",
        "Ana is away.",
    )
    Notification.objects.all().delete()
    time_machine.move_to(utc("2026-03-05 09:00"), tick=False)  # the reminder of the wait
    check_clocks()
    reminders = Notification.objects.filter(recipient__role="contact").exclude(kind="watched")
    assert {notice.recipient for notice in reminders} == {dora}


def test_a_former_contact_who_has_left_does_not_follow(ana, dora, kim):
    case = cast.file(ana)
    ana.is_active = False
    ana.save()
    actions.change_contact(case, dora, by=kim)
    assert not Watch.objects.exists()


def test_only_an_active_designated_contact_takes_a_case_over(ana, acme, cole, kim):
    waiting = cast.contact(acme, "Eve", "eve@acme.example", state=ContactState.SUSPENDED)
    case = cast.file(ana)
    for person in (waiting, cole, kim, ana):
        with pytest.raises(Refused):
            actions.change_contact(case, person, by=kim)


def test_care_corrects_on_the_page_of_the_case(client, ana, dora, osaka, kim):
    client.force_login(kim)
    case = cast.file(ana, area="Voice")
    page = f"/console/cases/{case.code}/"
    assert f"{page}correction/" in client.get(page).content.decode()
    form = client.get(f"{page}correction/").content.decode()
    assert 'value="Calls drop after 30 s"' in form
    answer = client.post(
        f"{page}correction/",
        {"title": "Calls drop", "area": "Sign-in", "site": osaka.pk, "text": ""},
    )
    assert answer.status_code == 302
    assert client.post(f"{page}contact/", {"contact": dora.pk}).status_code == 302
    case.refresh_from_db()
    assert (case.title, case.area, case.site, case.contact) == (
        "Calls drop",
        "Sign-in",
        osaka,
        dora,
    )
    same = {"title": "Calls drop", "area": "Sign-in", "site": osaka.pk}
    assert client.post(f"{page}correction/", same).status_code == 422


def test_care_corrects_by_program(ana, dora, kim, osaka):
    case = cast.file(ana, area="Voice")
    machine = Machine(kim)
    event = machine.post(f"cases/{case.code}/corrections/", area="Sign-in", site="Osaka")
    assert (event.status_code, event.json()["verb"]) == (201, "details_corrected")
    event = machine.post(f"cases/{case.code}/contact-changes/", contact=dora.email)
    assert (event.status_code, event.json()["verb"]) == (201, "contact_changed")
    assert machine.get(f"cases/{case.code}/").json()["contact"] == dora.email
    answer = Machine(ana).post(f"cases/{case.code}/contact-changes/", contact="x@other.example")
    assert (answer.status_code, "Only Care" in answer.content.decode()) == (403, True)
