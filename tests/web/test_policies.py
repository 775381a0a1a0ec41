"""Policies in the administration: written, compared, previewed, published, given to somebody; cases
moved (§14).
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import AdminEvent, Offering
from sla import actions, policy_content, policy_files, policy_migration, tasks
from sla.models import (
    Clock,
    MigrationState,
    OfferingPolicy,
    OrganisationPolicy,
    Policy,
    PolicyDraft,
    PolicyMigration,
)
from tests import cast
from tests.pages import holds, tidy
from tests.web.test_query_budgets import LIMIT, statements


@pytest.fixture
def policy(db) -> Policy:
    return Policy.objects.get(key="customer-care")


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def form_of(client, policy) -> dict:
    """What a browser would send of the draft's form as it is shown."""
    form = client.get(f"/console/policies/{policy.pk}/draft/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def drafted(policy, maya, **changes):
    now = actions.policies.newest(policy)
    targets = {**now.targets, ("response", 3): (4, "business_hours")}
    return actions.save_draft(policy, by=maya, written=replace(now, targets=targets, **changes))


def published(policy, maya, **changes):
    drafted(policy, maya, **changes)
    return actions.publish(policy, by=maya, why="A trial of ours.")


def test_the_list_says_what_is_in_effect_what_is_coming_and_whose_it_is(
    as_maya, acme, maya, policy
):
    sun = policy_files.load(policy_files.find("follow-the-sun"))[0].policy
    actions.choose_for_organisation(acme, by=maya, policy=sun)
    drafted(policy, maya)
    actions.publish(policy, by=maya, why="x", effective_at=timezone.now() + timedelta(days=3))
    page = text_of(as_maya.get("/console/policies/"))
    assert "Customer Care" in page
    assert "version 2 <time" in page
    assert "the default" in page
    assert "1 organisation" in page
    assert len(statements(as_maya, "/console/policies/")) <= LIMIT
    assert len(statements(as_maya, f"/console/policies/{policy.pk}/")) <= LIMIT


def test_a_draft_is_written_checked_where_it_is_wrong_and_kept(as_maya, policy):
    form_data = form_of(as_maya, policy)
    wrong = {
        **form_data,
        "response_4_amount": "1",
        "response_4_unit": "business_hours",
        "reminder_days": "5",
    }
    answer = as_maya.post(f"/console/policies/{policy.pk}/draft/", wrong)
    assert answer.status_code == 422
    assert "This is sooner than for Medium." in text_of(answer)
    assert "Remind before the contact&#x27;s time is over." in text_of(answer)
    assert not PolicyDraft.objects.exists()
    right = {**form_data, "response_3_amount": "3", "share_2": "80"}
    assert as_maya.post(f"/console/policies/{policy.pk}/draft/", right).status_code == 302
    written = policy_content.read(PolicyDraft.objects.get().content)
    assert written.targets["response", 3] == (3, "business_hours")
    assert written.warning_percentages == [50, 80, 90]
    assert written.ladder["80"] == ["assignee", "team"]
    page = text_of(as_maya.get(f"/console/policies/{policy.pk}/draft/"))
    assert holds(
        page,
        "<dt>First response: Medium</dt><dd><del>2 business hours</del> "
        "<ins>3 business hours</ins></dd>",
    )


def test_what_is_no_number_is_said_in_text_of(as_maya, policy):
    form_data = form_of(as_maya, policy)
    wrong = (
        ("notice_days", "soon"),
        ("response_1_amount", "-1"),
        ("reminder_days", "1;2"),
        ("restore_1_unit", "moons"),
        ("told_breach", "the moon"),
        ("restore_4_unit", "hours"),
        ("restore_1_unit", ""),
        ("seen", "x"),
    )
    for name, value in wrong:
        assert (
            as_maya.post(
                f"/console/policies/{policy.pk}/draft/", {**form_data, name: value}
            ).status_code
            == 422
        ), name


def test_a_draft_is_published_with_what_it_changes_before_ones_eyes(as_maya, maya, policy):
    drafted(policy, maya)
    address = f"/console/policies/{policy.pk}/publication/"
    assert "1 change since version 1" in text_of(as_maya.get(address))
    past = as_maya.post(
        address, {"seen": 1, "why": "Customers asked.", "effective_at": "2020-01-01T00:00"}
    )
    assert past.status_code == 422
    assert "cannot take effect in the past" in text_of(past)
    answer = as_maya.post(address, {"seen": 1, "why": "Customers asked."})
    assert answer["Location"] == f"/console/policies/{policy.pk}/versions/2/"
    page = text_of(as_maya.get(answer["Location"]))
    assert holds(
        page, "<dt>Medium</dt><dd><del>2 business hours</del> <ins>4 business hours</ins></dd>"
    )
    assert "Customers asked." in page
    changes = text_of(as_maya.get("/console/changes/?kind=policy"))
    assert "published the policy" in changes
    assert as_maya.get(address).status_code == 403


def test_versions_can_be_compared_with_any_other(as_maya, maya, policy):
    published(policy, maya)
    published(policy, maya, closure_days=5)
    address = f"/console/policies/{policy.pk}/versions/3/"
    assert "changes from version 2" in text_of(as_maya.get(address))
    assert "<del>2 business hours</del>" not in text_of(as_maya.get(address))
    assert "<del>2 business hours</del>" in text_of(as_maya.get(f"{address}?against=1"))
    assert as_maya.get(f"/console/policies/{policy.pk}/versions/999999999999/").status_code == 404


def test_the_preview_of_a_draft_names_cases_and_sums_and_moves_nothing(as_maya, ana, maya, policy):
    case = cast.file(ana)
    before = list(Clock.objects.order_by("pk").values())
    form_data = {**form_of(as_maya, policy), "response_3_amount": "3", "preview": "yes"}
    answer = as_maya.post(f"/console/policies/{policy.pk}/draft/", form_data, follow=True)
    page = text_of(answer)
    assert case.code in page
    assert "later" in page
    assert "Only a published version can be moved to." in page
    assert answer.context["kinds"][0]["later"] == 1
    assert list(Clock.objects.order_by("pk").values()) == before
    run = PolicyMigration.objects.get()
    assert len(statements(as_maya, f"/console/policies/previews/{run.pk}/")) <= LIMIT
    address = f"/console/policies/{policy.pk}/"
    link = f'previews/{run.pk}/">The draft</a>'
    assert link in tidy(as_maya.get(address).content.decode())
    PolicyDraft.objects.all().delete()  # published, or deleted
    assert "An earlier draft</a>" in tidy(as_maya.get(address).content.decode())


def test_many_cases_are_reckoned_by_a_worker_and_the_page_says_how_far_it_is(
    as_maya, ana, maya, policy, monkeypatch, django_capture_on_commit_callbacks
):
    for _ in range(3):
        cast.file(ana)
    monkeypatch.setattr(policy_migration, "AT_ONCE", 2)
    monkeypatch.setattr(
        tasks.continue_policy_migration, "delay", lambda key: tasks.continue_policy_migration(key)
    )
    drafted(policy, maya)
    answer = as_maya.post(f"/console/policies/{policy.pk}/previews/", {}, follow=True)
    assert "Being reckoned: 0 of 3 cases." in text_of(answer)
    assert 'hx-trigger="every 2s"' in text_of(answer)
    run = PolicyMigration.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        as_maya.post(
            f"/console/policies/{policy.pk}/previews/", {"customer": "acme", "severity": "3"}
        )
    assert not PolicyMigration.objects.filter(
        pk=run.pk
    ).exists()  # the preview from before is deleted
    run = PolicyMigration.objects.get()
    assert (run.state, run.done) == (MigrationState.PREVIEWED, 3)
    assert "every 2s" not in text_of(as_maya.get(f"/console/policies/previews/{run.pk}/"))


def test_cases_are_moved_for_a_reason_once_it_is_meant(
    as_maya, ana, maya, policy, monkeypatch, django_capture_on_commit_callbacks
):
    case = cast.file(ana)
    published(policy, maya)
    monkeypatch.setattr(
        tasks.continue_policy_migration, "delay", lambda key: tasks.continue_policy_migration(key)
    )
    page = as_maya.post(f"/console/policies/{policy.pk}/previews/", {"version": "2"}, follow=True)
    run = PolicyMigration.objects.get()
    assert "Move 1 case to version 2" in text_of(page)
    address = f"/console/policies/previews/{run.pk}/move/"
    assert as_maya.post(address, {"reason": "x"}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        assert (
            as_maya.post(address, {"reason": "Your new contract.", "sure": "on"}).status_code == 302
        )
    assert "1 case moved. Because: Your new contract." in text_of(
        as_maya.get(f"/console/policies/previews/{run.pk}/")
    )
    case.refresh_from_db()
    assert case.terms.policy_version.number == 2
    assert "from Customer Care v1 to Customer Care v2" in text_of(
        as_maya.get(f"/console/cases/{case.code}/")
    )
    again = as_maya.post(address, {"reason": "x", "sure": "on"})
    assert (again.status_code, "carried out already" in text_of(again)) == (422, True)


def test_a_preview_is_narrowed_and_what_cannot_be_read_is_said(as_maya, ana, maya, policy):
    published(policy, maya)
    for form_data in ({"customer": "nobody"}, {"severity": "9"}, {"from_version": "x"}):
        answer = as_maya.post(
            f"/console/policies/{policy.pk}/previews/", {"version": "2", **form_data}
        )
        assert answer.status_code == 422, form_data
    assert (
        as_maya.post(f"/console/policies/{policy.pk}/previews/", {"version": "77"}).status_code
        == 404
    )


def test_a_policy_is_begun_like_another_one_and_given_to_an_organisation_and_an_offering(
    as_maya, acme, policy
):
    form_data = {"name": "Gold", "key": "gold", "like": policy.versions.get().pk}
    gold = as_maya.post("/console/policies/new/", form_data)
    new_policy = Policy.objects.get(key="gold")
    assert gold["Location"] == f"/console/policies/{new_policy.pk}/draft/"
    assert as_maya.post("/console/policies/new/", form_data).status_code == 422
    as_maya.post(
        f"/console/policies/{new_policy.pk}/publication/", {"seen": 1, "why": "Gold customers."}
    )
    answer = as_maya.post("/console/organisations/acme/policy/", {"policy": new_policy.pk})
    assert answer["Location"] == "/console/organisations/acme/"
    assert OrganisationPolicy.objects.get().policy == new_policy
    assert "Gold</a>, version 1: it applies to new cases." in text_of(
        as_maya.get(answer["Location"])
    )
    event = AdminEvent.objects.latest("pk")
    assert (event.kind, event.before["policy"], event.after["policy"]) == (
        "organisation",
        "none of its own",
        "Gold",
    )
    portal = Offering.objects.get(key="portal")
    as_maya.post(
        f"/console/offerings/{portal.pk}/policy/",
        {"policy": new_policy.pk, "effective_at": "2040-01-01T00:00"},
    )
    assert OfferingPolicy.objects.get().policy == new_policy
    page = text_of(as_maya.get(f"/console/policies/{new_policy.pk}/"))
    assert "Acme Retail" in page
    assert portal.name in page
    assert as_maya.post("/console/organisations/acme/policy/", {"policy": "x"}).status_code == 422


def test_an_analyst_reads_policies_and_writes_none(as_kim, ana, maya, policy):
    published(policy, maya)
    run = policy_migration.begin(policy, by=maya, written=actions.policies.newest(policy))
    for path in ("", f"{policy.pk}/", f"{policy.pk}/versions/2/", f"previews/{run.pk}/"):
        assert as_kim.get(f"/console/policies/{path}").status_code == 200, path
    for path in (
        "new/",
        f"{policy.pk}/draft/",
        f"{policy.pk}/publication/",
        f"{policy.pk}/previews/",
        f"previews/{run.pk}/move/",
        f"{policy.pk}/draft/removal/",
    ):
        assert as_kim.post(f"/console/policies/{path}").status_code == 403, path
    assert (
        as_kim.post("/console/organisations/acme/policy/", {"policy": policy.pk}).status_code == 403
    )
