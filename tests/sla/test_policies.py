"""§14: a policy is drafted, checked and published; which one a case is filed under; who may do
it.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from cases.models import Case
from contacts.models import AdminEvent, Offering
from core.errors import Refused
from core.tenancy import organisation_scope
from sla import actions, policy_content, policy_diff, policy_files, policy_selection
from sla.models import OrganisationPolicy, Policy, PolicyDraft, PolicyVersion
from tests import cast
from tests.cast import utc


@pytest.fixture
def shipped(db) -> Policy:
    return Policy.objects.get(key="customer-care")


@pytest.fixture
def sun(db) -> Policy:
    """The second policy that is shipped."""
    return policy_files.load(policy_files.find("follow-the-sun"))[0].policy


def faster(policy: Policy, **changes) -> policy_content.PolicyContent:
    """What the policy says, with a Medium first response within one business hour."""
    now = actions.policies.newest(policy)
    assert now is not None
    return replace(now, targets={**now.targets, ("response", 3): (1, "business_hours")}, **changes)


def pinned(case: Case) -> str:
    return case.terms.policy_version.short


# --- Which policy a case is filed under


def test_an_organisations_own_policy_comes_before_an_offerings_and_that_before_the_default(
    ana, ben, maya, sun, shipped
):
    portal = Offering.objects.get(key="portal")
    other = actions.make_policy(by=maya, name="Portal", key="portal-care")
    actions.publish(other, by=maya, why="The portal has its own.")
    assert pinned(cast.file(ana)) == "Customer Care v1"
    actions.choose_for_offering(portal, by=maya, policy=other)
    assert pinned(cast.file(ana)) == "Portal v1"
    actions.choose_for_organisation(ana.organisation, by=maya, policy=sun)
    assert pinned(cast.file(ana)) == "Follow the Sun v1"
    assert pinned(cast.file(ben)) == "Customer Care v1"  # Japan's portal is an offering of its own
    actions.choose_for_organisation(ana.organisation, by=maya, policy=None)
    actions.choose_for_offering(portal, by=maya, policy=None)
    assert pinned(cast.file(ana)) == "Customer Care v1"


def test_a_choice_holds_from_its_instant_on_and_touches_no_case_that_was_filed(
    ana, maya, sun, time_machine
):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    before = cast.file(ana)
    actions.choose_for_organisation(
        ana.organisation, by=maya, policy=sun, effective_at=utc("2026-03-03 00:00")
    )
    assert pinned(cast.file(ana)) == "Customer Care v1"
    time_machine.move_to(utc("2026-03-03 09:00"), tick=False)
    assert pinned(cast.file(ana)) == "Follow the Sun v1"
    before.refresh_from_db()
    assert pinned(before) == "Customer Care v1"


def test_a_contact_files_under_their_organisations_policy_in_its_own_scope(ana, maya, sun):
    actions.choose_for_organisation(ana.organisation, by=maya, policy=sun)
    with organisation_scope(ana.organisation_id):
        assert policy_selection.version_for(ana.organisation, timezone.now()).policy == sun
        assert pinned(cast.file(ana)) == "Follow the Sun v1"


def test_another_organisation_sees_no_choice_and_writes_none(ana, ben, maya, sun):
    actions.choose_for_organisation(ana.organisation, by=maya, policy=sun)
    with organisation_scope(ben.organisation_id):
        assert not OrganisationPolicy.objects.exists()
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        organisation_scope(ana.organisation_id),
    ):
        OrganisationPolicy.objects.create(
            organisation=ana.organisation, by=maya, at=timezone.now(), effective_at=timezone.now()
        )


def test_an_application_is_promised_by_the_organisations_own_policy(acme, maya, sun):
    actions.choose_for_organisation(acme, by=maya, policy=sun)
    assert cast.applicant(acme, "Ivo", "ivo@acme.example").clocks.get().target_seconds == 24 * 3600


@pytest.mark.parametrize(
    ("more", "why"),
    [({"effective_at": utc("2020-01-01 00:00")}, "in the past"), ({"policy": None}, "so already")],
)
def test_a_choice_that_cannot_be_is_refused(more, why, acme, maya, sun):
    with pytest.raises(Refused, match=why):
        actions.choose_for_organisation(acme, by=maya, **{"policy": sun, **more})


# --- The draft and its publication


def test_a_draft_becomes_an_immutable_version_that_new_cases_are_pinned_to(ana, maya, shipped):
    before = cast.file(ana)
    actions.save_draft(shipped, by=maya, written=faster(shipped))
    version = actions.publish(shipped, by=maya, why="Customers asked for it.")
    assert (version.number, version.published_by, version.why) == (
        2,
        maya,
        "Customers asked for it.",
    )
    assert not PolicyDraft.objects.exists()
    assert pinned(cast.file(ana)) == "Customer Care v2"
    assert pinned(before) == "Customer Care v1"
    event = AdminEvent.objects.filter(kind="policy").latest("pk")
    assert (event.verb, event.by) == ("published", maya)
    assert event.before == {"First response: Medium": "2 business hours"}
    assert event.after["First response: Medium"] == "1 business hour"
    with pytest.raises(DatabaseError), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(why="Another reason.")


def test_a_version_takes_effect_at_its_instant_and_not_before(ana, maya, shipped, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    actions.save_draft(shipped, by=maya, written=faster(shipped))
    actions.publish(shipped, by=maya, why="From April.", effective_at=utc("2026-04-01 00:00"))
    assert pinned(cast.file(ana)) == "Customer Care v1"
    actions.save_draft(shipped, by=maya, written=faster(shipped, notice_days=2))
    with pytest.raises(Refused, match="Version 2 takes effect at 2026-04-01"):
        actions.publish(shipped, by=maya, why="Sooner.", effective_at=utc("2026-03-15 00:00"))
    time_machine.move_to(utc("2026-04-01 09:00"), tick=False)
    assert pinned(cast.file(ana)) == "Customer Care v2"


def test_a_version_cannot_take_effect_in_the_past_or_say_nothing_new(maya, shipped):
    now = actions.policies.newest(shipped)
    actions.save_draft(shipped, by=maya, written=now)
    with pytest.raises(Refused, match="nothing to publish"):
        actions.publish(shipped, by=maya, why="x")
    actions.save_draft(shipped, by=maya, written=faster(shipped), seen=1)
    with pytest.raises(Refused, match="in the past"):
        actions.publish(shipped, by=maya, why="x", effective_at=timezone.now() - timedelta(days=1))
    assert shipped.versions.count() == 1


def test_of_two_who_write_on_a_draft_nobody_overwrites_what_they_have_not_seen(maya, shipped):
    actions.save_draft(shipped, by=maya, written=faster(shipped))
    with pytest.raises(Refused, match="Maya Moss wrote on this draft meanwhile"):
        actions.save_draft(shipped, by=maya, written=faster(shipped, notice_days=3))
    with pytest.raises(Refused, match="written on meanwhile"):
        actions.publish(shipped, by=maya, why="x", seen=7)


def test_only_managers_and_administrators_write_policies(kim, ana, shipped, sun):
    for who in (kim, ana):
        for call in (
            lambda by: actions.save_draft(shipped, by=by, written=faster(shipped)),
            lambda by: actions.publish(shipped, by=by, why="x"),
            lambda by: actions.make_policy(by=by, name="x", key="x"),
            lambda by: actions.choose_for_organisation(ana.organisation, by=by, policy=sun),
        ):
            with pytest.raises(Refused, match="managers and administrators"):
                call(who)


def test_a_policy_that_was_never_published_goes_with_its_draft(maya):
    policy = actions.make_policy(by=maya, name="Trial", key="trial")
    with pytest.raises(Refused, match="no version yet"):
        actions.choose_for_organisation(cast.organisation("x-co", "X"), by=maya, policy=policy)
    actions.discard_draft(policy, by=maya)
    assert not Policy.objects.filter(key="trial").exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"notice_days": 0}, "notice_days"),
        ({"reminder_days": [3]}, "reminder_days"),
        ({"reminder_days": [2, 1]}, "reminder_days"),
        ({"warning_percentages": [50, 100]}, "warning_percentages"),
        ({"ladder": {"60": ["team"]}}, "ladder"),
        ({"ladder": {"50": ["the moon"]}}, "ladder"),
        ({"targets": {}}, "response:1"),
        ({"hours_per_business_day": 25}, "hours_per_business_day"),
    ],
)
def test_what_a_policy_cannot_say_is_named_by_its_field(change, field, shipped):
    with pytest.raises(ValidationError) as wrong:
        policy_content.check(replace(actions.policies.newest(shipped), **change))
    assert field in wrong.value.message_dict


def test_a_severity_is_not_answered_later_than_a_less_urgent_one(shipped):
    now = actions.policies.newest(shipped)
    with pytest.raises(ValidationError) as wrong:
        policy_content.check(
            replace(now, targets={**now.targets, ("response", 4): (1, "business_hours")})
        )
    assert wrong.value.message_dict == {"response:4": ["This is sooner than for Medium."]}


def test_what_two_versions_say_otherwise_is_told_in_words(shipped):
    now = actions.policies.newest(shipped)
    targets = {key: value for key, value in now.targets.items() if key != ("rca", 2)}
    other = replace(
        now, targets=targets, warning_percentages=[50, 90], ladder={"50": ["team"]}, closure_days=1
    )
    differences = {
        (one.part, one.about): (one.before, one.after) for one in policy_diff.difference(now, other)
    }
    assert differences["Root cause analysis", "High"] == ("5 business days", "no target")
    assert differences["Warnings", "75 % of the time used"] == (
        "whoever has the case, its team",
        "none",
    )
    assert differences["The contact's time", "A proposed resolution closes at the end of"] == (
        "3 business days",
        "1 business day",
    )
    assert policy_diff.difference(now, now) == []


# --- Files


def test_the_second_shipped_policy_is_loaded_by_its_name(db, capsys):
    call_command("load_policy", "follow-the-sun")
    assert "Follow the Sun (version 1): loaded." in capsys.readouterr().out
    version = PolicyVersion.objects.get(policy__key="follow-the-sun")
    assert policy_content.content_of(version).target("response", 2) == policy_content.Target(
        7200, around_the_clock=True
    )


def test_a_file_takes_back_nothing_that_a_person_published(maya, shipped):
    actions.save_draft(shipped, by=maya, written=faster(shipped))
    version = actions.publish(shipped, by=maya, why="Customers asked for it.")
    assert policy_files.load() == (version, False)


def test_a_name_that_is_no_policy_is_refused_in_one_line_with_exit_code_2(db):
    with pytest.raises(CommandError, match="Shipped: default, follow-the-sun") as refused:
        call_command("load_policy", "no-such")
    assert refused.value.returncode == 2
