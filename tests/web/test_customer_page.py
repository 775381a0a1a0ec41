"""Everything about one customer on one page, and what Care keeps about them for itself."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from cases import actions
from cases.choices import ClosingReason
from contacts import actions as people
from contacts.models import AdminEvent, CustomerNote
from core.errors import Refused
from core.tenancy import organisation_scope
from insight import aggregation
from rca import actions as rca
from rca.models import Analysis
from tests import cast
from tests.pages import holds

ADDRESS = "/console/customers/acme/"


@pytest.fixture
def lived(ana, kim, client):
    done = cast.file(ana, title="Hold music")
    actions.close(done, by=kim, reason=ClosingReason.WITHDRAWN, text="Fine.")
    case = cast.proposed(ana, kim, severity=1)
    rca.send_initial(Analysis.objects.get(case=case), by=kim, text="A node.")
    aggregation.run(timezone.now() + timedelta(hours=1))
    client.force_login(kim)
    return case


def test_the_page_has_everything_of_a_customer(client, lived, ana):
    page = client.get(ADDRESS).content.decode()
    for text in (
        "2 open",  # with the follow-up of its analysis
        "1 closed",
        "Hold music",
        lived.code,
        "Root cause analyses",
        "PureCloud 2",
        "Ana Albers",
        "First response",
        "100.0 % met",
        "no ratings",
    ):
        assert holds(page, text), text
    listed = client.get("/console/cases/?customer=acme&state=closed").content.decode()
    assert "Hold music" in listed
    assert lived.code not in listed


def test_notes_and_the_owner_are_cares_alone(client, lived, ana, kim, lee, maya):
    assert client.post(f"{ADDRESS}notes/", {"text": "Call Ana first."}).status_code == 302
    assert "Call Ana first." in client.get(ADDRESS).content.decode()
    note = CustomerNote.objects.get()
    with (
        organisation_scope(ana.organisation_id),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
    ):
        CustomerNote.objects.count()
    with pytest.raises(Refused, match="Only its author or a manager"):
        people.remove_customer_note(note.organisation, note.pk, by=lee)
    assert client.post(f"{ADDRESS}owner/", {"owner": kim.pk}).status_code == 403  # managers only
    client.force_login(maya)
    client.post(f"{ADDRESS}owner/", {"owner": kim.pk})
    assert holds(client.get(ADDRESS).content, "<p>Kim Kato</p>")
    assert AdminEvent.objects.filter(kind="organisation").exists()
    client.post(f"{ADDRESS}notes/{note.pk}/removal/")
    assert not CustomerNote.objects.exists()
    client.force_login(ana)
    assert client.get(ADDRESS).status_code == 403


def test_an_empty_or_too_long_note_is_refused_and_kept(client, lived):
    assert client.post(f"{ADDRESS}notes/", {"text": " "}).status_code == 422
    long = client.post(f"{ADDRESS}notes/", {"text": "x" * 4001})
    assert long.status_code == 422
    assert "x" * 4001 in long.content.decode()


def test_the_page_costs_the_same_for_one_case_and_many(
    client, lived, ana, django_assert_max_num_queries
):
    client.get(ADDRESS)
    for _ in range(12):
        cast.file(ana)
    with django_assert_max_num_queries(10):
        client.get(ADDRESS)
