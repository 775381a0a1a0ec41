"""Erasing who somebody was, on its page: what is shown before, who comes in, and what both sides
see after.
"""

import pytest

from cases import actions
from cases.models import Case
from contacts import actions as people
from contacts.models import User
from tests import cast
from tests.web.test_administration import text_of
from tests.web.test_query_budgets import statements


@pytest.fixture
def left(acme, ana, maya):
    """Dora Dahl has filed a case and left."""
    dora = cast.contact(acme, "Dora Dahl", "dora@acme.example")
    cast.file(
        dora,
        severity=1,
        title="Dora Dahl cannot call",
        on_duty_name="Dora Dahl",
        call_back_number="+49 30 1234",
    )
    people.make_primary(ana.designation, by=maya)
    people.revoke(dora.designation, by=maya, reason="Left.")
    people.end_access(dora, by=maya, reason="Left.")
    return dora


def test_a_manager_sees_what_goes_and_stays_and_erases(left, as_maya):
    at = f"/console/people/{left.pk}/erasure/"
    assert f'href="{at}"' in text_of(as_maya.get(f"/console/people/{left.pk}/"))
    page = text_of(as_maya.get(at))
    for text in (
        "What goes",
        "Anonymised",
        "What stays",
        "Texts on cases in which their name, address or number stands",
        "CT-",
    ):
        assert text in page
    wrong = as_maya.post(at, {"reason": "Asked for it.", "address": "dora@acme"})
    assert wrong.status_code == 422
    assert "email address exactly" in text_of(wrong)
    assert 'value="Asked for it."' in text_of(wrong)
    answer = as_maya.post(at, {"reason": "Request 12 of March.", "address": " Dora@acme.example "})
    assert (answer.status_code, answer["Location"]) == (302, f"/console/people/{left.pk}/")
    page = text_of(as_maya.get(f"/console/people/{left.pk}/"))
    assert "Dora" not in page
    assert f"erased the personal details of Erased person {left.pk}" in page
    assert "What can be done" not in page
    assert as_maya.get(at).status_code == 404
    assert "Dora" not in text_of(as_maya.get("/console/organisations/acme/people/"))


def test_what_has_to_be_done_before_is_said_instead_of_a_form(ana, as_maya):
    page = text_of(as_maya.get(f"/console/people/{ana.pk}/erasure/"))
    assert "Not yet: revoke the designation first." in page
    assert "Erase them for good" not in page


@pytest.mark.parametrize(("who", "answers"), [("kim", {403}), ("ana", {302, 403, 404})])
def test_analysts_and_customers_do_not_come_here(left, who, answers, client, request):
    client.force_login(request.getfixturevalue(who))
    at = f"/console/people/{left.pk}/erasure/"
    assert client.get(at).status_code in answers
    assert client.post(at, {"reason": "x", "address": left.email}).status_code in answers
    own = "/console/people" if who == "kim" else "/portal/organisation/people"
    assert "erasure" not in text_of(client.get(f"{own}/{left.pk}/"))
    assert not User.objects.filter(erased_at__isnull=False).exists()


def test_nobody_of_care_is_erased_here(kim, as_maya):
    assert as_maya.get(f"/console/people/{kim.pk}/erasure/").status_code == 404


def test_the_customer_sees_that_somebody_was_erased_and_not_who(left, maya, as_ana):
    people.erase_person(left, by=maya, reason="Asked for it.", address=left.email)
    page = text_of(as_ana.get(f"/portal/organisation/people/{left.pk}/"))
    assert "Personal details have been erased" in page
    assert "caretrack.invalid" not in page
    assert "Dora" not in page
    assert "Dora" not in text_of(as_ana.get("/portal/organisation/people/"))
    page = text_of(as_ana.get(f"/portal/cases/{Case.objects.get().code}/"))
    assert f"Erased person {left.pk}" in page
    assert "erased the details of a person" in page


def test_the_preview_costs_the_same_whatever_there_is(left, as_maya, kim):
    at = f"/console/people/{left.pk}/erasure/"
    first = len(statements(as_maya, at))
    for number in range(5):
        case = cast.file(
            cast.contact(left.organisation, f"Xaver {number}", f"x{number}@acme.example"),
            severity=3,
        )
        actions.log_call(case, by=kim, whom="Dora Dahl", reached=True, text="Dora Dahl is there.")
    assert len(statements(as_maya, at)) == first
