"""Everything of one person on a page of Care's: a contact, and a colleague."""

from datetime import timedelta

import pytest
from django.utils import timezone

from caretrack.web.console import people as people_pages
from cases import actions
from contacts import actions as people
from contacts.models import CustomerNote, User
from core.errors import Refused
from insight import aggregation
from routing import actions as routing_actions
from tests import cast
from tests.pages import holds
from tests.web.test_query_budgets import statements

LIMIT = 26


@pytest.fixture
def amy(acme):
    return cast.contact(acme, "Amy Abel", "amy@acme.example")


@pytest.fixture
def lived(ana, amy, kim, client):
    """Ana has an open case and a closed one that she rated; Amy's missed nothing."""
    client.force_login(kim)
    done = actions.accept(cast.proposed(ana, kim), by=ana).case
    actions.rate(done, by=ana, score=2)
    theirs = actions.answer(cast.file(amy, title="Of Amy"), by=kim, text="Yes.").case
    actions.rate(
        actions.accept(actions.propose_resolution(theirs, by=kim, text="So.").case, by=amy).case,
        by=amy,
        score=5,
    )
    other = cast.file(amy, title="Followed")
    actions.watch(other, by=ana)
    case = cast.file(ana, title="Open one")
    aggregation.run(timezone.now() + timedelta(hours=1))
    return case


def test_the_page_has_everything_of_a_contact(client, lived, ana, amy, kim):
    address = f"/console/people/{ana.pk}/notes/"
    assert client.post(address, {"text": ""}).status_code == 422
    assert client.post(address, {"text": "Call Ana first."}).status_code == 302
    assert client.post(f"/console/people/{amy.pk}/notes/", {"text": "Of the other."})
    User.objects.filter(pk=ana.pk).update(last_login=timezone.now() - timedelta(days=400))
    page = client.get(f"/console/people/{ana.pk}/").content.decode()
    for text in (
        "1 open",
        "1 closed",
        "Open one",
        "Followed",
        "2.0 of 5",
        "100.0 % met",
        "password",
        "without two-step sign-in",
        "Last sign-in",
        "Call Ana first.",
        "Active",
    ):
        assert holds(page, text), text
    assert "Of Amy" not in page
    assert "Of the other." not in page
    assert 'aria-label="Delete the note: Call Ana first."' in page
    assert "never" not in page
    of_amy = client.get(f"/console/people/{amy.pk}/").content.decode()
    assert holds(of_amy, "5.0 of 5")
    of_customer = client.get("/console/customers/acme/").content.decode()
    assert holds(of_customer, "3.5 of 5")
    only_open = client.get(f"/console/people/{ana.pk}/?state=open").context["page"].rows
    assert [case.title for case in only_open] == ["Open one"]


def test_a_note_about_a_person_is_cares_and_goes_with_them(client, acme, ana, amy, kim, maya):
    client.force_login(kim)
    note = people.add_customer_note(acme, by=kim, text="Amy is new.", about=amy)
    people.add_customer_note(acme, by=kim, text="Ask Amy Abel last.")
    with pytest.raises(Refused):
        people.add_customer_note(acme, by=kim, text="x", about=kim)
    shown = client.get("/console/customers/acme/").content.decode()
    assert f'href="/console/people/{amy.pk}/"' in shown
    removal = client.post(f"/console/customers/acme/notes/{note.pk}/removal/")
    assert removal.headers["Location"] == f"/console/people/{amy.pk}/"
    people.add_customer_note(acme, by=kim, text="She calls back.", about=amy)
    people.revoke(amy.designation, by=maya, reason="Left.")
    people.end_access(amy, by=maya, reason="Left.")
    amy.refresh_from_db()
    people.erase_person(amy, by=maya, reason="Asked.", address=amy.email)
    left = CustomerNote.objects.get()
    assert left.text.startswith("Ask ")
    assert "Amy" not in left.text


def test_old_notes_are_read_and_deleted_too(client, acme, amy, kim):
    client.force_login(kim)
    for number in range(25):
        people.add_customer_note(acme, by=kim, text=f"Note {number:02}.", about=amy)
    for address in ("/console/customers/acme/", f"/console/people/{amy.pk}/"):
        body = client.get(address).content.decode()
        assert "Older notes: 5" in body
        assert all(f"Note {number:02}." in body for number in range(25))
        assert body.count("/removal/") == 25


def test_customer_case_and_search_lead_there(client, lived, ana, kim):
    address = f'href="/console/people/{ana.pk}/"'
    for page in (
        "/console/customers/acme/",
        f"/console/cases/{lived.code}/",
        "/console/search/?q=albers",
    ):
        assert address in client.get(page).content.decode(), page
    results = client.get("/console/search/?q=kato").content.decode()
    assert f'href="/console/analysts/{kim.pk}/"' in results
    client.force_login(ana)
    assert client.get(f"/console/people/{ana.pk}/").status_code == 403


def test_cases_are_paged_and_the_page_costs_as_many_statements_for_many(
    client, lived, ana, kim, monkeypatch
):
    monkeypatch.setattr(people_pages, "PAGE", 3)
    address = f"/console/people/{ana.pk}/"
    few = statements(client, address)
    for number in range(6):
        case = cast.file(ana, title=f"More {number}")
        people.add_customer_note(case.organisation, by=kim, text="x", about=ana)
    assert len(statements(client, address)) == len(few) <= LIMIT, "\n".join(few)
    first = client.get(address).context["page"]
    second = client.get(f"{address}?after={first.after}").context["page"]
    assert first.rows[0].pk == case.pk
    assert [one.pk for one in (*first.rows, *second.rows)] == sorted(
        (one.pk for one in (*first.rows, *second.rows)), reverse=True
    )
    assert client.get(f"{address}?before={second.before}").context["page"].rows == first.rows


def test_a_colleagues_page_has_what_they_hold(client, lived, kim, lee, maya):
    actions.take(lived, by=lee)
    people.save_team(None, by=maya, name="Voice", members=[lee])
    routing_actions.set_work_pattern(
        lee, by=lee, week={}, away_until=timezone.now() + timedelta(days=2)
    )
    page = client.get(f"/console/analysts/{lee.pk}/").content.decode()
    for text in ("Open cases: 1", "Open one", "Voice", "Away until", "no rota", lee.email):
        assert holds(page, text), text
