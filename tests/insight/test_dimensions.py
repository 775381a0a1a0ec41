"""The dimensions of figures: their names, their largest values, and the ages of open cases."""

from datetime import date, timedelta

import pytest
from django.core.cache import caches
from django.utils import timezone

from cases.choices import Severity
from contacts.models import Offering, Site, Team
from insight import aggregation, dimensions, queries, throughput
from insight.models import Dimension, Fact, Figure
from insight.periods import Period
from insight.queries import FigureQuery
from sla.models import PolicyVersion, QueueEntry
from tests import cast

MARCH = Period("custom", date(2026, 3, 1), date(2026, 3, 31))


def test_every_dimension_has_its_names_in_one_statement(ana, kim, acme, django_assert_num_queries):
    team = Team.objects.create(name="Voice")
    site = Site.objects.filter(organisation=acme).first()
    offering = Offering.objects.first()
    version = PolicyVersion.objects.select_related("policy").first()
    expected = {
        (Dimension.ORGANISATION, str(acme.pk)): acme.name,
        (Dimension.SITE, str(site.pk)): f"{acme.name}, {site.name}",
        (Dimension.TEAM, str(team.pk)): "Voice",
        (Dimension.ANALYST, str(kim.pk)): "Kim Kato",
        (Dimension.OFFERING, offering.key): offering.name,
        (Dimension.POLICY, str(version.pk)): f"{version.policy.name}, version {version.number}",
        (Dimension.REGION, "JP"): "JP",
        (Dimension.HOUR, "33"): "Tuesday 09:00",
        (Dimension.TEAM, "0"): "0",  # a team that is gone
        (Dimension.TEAM, "none"): "Unassigned",
        (Dimension.ANALYST, "none"): "Unassigned",
        (Dimension.AREA, "none"): "No area",
    }
    with django_assert_num_queries(1):
        assert dimensions.names(expected) == expected


def test_names_that_are_the_values_need_no_statement(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        dimensions.names([(Dimension.HOUR, "0"), (Dimension.AREA, "Voice")])


@pytest.mark.parametrize("dimension", list(Dimension))
def test_every_dimension_of_a_fact_is_stored_under_its_value(busy, dimension):
    aggregation.run(busy + timedelta(hours=1))
    keys = Fact.objects.annotate(value=dimensions.fact_key(dimension)).exclude(value=None)
    stored = Figure.objects.filter(dimension=dimension).values_list("key", flat=True)
    assert set(stored) == set(keys.values_list("value", flat=True))


def test_a_breakdown_shows_the_fifty_largest_values(db):
    Figure.objects.bulk_create(
        Figure(
            dimension=Dimension.ANALYST,
            key=str(number),
            grain="month",
            day=MARCH.first,
            kind="response",
            what="met",
            severity=3,
            n=number,
        )
        for number in range(1, 61)
    )
    by_analyst = queries.breakdown(
        FigureQuery(MARCH), Dimension.ANALYST, ["met"], "response", queries.now()
    )
    assert {key: one.n("met") for key, one in by_analyst.items()} == {
        str(number): number for number in range(11, 61)
    }


def test_an_open_case_is_a_day_old_exactly_a_day_after_it_was_opened(ana):
    caches["process"].clear()
    case = cast.file(ana, severity=3)
    now = timezone.now()
    counts = []
    for age in (timedelta(days=1), timedelta(days=1) - timedelta(microseconds=1)):
        QueueEntry.objects.filter(case=case).update(opened_at=now - age)
        caches["process"].clear()
        counts.append(dict(throughput.ages(now))[Severity.MEDIUM])
    assert counts == [[0, 1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0]]
