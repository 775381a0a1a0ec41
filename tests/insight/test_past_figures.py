"""A past figure never changes: a fact has the terms and the assignee of its own instant (§14)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.figures import figures_that_differ
from cases import actions
from contacts import actions as people
from insight import aggregation
from insight.models import Fact
from sla import actions as policy_actions
from sla import sweeps
from sla.models import Policy, PolicyVersion
from tests import cast
from tests.cast import utc


@pytest.fixture
def at(time_machine):
    return lambda text: time_machine.move_to(utc(text), tick=False)


def second_version(by) -> PolicyVersion:
    """Another version of the shipped policy, in effect from now on."""
    policy = Policy.objects.get(key="customer-care")
    now = policy_actions.policies.newest(policy)
    assert now is not None
    policy_actions.save_draft(policy, by=by, written=replace(now, notice_days=2))
    policy_actions.publish(policy, by=by, why="A trial.")
    return PolicyVersion.objects.filter(policy=policy).latest("number")


def count_again():
    """Every fact as it was stored, counted from the beginning a day later."""
    before = list(Fact.objects.order_by("pk").values())
    for _ in aggregation.rebuild(timezone.now() + timedelta(days=1)):
        pass
    after = list(Fact.objects.order_by("pk").values())
    for rows in (before, after):
        for row in rows:
            del row["id"]
    key = repr
    return sorted(before, key=key), sorted(after, key=key)


@pytest.fixture
def past(ana, kim, at):
    """Two cases under the first version: one closed in time, one open whose response was missed."""
    at("2026-03-02 09:00")
    done, late = (cast.file(ana, severity=2) for _ in range(2))
    at("2026-03-02 09:30")
    done = actions.answer(done, by=kim, text="We look.").case
    actions.accept(actions.propose_resolution(done, by=kim, text="Fixed.").case, by=ana)
    at("2026-03-02 12:00")
    sweeps.check_clocks()
    aggregation.run(timezone.now() + timedelta(hours=1))
    assert list(figures_that_differ()) == []
    return late


def test_a_move_to_another_policy_leaves_every_past_figure_as_it_was(past, maya, at):
    at("2026-03-03 09:00")
    version = second_version(maya)
    policy_actions.move_terms(past, by=maya, version=version, reason="A new contract.")
    assert list(figures_that_differ()) == []
    aggregation.run(timezone.now() + timedelta(hours=1))
    assert list(figures_that_differ()) == []
    before, after = count_again()
    assert before == after
    assert list(figures_that_differ()) == []


def test_what_happens_after_the_move_belongs_to_the_new_version(past, kim, maya, at):
    at("2026-03-03 09:00")
    version = second_version(maya)
    policy_actions.move_terms(past, by=maya, version=version, reason="A new contract.")
    at("2026-03-03 10:00")
    actions.restore(actions.take(past, by=kim).case, by=kim, text="It works.")
    aggregation.run(timezone.now() + timedelta(hours=1))
    versions = dict(
        Fact.objects.filter(case_key=past.pk, kind__in=("response", "restore"))
        .order_by("at")
        .values_list("kind", "policy_key")
    )
    assert versions["restore"] == version.pk
    missed = Fact.objects.get(case_key=past.pk, kind="response", what="missed")
    assert missed.policy_key != version.pk


def test_a_changed_team_calendar_and_assignee_leave_every_past_figure_as_it_was(
    past, acme, kim, lee, maya, at
):
    at("2026-03-03 09:00")
    people.save_team(None, by=maya, name="Second line", members=[lee], areas=["voice"])
    actions.assign(past, by=maya, to=lee, reason="She knows trunks.")
    site = acme.sites.get()
    people.save_calendar(
        site.calendar, by=maya, name="Nights", zone="Asia/Tokyo", week=cast.OFFICE, holidays={}
    )
    before, after = count_again()
    assert [row for row in before if row not in after] == []
    assert list(figures_that_differ()) == []
