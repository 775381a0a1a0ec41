"""§4: a case that is like another one, and templates of recurring requests."""

import html

import pytest

from cases import filing_templates
from cases.models import Case, CaseLink, FilingTemplate, LinkKind
from contacts import actions as people
from core.errors import Refused
from core.tenancy import organisation_scope
from tests import cast
from tests.pages import holds
from tests.web.test_portal import filing

NEW = "/portal/cases/new/"


def form_of(client, query):
    answer = client.get(f"{NEW}?{query}")
    assert answer.status_code == 200
    return answer.context["form"]


@pytest.fixture
def case(ana):
    details = {"business_impact": "Forty agents."}
    return cast.file(ana, severity=3, title="No ringing", area="Voice", details=details, priority=2)


def test_a_similar_case_begins_with_all_but_the_words(as_ana, ana, case):
    form = form_of(as_ana, f"like={case.code}")
    assert {name: form[name].value() or "" for name in form.DRAFT_FIELDS} == {
        "title": "",
        "description": "",
        "site": str(case.site_id),
        "function_down": "no",
        "workaround": "",
        "degraded": "partly",
        "priority": "2",
        "on_duty_name": "",
        "call_back_number": "",
        "area": "Voice",
        "business_impact": "Forty agents.",
        "conversation_ids": "",
        "like": case.code,
        "relate": "on",
    }
    page = html.unescape(as_ana.get(f"/portal/cases/{case.code}/").content.decode())
    assert holds(page, f'href="{NEW}?like={case.code}"')


@pytest.mark.parametrize("wishes", [True, False])
def test_a_similar_case_is_linked_if_the_contact_wishes(wishes, as_ana, ana, case):
    wish = {"relate": "on"} if wishes else {}
    as_ana.post(NEW, {**filing(ana), "like": case.code, **wish})
    new = Case.objects.latest("pk")
    links = CaseLink.objects.filter(case=new, other=case, kind=LinkKind.RELATES_TO)
    assert (links.count(), cast.verbs(new)[-1]) == (
        (1, "linked") if wishes else (0, cast.verbs(new)[-1])
    )


def test_a_case_of_others_is_no_model(as_ana, ana, ben):
    theirs = cast.file(ben)
    assert as_ana.get(f"{NEW}?like={theirs.code}").status_code == 404
    assert as_ana.get(f"{NEW}?like=x").status_code == 404
    as_ana.post(NEW, {**filing(ana), "like": theirs.code, "relate": "on"})
    assert Case.objects.filter(organisation=ana.organisation).count() == 1
    assert not CaseLink.objects.exists()


def test_a_template_is_saved_from_the_form_and_chosen_by_a_colleague(as_ana, ana, acme):
    answer = as_ana.post(
        NEW,
        {
            "save_template": "1",
            "template_name": " New  agent ",
            "title": "Add an agent",
            "description": "Name:",
            "degraded": "hardly",
            "on_duty_name": "Ana",
            "conversation_ids": "x",
        },
    )
    assert "Saved as the template “New agent”" in html.unescape(answer.content.decode())
    assert answer.context["form"]["title"].value() == "Add an agent"  # nothing is lost
    template = FilingTemplate.objects.get()
    assert template.fields == {
        "title": "Add an agent",
        "description": "Name:",
        "degraded": "hardly",
    }
    as_ana.force_login(cast.contact(acme, "Eve Ek", "eve@acme.example"))
    page = as_ana.get(NEW).content.decode()
    assert "saved by Ana Albers" in page
    assert form_of(as_ana, f"template={template.pk}")["title"].value() == "Add an agent"


def test_a_template_is_saved_from_a_case(as_ana, case):
    as_ana.post(f"/portal/cases/{case.code}/template/", {"name": "Ringing"})
    template = FilingTemplate.objects.get()
    assert template.fields["title"] == "No ringing"
    assert template.fields["business_impact"] == "Forty agents."
    assert "like" not in template.fields


def test_only_designated_contacts_of_the_organisation_see_and_save_templates(
    client, ana, ben, cole, case
):
    template = filing_templates.save(by=ana, name="zebra", fields={"title": "zebra"})
    client.force_login(cole)
    for address in ("/portal/", NEW, f"{NEW}?template={template.pk}"):
        assert "zebra" not in client.get(address).content.decode()
    assert client.post(f"/portal/cases/{case.code}/template/", {"name": "x"}).status_code == 403
    client.force_login(ben)
    assert client.get(f"{NEW}?template={template.pk}").status_code == 404
    assert client.post(f"/portal/templates/{template.pk}/removal/").status_code == 404
    with organisation_scope(ben.organisation_id):
        assert not FilingTemplate.objects.exists()
    assert FilingTemplate.objects.count() == 1


def test_its_maker_and_the_primary_contact_delete_a_template(client, ana, acme, maya):
    eve = cast.contact(acme, "Eve Ek", "eve@acme.example")
    one, two = (filing_templates.save(by=eve, name=name, fields={}) for name in ("One", "Two"))
    client.force_login(ana)
    assert client.post(f"/portal/templates/{one.pk}/removal/").status_code == 403
    people.make_primary(ana.designation, by=maya)
    client.post(f"/portal/templates/{one.pk}/removal/")
    client.force_login(eve)
    client.post(f"/portal/templates/{two.pk}/removal/")
    assert filing_templates.listed(eve) == []
    assert client.get(f"{NEW}?template={two.pk}").status_code == 404
    assert set(FilingTemplate.objects.values_list("name", flat=True)) == {"–"}  # emptied at once
    assert filing_templates.sweep() == 2


def test_a_template_needs_a_name_of_its_own_and_the_limit_is_told(as_ana, ana, monkeypatch):
    monkeypatch.setattr(filing_templates, "MOST", 2)
    filing_templates.save(by=ana, name="One", fields={})
    for name, reason in (("One", "has a template named “One”"), (" ", "give the template a name")):
        with pytest.raises(Refused, match=reason):
            filing_templates.save(by=ana, name=name, fields={})
    assert "at most 2" in as_ana.get(NEW).content.decode()
    filing_templates.save(by=ana, name="Two", fields={})
    with pytest.raises(Refused, match="has 2 templates already"):
        filing_templates.save(by=ana, name="Three", fields={})
    assert "has 2 templates, which is the most" in as_ana.get(NEW).content.decode()
