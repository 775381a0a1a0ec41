"""Figures against a count by hand, and against themselves: counted day by day, all together, or
from the journal.
"""

import calendar
import math
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, F, Sum
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from audit.figures import figures_that_differ
from cases import actions
from cases.models import Case, CaseEvent
from contacts import actions as people
from core.percentages import percent
from insight import aggregation, histogram, open_counts, queries, throughput
from insight.figure_sums import Attainment, FigureSum
from insight.figure_sums import Sum as FigureTotal
from insight.filters import BY
from insight.models import Dimension, DirtyDay, Fact, Figure, FigureKind, OpenCount, Watermark
from insight.periods import Period
from insight.queries import FigureQuery
from sla import clocks, sweeps
from sla.models import Clock, ClockFact, QueueEntry
from sla.models.clock import CARES_PROMISES
from tests import cast
from tests.cast import utc

MARCH = Period("custom", date(2026, 3, 1), date(2026, 3, 31))


def tally(where=(), severity=None, period=MARCH, **more):
    question = FigureQuery(period, tuple(where), severity, **more)
    return queries.whole(question, queries.now(), list(FigureKind.values))


def by_hand():
    """(kind, severity) → how many promises were met, and how many missed, once each."""
    missed, met = Counter(), Counter()
    for clock in Clock.objects.filter(kind__in=CARES_PROMISES):
        breach = clock.facts.filter(kind="breached").order_by("at", "pk").first()
        if breach is not None:
            missed[clock.kind, breach.severity or 0] += 1
        elif clock.outcome == "met":
            met[clock.kind, clock.severity or 0] += 1
    return met, missed


def sums_of(tallied, what):
    return Counter(
        {
            (kind, severity): one.n
            for (kind, of, severity), one in tallied.sums.items()
            if of == what
        }
    )


def in_buckets(tallied):
    """Exact sums as the histogram stores them: each duration is the middle of its bucket."""
    sums = {}
    for key, one in tallied.sums.items():
        buckets = Counter()
        for seconds, n in one.durations.items():
            buckets[histogram.bucket_of(seconds)] += n
        sums[key] = FigureTotal(one.n, one.total, histogram.durations_of(buckets))
    return sums


def figures():
    """All that is stored, without keys."""
    columns = (
        "dimension",
        "key",
        "grain",
        "day",
        "kind",
        "what",
        "severity",
        "is_historical",
        "n",
        "total",
        "spread",
    )
    return sorted(Figure.objects.values_list(*columns), key=repr)


def facts():
    names = [field.attname for field in Fact._meta.concrete_fields if field.attname != "id"]
    return sorted(Fact.objects.values_list(*names), key=repr)


def test_promises_are_what_a_count_by_hand_says(busy):
    aggregation.run(busy + timedelta(hours=1))
    met, missed = by_hand()
    assert sum(met.values()) > 5
    assert sum(missed.values()) > 5
    results = tally()
    assert sums_of(results, "met") == met
    assert sums_of(results, "missed") == missed


def test_what_is_not_counted_yet_is_added_from_the_journal(busy, kim, time_machine):
    aggregation.run(busy)
    before = tally([(Dimension.ANALYST, str(kim.pk))]).n("met", kind="response")
    time_machine.move_to(busy + timedelta(minutes=2), tick=False)
    case = Case.objects.filter(state="new", severity=1).latest("pk")
    actions.answer(case, by=kim, text="At once.")
    met, _ = by_hand()
    assert not Fact.objects.filter(case_key=case.pk, what="met").exists()
    assert sums_of(tally(), "met") == met
    assert tally([(Dimension.ANALYST, str(kim.pk))]).n("met", kind="response") == before + 1


def test_events_are_what_the_journal_says(busy):
    aggregation.run(busy + timedelta(hours=1))
    verbs = Counter(CaseEvent.objects.values_list("verb", flat=True))
    results = tally()
    for what, verb in [
        ("opened", "filed"),
        ("closed", "closed"),
        ("reopened", "reopened"),
        ("contested", "severity_contested"),
        ("severity_set", "severity_set"),
        ("escalated", "escalated"),
        ("issue_reported", "issue_reported"),
        ("proposed", "resolution_proposed"),
    ]:
        assert verbs[verb] > 0, verb
        assert results.n(what) == verbs[verb], what
    assert (
        results.n("closed", kind="duplicate")
        == Case.objects.filter(closing_reason="duplicate").count()
        == 1
    )


def rate_some(ana, ben, kim, time_machine):
    """Five closed cases: Ana gives 5, 4 and 2 on Monday, Ben 3 on the day after; nobody says
    anything of the last.
    """
    time_machine.move_to(utc("2026-03-16 10:00"), tick=False)
    closed = [
        actions.accept(cast.proposed(who, kim), by=who).case for who in (ana, ana, ana, ben, ben)
    ]
    for case, score in zip(closed[:3], (5, 4, 2), strict=True):
        actions.rate(case, by=ana, score=score, text="Thank you." if score == 5 else "")
    time_machine.move_to(utc("2026-03-17 10:00"), tick=False)
    actions.rate(closed[3], by=ben, score=3)


def test_ratings_are_counted_by_score_with_their_mean_and_how_many_are_good(
    ana, ben, kim, time_machine
):
    aggregation.run(utc("2026-03-16 09:00"))
    assert throughput.satisfaction(tally()) == throughput.Satisfaction(0, None, None)
    rate_some(ana, ben, kim, time_machine)
    for counted in (False, True):  # from the journal, and from the facts
        if counted:
            aggregation.run(utc("2026-03-18 10:00"))
        results = tally()
        assert {score: results.n("rated", kind=score) for score in "12345"} == {
            "1": 0,
            "2": 1,
            "3": 1,
            "4": 1,
            "5": 1,
        }
        assert throughput.satisfaction(results) == throughput.Satisfaction(4, 3.5, 50)
        anas = tally([(Dimension.ORGANISATION, str(ana.organisation_id))])
        assert throughput.satisfaction(anas) == throughput.Satisfaction(3, 3.67, 66.7)
        assert throughput.satisfaction(
            tally([(Dimension.ANALYST, str(kim.pk))])
        ) == throughput.Satisfaction(4, 3.5, 50)
    rated = Fact.objects.filter(what="rated").order_by("at", "pk")
    assert sorted(rated.values_list("kind", "seconds")) == [("2", 2), ("3", 3), ("4", 4), ("5", 5)]
    assert (
        Attainment.from_sums(tally()).took.n
        == Fact.objects.filter(what__in=["met", "late", "measured"]).count()
    )


def test_ratings_counted_again_come_to_the_same(ana, ben, kim, time_machine):
    rate_some(ana, ben, kim, time_machine)
    aggregation.run(utc("2026-03-16 12:00"))
    aggregation.run(utc("2026-03-18 10:00"))
    before = figures(), facts(), throughput.satisfaction(tally())
    list(aggregation.rebuild(utc("2026-03-18 10:00")))
    assert (figures(), facts(), throughput.satisfaction(tally())) == before
    assert list(figures_that_differ()) == []


def test_a_case_rated_after_each_of_two_closings_counts_twice(ana, kim, time_machine):
    time_machine.move_to(utc("2026-03-16 10:00"), tick=False)
    case = actions.rate(actions.accept(cast.proposed(ana, kim), by=ana).case, by=ana, score=1).case
    case = actions.reopen(case, by=ana, text="It is back.").case
    case = actions.accept(actions.propose_resolution(case, by=kim, text="Now.").case, by=ana).case
    actions.rate(case, by=ana, score=5)
    aggregation.run(utc("2026-03-18 10:00"))
    assert throughput.satisfaction(tally()) == throughput.Satisfaction(2, 3.0, 50)


def test_a_day_may_be_counted_as_often_as_one_likes(busy):
    aggregation.run(busy + timedelta(hours=1))
    before = figures(), facts()
    DirtyDay.objects.bulk_create([DirtyDay(day=date(2026, 3, day)) for day in (2, 3, 9, 2)])
    assert aggregation.run(busy + timedelta(hours=2)) is not None
    assert (figures(), facts()) == before
    assert DirtyDay.objects.count() == 0


def test_counted_day_by_day_or_all_at_once_comes_to_the_same(busy):
    moment = utc("2026-03-02 09:10")
    while moment < busy + timedelta(hours=1):
        aggregation.run(moment)
        moment += timedelta(hours=7)
    aggregation.run(busy + timedelta(hours=1))
    piecemeal = figures(), facts()
    list(aggregation.rebuild(busy + timedelta(hours=1)))
    assert (figures(), facts()) == piecemeal
    assert list(figures_that_differ()) == []


def test_what_comes_late_is_counted_on_the_day_on_which_it_was_true(ana, kim, time_machine):
    """The sweeps did not run over the weekend: the breach is of Monday, though it is seen on
    Friday.
    """
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    cast.file(ana, severity=3)
    time_machine.move_to(utc("2026-03-05 09:00"), tick=False)
    aggregation.run(timezone.now())
    assert tally().n("missed") == 0
    time_machine.move_to(utc("2026-03-06 09:00"), tick=False)
    sweeps.check_clocks()
    assert ClockFact.objects.filter(kind="breached").exists()
    assert DirtyDay.objects.exists()
    aggregation.run(timezone.now())
    fact = Fact.objects.get(what="missed", kind="response")
    assert fact.day < date(2026, 3, 5)
    assert list(figures_that_differ()) == []


def test_a_promise_kept_that_is_taken_back_leaves_its_day(busy, ana, kim, time_machine):
    """An issue reported with a resolution takes back the restoration that it meant (rule 22)."""
    case = cast.proposed(ana, kim, severity=3)
    aggregation.run(busy + timedelta(days=1))
    restored = Fact.objects.filter(case_key=case.pk, kind="restore", what="met")
    assert restored.count() == 1
    time_machine.move_to(busy + timedelta(days=2), tick=False)
    actions.report_issue(case, by=ana, text="No.")
    aggregation.run(busy + timedelta(days=3))
    assert restored.count() == 0
    assert list(figures_that_differ()) == []


def test_a_breach_outlives_a_lowered_severity_and_a_merge(busy, ana, kim, time_machine):
    older = cast.file(ana, severity=3)
    time_machine.move_to(busy + timedelta(days=4), tick=False)
    younger = cast.file(ana, severity=3)
    time_machine.move_to(busy + timedelta(days=7), tick=False)
    sweeps.check_clocks()
    assert younger.clock_facts.filter(kind="breached").exists()
    actions.set_severity(younger, by=kim, severity=4, text="A workaround exists.")
    actions.merge(
        younger,
        by=kim,
        survivor=actions.set_severity(older, by=kim, severity=2, text="Two.").case,
        text="One.",
    )
    aggregation.run(busy + timedelta(days=8))
    missed = Fact.objects.filter(case_key=younger.pk, what="missed", severity=3)
    assert missed.count() == younger.clock_facts.filter(kind="breached").count() > 0
    assert sums_of(tally(), "missed") == by_hand()[1]


def test_a_breach_outlives_closing_reopening_and_the_erasing_of_who_filed_it(
    busy, ana, kim, maya, time_machine
):
    """None that was missed is forgotten, counted day by day or all together: figures name no
    person.
    """
    case = cast.file(ana, severity=3)
    time_machine.move_to(busy + timedelta(days=10), tick=False)
    sweeps.check_clocks()
    aggregation.run(busy + timedelta(days=10, hours=1))
    missed = Fact.objects.filter(case_key=case.pk, what="missed").order_by("kind", "at")
    before, all_before = (
        list(missed.values_list("kind", "severity", "day")),
        sums_of(tally(), "missed"),
    )
    assert [kind for kind, _, _ in before] == ["response", "restore"]
    case = actions.answer(case, by=kim, text="Sorry, late.").case
    case = actions.accept(actions.propose_resolution(case, by=kim, text="Done.").case, by=ana).case
    time_machine.move_to(busy + timedelta(days=11), tick=False)
    actions.reopen(case, by=ana, text="It came back.")
    people.revoke(ana.designation, by=maya, reason="Left.")
    people.end_access(ana, by=maya, reason="Left.")
    people.erase_person(ana, by=maya, reason="Asked for.", address=ana.email)
    for count in (aggregation.run, lambda at: list(aggregation.rebuild(at))):
        count(busy + timedelta(days=12))
        assert list(missed.values_list("kind", "severity", "day")) == before
        assert sums_of(tally(), "missed") == all_before == by_hand()[1]
        assert list(figures_that_differ()) == []


def test_who_had_a_case_then_is_who_counts(busy, kim, lee, ana, maya, time_machine):
    time_machine.move_to(utc("2026-03-16 09:00"), tick=False)
    case = cast.file(ana, severity=3)
    time_machine.move_to(utc("2026-03-16 09:30"), tick=False)
    actions.answer(case, by=kim, text="Mine.")
    time_machine.move_to(utc("2026-03-16 11:00"), tick=False)
    actions.assign(case, by=maya, to=lee)
    aggregation.run(utc("2026-03-16 12:00"))
    analysts = set(Fact.objects.filter(case_key=case.pk).values_list("what", "analyst_key"))
    assert analysts == {
        ("opened", None),
        ("met", kim.pk),
        ("assigned", kim.pk),  # by the answer: nobody had the case
        ("assigned", lee.pk),
    }
    time_machine.move_to(utc("2026-03-17 11:00"), tick=False)
    actions.propose_resolution(case, by=lee, text="Done.")
    aggregation.run(utc("2026-03-17 12:00"))
    assert Fact.objects.get(case_key=case.pk, what="proposed").analyst_key == lee.pk
    assert Fact.objects.get(case_key=case.pk, kind="response").analyst_key == kim.pk


def test_a_case_is_assigned_once_by_work_and_each_time_by_hand(busy, kim, lee, ana, time_machine):
    time_machine.move_to(utc("2026-03-16 09:00"), tick=False)
    case = cast.file(ana, severity=3)
    for minute, text in ((10, "We look."), (20, "Still."), (30, "Nearly.")):
        time_machine.move_to(utc(f"2026-03-16 09:{minute}"), tick=False)
        actions.answer(case, by=kim, text=text)
    time_machine.move_to(utc("2026-03-16 10:00"), tick=False)
    actions.take(case, by=lee)
    aggregation.run(utc("2026-03-16 12:00"))
    facts = Fact.objects.filter(case_key=case.pk, what="assigned").order_by("at")
    assert [(fact.analyst_key, fact.at.minute) for fact in facts] == [(kim.pk, 10), (lee.pk, 0)]


def test_an_opened_case_has_the_hour_of_the_customers_week(busy, ana, time_machine):
    time_machine.move_to(utc("2026-03-17 08:30"), tick=False)
    case = cast.file(ana, severity=3)
    aggregation.run(utc("2026-03-17 12:00"))
    assert Fact.objects.get(case_key=case.pk, what="opened").hour == 24 + 9  # 09:30 in Berlin


@pytest.mark.parametrize("severity", [None, 1, 3])
@pytest.mark.parametrize("by", ["organisation", "analyst", "team", "site", "region", "hour"])
def test_sums_say_what_the_facts_say(busy, by, severity):
    aggregation.run(busy + timedelta(hours=1))
    live = queries.now()
    for period in (
        MARCH,
        Period("custom", date(2026, 3, 2), date(2026, 3, 9)),
        Period("custom", date(2026, 2, 3), date(2026, 3, 12)),
        Period("custom", date(2026, 3, 3), date(2026, 3, 31)),  # March, but for two days of it
        Period("custom", date(2026, 3, 4), date(2026, 3, 24)),
        Period("custom", date(2025, 8, 20), date(2026, 3, 20)),  # long enough for steps of a month
        Period("custom", date(2026, 3, 3), date(2026, 9, 30)),
        Period(
            "custom", date(2026, 3, 10), date(2026, 9, 26)
        ),  # what came before ends within March
    ):
        question = FigureQuery(period, (), severity)
        plain = FigureQuery(period, (), severity, from_facts=True)
        for kind in ("response", "restore"):
            cube = queries.breakdown(question, Dimension(by), ["met", "missed", "late"], kind, live)
            direct = queries.breakdown(plain, Dimension(by), ["met", "missed", "late"], kind, live)
            assert {key: one.sums for key, one in cube.items()} == {
                key: in_buckets(one) for key, one in direct.items()
            }
        steps, before = queries.trend(question, live)
        plain_steps, plain_before = queries.trend(plain, live)
        assert [step.sums for step in steps] == [in_buckets(step) for step in plain_steps]
        assert before.sums == in_buckets(plain_before)
        every = [*FigureKind]
        direct_whole = queries.whole(plain, live, every)
        assert queries.whole(question, live, every).sums == in_buckets(direct_whole)
        assert queries.count(question, every, None) == queries.count(plain, every, None)


@pytest.mark.parametrize("is_counted", [True, False])
def test_every_breakdown_adds_up_to_its_total(busy, is_counted):
    """Whether the facts are counted, or still read from the event log: a miss of nobody's too."""
    aggregation.run(busy + timedelta(hours=1) if is_counted else utc("2026-03-02 09:11"))
    live, question = queries.now(), FigureQuery(MARCH)
    whats = ["met", "missed", "late"]
    total = queries.whole(question, live, whats)
    for source in (question, FigureQuery(MARCH, from_facts=True)):
        for by in BY:
            for kind in ("response", "restore"):
                rows = queries.breakdown(source, by, whats, kind, live)
                for what in whats:
                    assert sum(row.n(what) for row in rows.values()) == total.n(what, kind=kind)
    nobodys = queries.breakdown(question, Dimension.ANALYST, whats, "response", live)["none"]
    assert nobodys.n("missed") > 1
    filtered = FigureQuery(MARCH, ((Dimension.ANALYST, "none"),))
    assert queries.whole(filtered, live, whats).n("missed", kind="response") == nobodys.n("missed")


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 800))
def test_months_and_days_make_up_a_period_whatever_its_edges(first, days):
    period, counts = Period("custom", first, first + timedelta(days=days)), Counter()
    for grain, start, end, sign in period.sums:
        for day in (start + timedelta(days=step) for step in range((end - start).days)):
            if grain == "day":
                counts[day] += sign
            elif day.day == 1:
                counts.update(
                    day + timedelta(days=step)
                    for step in range(calendar.monthrange(day.year, day.month)[1])
                )
    assert {day for day, n in counts.items() if n} == {
        first + timedelta(days=step) for step in range(days + 1)
    }
    assert set(counts.values()) <= {0, 1}
    read = sum((end - start).days for grain, start, end, _ in period.sums if grain == "day")
    assert read <= 30  # never more than half a month at each end


def test_a_days_figures_are_the_customers_days(ben, kim, time_machine):
    """Filed at 16:30 UTC on the 2nd, which is the 3rd in Tokyo."""
    time_machine.move_to(utc("2026-03-02 16:30"), tick=False)
    cast.file(ben, severity=3)
    aggregation.run(utc("2026-03-03 12:00"))
    fact = Fact.objects.get(what="opened")
    assert (fact.day, fact.region) == (date(2026, 3, 3), "JP")


def counted():
    """How many rows the counts of open cases have, and what they add up to."""
    totals = OpenCount.objects.aggregate(rows=Count("pk"), cases=Sum("n"))
    return totals["rows"], totals["cases"]


def test_open_counters_follow_every_verb_and_folding_changes_nothing(busy):
    assert list(figures_that_differ()) == []
    rows, cases = counted()
    assert cases == Case.objects.exclude(state="closed").count()
    open_counts.fold()
    fewer, same = counted()
    assert fewer < rows
    assert same == cases
    assert list(figures_that_differ()) == []


def test_a_count_that_is_one_row_is_left_as_it_is_by_folding(busy):
    open_counts.fold()
    keys = set(OpenCount.objects.values_list("pk", flat=True))
    open_counts.fold()
    assert set(OpenCount.objects.values_list("pk", flat=True)) == keys


def test_a_count_of_open_cases_that_is_off_is_found_and_a_rebuild_mends_it(busy):
    OpenCount.objects.filter(severity=3).update(n=F("n") + 1)
    OpenCount.objects.create(
        organisation_id=1, state="new", severity=1, is_historical=False, is_unassigned=True, n=3
    )
    results = "\n".join(figures_that_differ())
    assert "severity 3" in results
    assert "organisation_id 1, state new" in results
    call_command("count_figures", "--rebuild", verbosity=0)
    assert list(figures_that_differ()) == []


def test_imported_cases_are_counted_apart(busy, acme):
    acme.is_historical = True
    acme.save()
    for case in Case.objects.filter(organisation=acme):
        clocks.sync_clocks(case, busy)
    assert list(figures_that_differ()) == []
    open_cases = OpenCount.objects.filter(organisation=acme, is_historical=True)
    assert (
        open_cases.aggregate(n=Sum("n"))["n"]
        == QueueEntry.objects.filter(organisation=acme).count()
        > 0
    )


def test_the_proof_finds_what_is_off(busy):
    aggregation.run(busy + timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE insight_fact SET what = 'met' WHERE id = (SELECT min(id) FROM "
            "insight_fact WHERE what = 'missed')"
        )
        cursor.execute(
            "UPDATE insight_opencount SET n = n + 1 WHERE id = (SELECT min(id) FROM "
            "insight_opencount)"
        )
    findings = list(figures_that_differ())
    assert any("a fact is missing" in finding for finding in findings)
    assert any("a fact is of nothing" in finding for finding in findings)
    assert any("the day's sum" in finding for finding in findings)
    assert any("the month's sum" in finding for finding in findings)
    assert any("count of open cases" in finding for finding in findings)


def test_before_the_first_count_nothing_is_claimed(busy):
    assert queries.now().until is None
    assert not Watermark.objects.exists()


@given(
    st.lists(st.integers(0, 10_000_000), min_size=1, max_size=60),
    st.sampled_from([Fraction(1, 2), Fraction(9, 10)]),
)
def test_a_percentile_of_a_spread_is_within_one_per_cent(seconds, share):
    exact = sorted(seconds)[math.ceil(share * len(seconds)) - 1]
    buckets = Counter(histogram.bucket_of(one) for one in seconds)
    results = histogram.percentile(histogram.durations_of(buckets), share)
    assert abs(results - exact) <= exact * 0.01 + 1


@given(
    st.lists(st.integers(0, 10_000_000), min_size=1, max_size=60),
    st.sampled_from([Fraction(1, 2), Fraction(9, 10)]),
)
def test_a_percentile_of_exact_durations_is_one_of_them(seconds, share):
    exact = sorted(seconds)[math.ceil(share * len(seconds)) - 1]
    assert histogram.percentile(Counter(seconds), share) == exact


def test_the_median_of_an_even_number_is_the_lower_one_in_the_middle():
    assert histogram.percentile(Counter([3600, 1800, 7200, 60]), histogram.MEDIAN) == 1800
    assert histogram.percentile(Counter(), histogram.MEDIAN) is None


def test_the_database_and_we_reckon_the_same_buckets(db):
    seconds = [1, 2, 59, 60, 61, 3600, 7200, 64800, 1_000_000]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT histogram_bucket(t.seconds) FROM unnest(%s::bigint[]) AS t (seconds)",
            [seconds],
        )
        for one, (bucket,) in zip(seconds, cursor.fetchall(), strict=True):
            assert bucket == histogram.bucket_of(one)


def test_the_database_puts_the_pairs_of_histograms_together_and_regroups_them(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT histogram_sum(pairs), histogram_regroup(histogram_sum(pairs)) "
            "FROM (VALUES ('{{7,2},{9,1}}'::integer[]), (NULL), ('{{3,1},{7,5}}')) AS t (pairs)"
        )
        pairs, regrouped = cursor.fetchone()
        cursor.execute("SELECT histogram_regroup(histogram_sum(NULL::integer[]))")
        of_nothing = cursor.fetchone()
    assert sorted(pairs) == [[3, 1], [7, 2], [7, 5], [9, 1]]
    assert regrouped == [[3, 1], [7, 7], [9, 1]]
    assert of_nothing == (None,)


def test_a_stored_histogram_has_each_bucket_once_and_every_timed_fact(busy):
    aggregation.run(busy + timedelta(hours=1))
    for grain in ("day", "month"):
        stored = Counter()
        for pairs in Figure.objects.filter(
            dimension="all", grain=grain, spread__isnull=False
        ).values_list("spread", flat=True):
            assert len(dict(pairs)) == len(pairs)
            stored += histogram.read(pairs)
        timed = Fact.objects.filter(seconds__isnull=False).values_list("seconds", flat=True)
        assert stored == Counter(histogram.bucket_of(seconds) for seconds in timed)


@given(
    st.lists(st.integers(0, 10_000_000), max_size=40),
    st.lists(st.integers(0, 10_000_000), max_size=40),
)
def test_a_histogram_is_read_from_its_pairs(added, removed):
    def pairs(seconds):
        return [[histogram.bucket_of(one), 1] for one in seconds]

    counts = Counter(histogram.bucket_of(one) for one in added)
    assert histogram.read(pairs(added)) == counts
    assert histogram.read(pairs(added + removed), pairs(removed)) == counts
    assert histogram.read(None) == Counter()


@pytest.mark.parametrize(
    ("met", "missed", "share"),
    [
        (2, 1, 66.7),
        (1, 2, 33.3),
        (7, 2, 77.8),
        (1999, 1, 99.9),  # 99.95 would be 100.0
        (9999, 1, 99.9),
        (1, 9999, 0.1),
        (5, 0, 100.0),
        (0, 5, 0.0),
        (0, 0, None),
    ],
)
def test_a_share_is_rounded_half_up_and_100_means_all(met, missed, share):
    totals = FigureSum()
    totals.add(("response", "met", 1), FigureTotal(met))
    totals.add(("response", "missed", 1), FigureTotal(missed))
    assert Attainment.from_sums(totals, "response").share == share


@given(st.integers(0, 100_000), st.integers(1, 100_000))
def test_a_part_is_never_shown_as_all_or_as_nothing(part, rest):
    one = percent(part, part + rest)
    assert abs(one - 100 * part / (part + rest)) < 0.1
    assert (one == 100.0) == (rest == 0)
    assert (one == 0.0) == (part == 0)
