"""§14: open cases are looked at under other terms, and moved: explicitly, for a reason, each
journalled.
"""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_fsm import TransitionNotAllowed

from cases import actions as verbs
from cases import event_log
from cases.choices import EventType
from cases.events import TermsMoved
from cases.models import Case, Notification
from contacts.models import AdminEvent, QueuedEmail
from core.errors import Refused
from sla import (
    actions,
    calendars,
    clocks,
    policy_content,
    policy_files,
    policy_migration,
    preview,
    sweeps,
)
from sla.models import Clock, ClockFact, MigrationState, Policy, PolicyMigrationRow, QueueEntry
from tests import cast
from tests.cast import utc


@pytest.fixture
def at(time_machine):
    """Moves time to an instant; it begins on a Monday."""
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return lambda text: time_machine.move_to(utc(text), tick=False)


@pytest.fixture
def gus(at):
    """The contact of an organisation that works 08:00 to 17:00 UTC."""
    return cast.contact(cast.organisation("gus", "Gus Gardens"), "Gus", "gus@gus.example")


@pytest.fixture
def policy(db) -> Policy:
    return Policy.objects.get(key="customer-care")


@pytest.fixture
def publish(policy, maya):
    """Publishes the newest version with other numbers."""

    def make(targets=(), **changes):
        now = actions.policies.newest(policy)
        actions.save_draft(
            policy,
            by=maya,
            written=replace(now, targets={**now.targets, **dict(targets)}, **changes),
        )
        return actions.publish(policy, by=maya, why="A trial.")

    return make


def clock(case, kind, ordinal=1) -> Clock:
    return Clock.objects.get(case=case, kind=kind, ordinal=ordinal)


def run(version, maya, **narrow):
    migration = policy_migration.begin(
        version.policy,
        by=maya,
        written=policy_content.content_of(version),
        version=version,
        **narrow,
    )
    policy_migration.work(migration.pk)
    migration.refresh_from_db()
    return migration


def move(migration, maya, reason="Your new contract."):
    policy_migration.carry_out(migration, by=maya, reason=reason)
    while policy_migration.work(migration.pk):
        pass
    migration.refresh_from_db()
    return migration


def proven():
    """Clocks, places and journals are what they should be."""
    assert list(clocks.verify()) == []
    assert list(event_log.breaks()) == []


def test_a_moved_case_counts_from_its_original_start_under_the_new_version(
    gus, kim, maya, at, publish
):
    case = cast.file(gus)
    assert clock(case, "response").due_at == utc("2026-03-02 11:00")
    version = publish(
        {("response", 3): (4, "business_hours"), ("restore", 3): (2, "business_days")}
    )
    at("2026-03-02 10:00")
    event = actions.move_terms(case, by=maya, version=version, reason="Your new contract.")
    assert clock(case, "response").due_at == utc("2026-03-02 13:00")
    assert clock(case, "restore").due_at == utc("2026-03-04 09:00")
    assert {c.policy_version for c in Clock.objects.filter(case=case)} == {version}
    assert event.particulars["before"] == "Customer Care v1"
    assert event.particulars["after"] == "Customer Care v2"
    assert event.case.terms.policy_version == version
    assert QueueEntry.objects.get(case=case).due_at == utc("2026-03-02 13:00")
    proven()


def test_what_is_decided_stays_decided_under_the_version_it_was_decided_by(
    gus, kim, maya, at, publish
):
    at("2026-03-02 09:00")
    case = cast.file(gus)
    at("2026-03-02 10:30")
    case = verbs.answer(case, by=kim, text="We look into it.").case
    version = publish({("response", 3): (1, "business_hours")})
    actions.move_terms(case, by=maya, version=version, reason="x")
    answered = clock(case, "response")
    assert (answered.outcome, answered.target_seconds, answered.policy_version.number) == (
        "met",
        7200,
        1,
    )
    proven()


def test_a_breach_that_was_recorded_stays_a_fact_and_a_later_one_is_known_from_the_move_on(
    gus, maya, at, publish
):
    late, early = cast.file(gus), cast.file(gus, severity=4)
    at("2026-03-02 12:00")
    sweeps.check_clocks()
    assert ClockFact.objects.filter(case=late, step="breach").count() == 1
    version = publish(
        {
            ("response", 3): (4, "business_hours"),
            ("response", 4): (4, "business_hours"),
            ("response", 2): (1, "business_hours"),
        }
    )
    at("2026-03-02 14:00")
    for case in (late, early):
        actions.move_terms(case, by=maya, version=version, reason="x")
    assert ClockFact.objects.filter(case=late, step="breach").get().at == utc("2026-03-02 11:00")
    missed = ClockFact.objects.get(case=early, step="breach")
    assert missed.at == utc("2026-03-02 14:00")  # due at 13:00 now, and nobody could have known
    proven()


def test_a_case_moved_in_the_middle_of_a_wait_keeps_its_waited_time(gus, kim, maya, at, publish):
    case = cast.waiting(gus, kim)
    version = publish({("restore", 3): (2, "business_days")}, customer_response_days=5)
    at("2026-03-03 09:00")
    actions.move_terms(case, by=maya, version=version, reason="x")
    assert clock(case, "restore").outcome == "paused"
    assert clock(case, "customer_response").started_at == utc("2026-03-02 09:00")
    assert clock(case, "customer_response").due_at == utc("2026-03-09 09:00")
    at("2026-03-03 11:00")
    verbs.answer_as_contact(case, by=gus, text="Here.")
    assert clock(case, "restore").due_at == utc(
        "2026-03-05 11:00"
    )  # two business days from then: none was used
    proven()


def test_the_contacts_own_time_is_never_shortened(gus, kim, maya, at, publish):
    waiting, proposed = cast.waiting(gus, kim), cast.proposed(gus, kim)
    before = [clock(waiting, "customer_response").closure_due_at, clock(proposed, "closure").due_at]
    version = publish(
        {}, customer_response_days=2, reminder_days=[1], notice_days=1, closure_days=1
    )
    for case in (waiting, proposed):
        actions.move_terms(case, by=maya, version=version, reason="x")
    assert [
        clock(waiting, "customer_response").closure_due_at,
        clock(proposed, "closure").due_at,
    ] == before
    proven()


def test_a_proposal_withdrawn_after_the_move_goes_on_under_the_new_version(
    gus, kim, maya, at, publish
):
    case = cast.proposed(gus, kim)
    version = publish({("restore", 3): (2, "business_days")})
    actions.move_terms(case, by=maya, version=version, reason="x")
    at("2026-03-02 12:00")
    verbs.report_issue(case, by=gus, text="No.")
    restore = clock(case, "restore")
    assert (restore.policy_version, restore.due_at) == (version, utc("2026-03-04 12:00"))
    proven()


def test_warnings_of_a_moved_promise_are_given_anew_and_of_an_unmoved_one_not(
    gus, kim, maya, at, publish
):
    case = cast.file(gus)
    at("2026-03-02 10:05")
    sweeps.check_clocks()
    assert clock(case, "response").done == ["warn:50@3"]
    same = publish({}, notice_days=3)
    actions.move_terms(case, by=maya, version=same, reason="x")
    assert clock(case, "response").next_step == "warn:75@3"
    longer = publish({("response", 3): (4, "business_hours")})
    actions.move_terms(case, by=maya, version=longer, reason="x")
    assert clock(case, "response").next_step == "warn:50@3+1"
    at("2026-03-02 11:00")
    sweeps.check_clocks()
    assert "warn:50@3+1" in clock(case, "response").done
    proven()


def test_the_contact_is_told_why_and_what_is_promised_now_and_a_silence_goes_on(
    gus, kim, maya, at, publish
):
    gus.language = "ja"
    gus.save()
    case = cast.file(gus)
    update_overdue_at = QueueEntry.objects.get(case=case).update_overdue_at
    version = publish({("response", 3): (4, "business_hours")})
    at("2026-03-02 10:00")
    actions.move_terms(case, by=maya, version=version, reason="Your new contract.")
    notification = Notification.objects.filter(case=case, recipient=gus).latest("pk")
    assert case.code in notification.subject
    assert "Your new contract." in notification.text
    assert "2026年3月2日(月)13:00" in notification.text
    assert QueueEntry.objects.get(case=case).update_overdue_at == update_overdue_at


def test_a_move_that_changes_nothing_notifies_nobody(gus, maya, at, publish):
    case = cast.file(gus)
    before = Notification.objects.count()
    event = actions.move_terms(
        case, by=maya, version=publish({}, reopen_window_days=12), reason="x"
    )
    assert event.read_as(TermsMoved).changes == []
    assert Notification.objects.count() == before


def test_the_contact_reads_when_it_was_due_before_and_after(gus, maya, at, publish):
    case = cast.file(gus)
    version = publish({("response", 3): (4, "business_hours")})
    actions.move_terms(case, by=maya, version=version, reason="Your new contract.")
    text = Notification.objects.filter(case=case, recipient=gus).latest("pk").text
    assert "Monday 02 March 2026 13:00 (UTC), before: Monday 02 March 2026 11:00 (UTC)." in text


def moved_by_a_run(policy, maya, version, reason="A new contract."):
    written = policy_content.content_of(version)
    run = policy_migration.begin(policy, by=maya, written=written, version=version)
    while policy_migration.work(run.pk):
        pass
    policy_migration.carry_out(run, by=maya, reason=reason)
    while policy_migration.work(run.pk):
        pass


def test_a_mass_move_writes_once_to_each_contact_whose_cases_change(
    gus, ana, maya, at, policy, publish
):
    changed = [cast.file(gus, title=f"Case {number}") for number in range(3)]
    untouched = cast.file(ana, severity=4)
    before = Notification.objects.filter(channel="email").count()
    moved_by_a_run(policy, maya, publish({("response", 3): (4, "business_hours")}))
    assert Notification.objects.filter(channel="email").count() == before
    letter = QueuedEmail.objects.get(key__startswith="policy_changed")
    assert letter.recipient == gus
    assert all(case.code in letter.text for case in changed)
    assert untouched.code not in letter.text
    assert "A new contract." in letter.text
    assert letter.text.count("before: Monday 02 March 2026 11:00 (UTC)") == 3
    assert not untouched.events.filter(verb="terms_moved", notices__isnull=False).exists()


def test_severity_is_previewed_under_the_terms_the_case_was_moved_to(gus, maya, at, publish):
    case = cast.file(gus)
    version = publish(
        {("response", 2): (1, "business_hours"), ("response", 3): (4, "business_hours")}
    )
    actions.move_terms(case, by=maya, version=version, reason="x")
    answer = preview.of_severity(case, 4, utc("2026-03-02 09:30"))[0]
    assert (answer.before, answer.after) == (utc("2026-03-02 13:00"), utc("2026-03-03 09:00"))


@pytest.mark.parametrize("who", ["kim", "ana"])
def test_only_managers_move_cases(who, request, ana, publish):
    case, version = cast.file(ana), publish({}, notice_days=2)
    with pytest.raises(Refused, match="managers and administrators"):
        actions.move_terms(case, by=request.getfixturevalue(who), version=version, reason="x")


def test_a_case_is_moved_to_a_version_in_effect_for_a_reason_and_while_it_is_open(
    ana, kim, maya, policy, publish
):
    case, version = cast.file(ana), publish({}, notice_days=2)
    with pytest.raises(Refused, match="write the reason"):
        actions.move_terms(case, by=maya, version=version, reason=" ")
    with pytest.raises(Refused, match="under that version already"):
        actions.move_terms(case, by=maya, version=case.terms.policy_version, reason="x")
    closed = verbs.accept(cast.proposed(ana, kim), by=ana).case
    with pytest.raises(TransitionNotAllowed):
        actions.move_terms(closed, by=maya, version=version, reason="x")


# --- A set of cases


def test_a_preview_says_which_cases_move_by_how_much_and_who_would_be_missed_or_saved(
    gus, kim, maya, at, publish
):
    late, fine, low = cast.file(gus), cast.file(gus, severity=2), cast.file(gus, severity=4)
    at("2026-03-02 09:50")
    version = publish({("response", 2): (30, "minutes"), ("response", 3): (4, "business_hours")})
    at("2026-03-02 11:30")
    before = list(Clock.objects.order_by("pk").values())
    migration = run(version, maya)
    assert (migration.state, migration.total, migration.done) == (MigrationState.PREVIEWED, 3, 3)
    assert (
        migration.sums["moves"],
        migration.sums["would_miss"],
        migration.sums["would_save"],
    ) == (2, 0, 1)
    rows = {row.case_id: row for row in PolicyMigrationRow.objects.filter(run=migration)}
    assert rows[late.pk].promises == [
        ["response", "2026-03-02T11:00:00+00:00", "2026-03-02T13:00:00+00:00", 7200, True, False]
    ]
    assert rows[fine.pk].promises[0][3:] == [-1800, True, True]
    assert (rows[low.pk].promises, rows[low.pk].moves) == ([], False)
    assert list(Clock.objects.order_by("pk").values()) == before


def test_a_preview_is_what_the_move_then_does(gus, kim, maya, at, publish):
    cases = [
        cast.file(gus),
        cast.waiting(gus, kim),
        cast.proposed(gus, kim, severity=2),
        cast.file(gus, severity=1),
    ]
    at("2026-03-02 10:15")
    version = publish(
        {
            ("response", 3): (1, "business_hours"),
            ("restore", 3): (3, "business_days"),
            ("rca", 2): (7, "business_days"),
        },
        customer_response_days=4,
    )
    migration = run(version, maya)
    outcomes = {
        (row.case_id, kind): after
        for row in PolicyMigrationRow.objects.filter(run=migration)
        for kind, _, after, *_ in row.promises
    }
    assert len(outcomes) >= 4
    moved = move(migration, maya)
    assert (moved.state, moved.sums["moved"]) == (MigrationState.MOVED, migration.total)
    for (case, kind), after in outcomes.items():
        assert (
            clocks.instant_text(Clock.objects.filter(case=case, kind=kind).latest("ordinal").due_at)
            == after
        )
    assert all(Case.objects.get(pk=case.pk).terms.policy_version == version for case in cases)
    event = AdminEvent.objects.filter(kind="policy").latest("pk")
    assert (event.verb, event.after["cases"], event.after["why"]) == (
        "moved cases to",
        migration.total,
        "Your new contract.",
    )
    proven()


def test_a_set_is_narrowed_to_an_organisation_a_version_and_a_severity(gus, ana, maya, publish):
    mine, other = cast.file(gus), cast.file(ana)
    cast.file(gus, severity=2)
    first, version = mine.terms.policy_version, publish({("response", 3): (4, "business_hours")})
    migration = run(version, maya, customer=gus.organisation, from_version=first, severity=3)
    assert [row.case_id for row in migration.rows.all()] == [mine.pk]
    move(migration, maya)
    assert (pinned(mine), pinned(other)) == (2, 1)


def pinned(case) -> int:
    return Case.objects.get(pk=case.pk).terms.policy_version.number


def test_a_case_that_was_closed_meanwhile_is_reported_and_stops_no_other(gus, kim, maya, publish):
    going, staying = cast.proposed(gus, kim), cast.file(gus)
    migration = run(publish({("restore", 3): (4, "business_days")}), maya)
    verbs.accept(going, by=gus)
    moved = move(migration, maya)
    assert (moved.sums["moved"], moved.sums["refused"]) == (1, 1)
    row = PolicyMigrationRow.objects.get(run=migration, case=going)
    assert (row.outcome, row.why) == ("refused", "The case is closed: it keeps its terms.")
    assert pinned(staying) == 2
    assert EventType.TERMS_MOVED not in cast.verbs(going)


def test_a_run_is_carried_out_once_and_a_draft_never(gus, maya, policy, publish):
    cast.file(gus)
    migration = move(run(publish({}, notice_days=2), maya), maya)
    with pytest.raises(Refused, match="carried out already"):
        policy_migration.carry_out(migration, by=maya, reason="x")
    now = actions.policies.newest(policy)
    draft = policy_migration.begin(policy, by=maya, written=replace(now, notice_days=3))
    policy_migration.work(draft.pk)
    with pytest.raises(Refused, match="publish the draft first"):
        policy_migration.carry_out(draft, by=maya, reason="x")


def test_a_batch_costs_as_many_statements_for_many_cases_as_for_one(
    gus, kim, maya, publish, monkeypatch
):
    cast.file(gus)
    version = publish({("response", 3): (4, "business_hours")})

    def cost():
        calendars.calendar_of.cache_clear()
        migration = policy_migration.begin(
            version.policy, by=maya, written=policy_content.content_of(version), version=version
        )
        with CaptureQueriesContext(connection) as seen:
            policy_migration.work(migration.pk)
        return len(seen.captured_queries)

    few = cost()
    for _ in range(12):
        cast.waiting(gus, kim)
    assert cost() == few <= 10


def test_many_cases_are_reckoned_batch_by_batch_and_a_crash_in_between_loses_none(
    gus, maya, publish, monkeypatch
):
    for _ in range(7):
        cast.file(gus)
    version = publish({("response", 3): (4, "business_hours")})
    monkeypatch.setattr(policy_migration, "BATCH", 3)
    migration = policy_migration.begin(
        version.policy, by=maya, written=policy_content.content_of(version), version=version
    )
    assert policy_migration.work(migration.pk, seconds=-1)
    migration.refresh_from_db()
    assert (migration.state, migration.done, migration.total) == (MigrationState.PREVIEWING, 3, 7)
    assert policy_migration.left_behind(migration.worked_at + policy_migration.LEFT_ALONE * 2) == [
        migration.pk
    ]
    assert not policy_migration.work(migration.pk)
    migration.refresh_from_db()
    assert (migration.done, migration.rows.count(), migration.sums["moves"]) == (7, 7, 7)


def test_an_organisations_cases_are_previewed_with_the_policy_that_becomes_its_own(gus, maya, at):
    case = cast.file(gus)
    sun, _ = policy_files.load(policy_files.find("follow-the-sun"))
    assert run(sun, maya).total == 0
    actions.choose_for_organisation(gus.organisation, by=maya, policy=sun.policy)
    at("2026-03-02 10:00")
    migration = run(sun, maya)
    assert [row.case_id for row in migration.rows.all()] == [case.pk]
    move(migration, maya)
    assert clock(case, "response").due_at == utc("2026-03-02 15:00")  # six business hours
    proven()


def test_a_promise_missed_and_not_yet_seen_by_a_sweep_is_a_fact_before_the_case_is_moved(
    gus, maya, at, publish
):
    case = cast.file(gus)  # Medium: two business hours for the first response
    at("2026-03-02 12:00")
    version = publish({("response", 3): (8, "business_hours")})
    actions.move_terms(case, by=maya, version=version, reason="Your new contract.")
    fact = ClockFact.objects.get(case=case, kind="breached")
    assert (fact.at, fact.due_at) == (utc("2026-03-02 11:00"), utc("2026-03-02 11:00"))
    assert clock(case, "response").due_at > utc("2026-03-02 12:00")


def test_a_severity_lowered_before_the_sweep_saw_the_breach_keeps_the_breach(gus, kim, at):
    case = cast.file(gus, severity=2)
    at("2026-03-02 10:30")
    verbs.set_severity(case, by=kim, severity=4, text="It is less than we thought.")
    assert ClockFact.objects.get(case=case, kind="breached").severity == 2


def test_a_closure_announced_before_the_contact_got_more_time_waits_for_that_time(
    gus, kim, maya, at, publish
):
    case = cast.waiting(gus, kim)
    cast.send_notices(utc("2026-03-02 09:00"))
    at("2026-03-05 09:00")
    sweeps.check_clocks()
    cast.send_notices(utc("2026-03-05 09:00"))
    version = publish(customer_response_days=5)
    actions.move_terms(case, by=maya, version=version, reason="Your new contract.")
    at("2026-03-06 09:00")
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.is_open
    at("2026-03-10 09:00")  # five business days, and one of notice
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.closing_reason == "unanswered"
