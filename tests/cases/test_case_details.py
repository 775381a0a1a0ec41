"""A detail of a case is declared once (`cases/case_details.py`) and is known everywhere else."""

import io
import json
import zipfile

import pytest
from django.conf import settings
from django.db import models

from audit import evidence_pack
from caretrack.web.api.serializers import CaseShape, Filing
from caretrack.web.console.forms import CallerCaseForm
from caretrack.web.portal.forms import FilingForm
from cases import filing_drafts, search
from cases.case_details import CASE_DETAILS, DETAIL_NAMES
from cases.erasure import _messages
from cases.models import Case
from contacts.erasure import Erasure
from core.errors import Refused
from core.search_query import SearchQuery
from core.tenancy import organisation_scope
from tests import cast

# The other texts of a case have rules of their own.
WITH_RULES = {"title", "description", "closing_note"}

detail = pytest.mark.parametrize("name", DETAIL_NAMES)


def test_every_long_text_of_a_case_has_rules_of_its_own_or_is_a_detail():
    texts = {field.name for field in Case._meta.concrete_fields if type(field) is models.TextField}
    assert texts - WITH_RULES == set(DETAIL_NAMES)


def _member(pack, name):
    return next(member for member in pack.namelist() if member.endswith(name))


@detail
def test_a_detail_is_asked_for_at_every_entry_point_and_may_be_left_out(name, ana):
    portal = FilingForm(sites=[], areas=[]).fields[name]
    console = CallerCaseForm(organisation=ana.organisation).fields[name]
    api = Filing().fields[name]
    for field in (portal, console, api):
        assert not field.required
        assert field.max_length == settings.REASON_MAX_CHARACTERS


@detail
def test_a_detail_is_stored_in_a_draft_and_is_worth_one(name, ana):
    assert name in FilingForm.DRAFT_FIELDS
    assert filing_drafts.save(by=ana, fields={name: "Nobody can call."}) is not None


@detail
def test_a_detail_is_found_by_its_words(name, ana):
    case = cast.file(ana, details={name: "The zebra crossing is closed."})
    with organisation_scope(ana.organisation_id):
        assert search.keys(SearchQuery.parse("zebra"), ana) == [case.pk]


@detail
def test_a_detail_is_read_on_every_page_of_the_case(name, ana, kim, client):
    case = cast.file(ana, details={name: "The zebra crossing is closed."})
    for reader, address in (
        (ana, f"/portal/cases/{case.code}/"),
        (ana, f"/portal/cases/{case.code}/print/"),
        (kim, f"/console/cases/{case.code}/"),
    ):
        client.force_login(reader)
        assert "The zebra crossing is closed." in client.get(address).content.decode(), address


@detail
def test_a_detail_is_in_the_api_and_in_the_evidence_pack(name, ana, kim):
    case = cast.file(ana, details={name: "The zebra crossing is closed."})
    assert CaseShape(case).data[name] == "The zebra crossing is closed."
    with zipfile.ZipFile(io.BytesIO(evidence_pack.build(case, by=kim))) as pack:
        assert (
            json.loads(pack.read(_member(pack, "case.json")))[name]
            == "The zebra crossing is closed."
        )


@detail
def test_a_detail_that_names_an_erased_person_is_listed(name, ana, ben):
    case = cast.file(ana, details={name: f"{ana.name} cannot call anybody."})
    cast.file(ben, details={name: "Nobody can call."})
    assert case in _messages(Erasure(ana))


@detail
def test_a_detail_has_a_limit_and_a_name_to_refuse_it_by(name, ana):
    with pytest.raises(
        Refused, match="(?i)" + next(d.called for d in CASE_DETAILS if d.name == name)
    ):
        cast.file(ana, details={name: "x" * (settings.REASON_MAX_CHARACTERS + 1)})


def test_there_is_no_detail_of_another_name(ana):
    with pytest.raises(ValueError, match="no details called colour"):
        cast.file(ana, details={"colour": "red"})
