"""Plots: geometry that says what the numbers say, titles with the finding, links to the cases."""

import html
import re
from itertools import pairwise

import pytest

from insight import findings, plots
from insight.plots import Value
from tests.insight.test_pages import listed, numbers, seen
from tests.pages import tidy

__all__ = ["seen"]


def values(*shares):
    return [Value(share, str(share)) for share in shares]


def test_a_line_breaks_where_nothing_was_decided():
    plot = plots.shares_over_time(values(100, 90, None, 80), list("abcd"), floor=50, target=95)
    assert [len(path.split()) for path in plot.paths] == [2]
    assert len(plot.gaps) == 1
    assert len(plot.marks) == 3  # a lonely step is a point


def test_a_better_share_lies_higher_and_the_target_between_them():
    plot = plots.shares_over_time(values(100, 90), list("ab"), floor=50, target=95)
    best, worse = (float(mark.y) for mark in plot.marks)
    assert best < float(plot.target_y) < worse
    assert [label.text for label in plot.grid] == ["50 %", "60 %", "70 %", "80 %", "90 %", "100 %"]


def test_small_lines_of_one_floor_have_one_scale():
    first, second = (
        plots.small_line(values(70, share), floor=60, target=95) for share in (80, 100)
    )
    assert first.marks[0].y == second.marks[0].y
    assert first.target_y == second.target_y


@pytest.mark.parametrize(
    ("shares", "target", "floor"),
    [([97, 99], 95, 90), ([93.2, None], 95, 90), ([100], 99, 90), ([71, 99], 95, 70), ([0], 95, 0)],
)
def test_a_scale_holds_every_share_and_the_target(shares, target, floor):
    assert plots.floor_of(shares, target) == floor


def test_stacks_stand_on_one_another_and_have_their_sum():
    plot = plots.stacked_bars([[("s1", Value(2, "")), ("s2", Value(3, ""))]], ["Under 1 day"])
    lower, upper = plot.bars
    assert float(upper.y) + float(upper.height) == pytest.approx(float(lower.y), abs=0.11)
    assert [label.text for label in plot.counts] == ["5"]


def test_axes_of_counts_end_above_the_highest_bar():
    for most in (0, 1, 4, 7, 11, 99, 12_345):
        plot = plots.stacked_bars([[("s1", Value(most, ""))]], ["a"])
        ticks = [int(label.text.replace(",", "")) for label in plot.grid]
        assert ticks[-1] >= most
        assert len(ticks) <= 6
        assert len({after - tick for tick, after in pairwise(ticks)}) == 1


def test_titles_say_the_finding():
    of = findings.of_attainment
    assert of("First response", 92, 95, "Sep 2026") == (
        "First response met 92 %, 3 points below Sep 2026"
    )
    assert of("Restoration", 92.5, 91.5, "Sep 2026").endswith("1 point above Sep 2026")
    assert of("Restoration", 90, 90, "Sep 2026").endswith("as in Sep 2026")
    assert of("Restoration", 90, None, "Sep 2026") == "Restoration met 90 %"
    assert of("Restoration", None, 90, "Sep 2026") == (
        "Restoration: no target ended in this period"
    )
    assert findings.of_target(92, 95) == "The target of 95 % is missed by 3 points."
    assert findings.of_target(95, 95) == "The target of 95 % is reached."
    assert findings.of_teams({"Voice": 71, "Web": 99}, 95) == (
        "1 of 2 teams reaches 95 %; Voice is furthest below, with 71 %"
    )
    assert findings.of_flow(14, 3) == "14 cases came in and 3 were closed: 11 more are open"
    assert findings.of_flow(1, 3) == "1 case came in and 3 were closed: 2 fewer are open"
    assert findings.of_hours({9: 12, 33: 4}) == "Most cases come in on Monday at 09:00: 12 of 16"
    assert findings.of_ages([8, 1, 2], 1, "a day") == "3 of 11 open cases are older than a day"


def test_every_piece_of_a_plot_opens_the_cases_that_it_draws(seen, client):
    page = tidy(client.get("/insight/flow/").content.decode())
    pieces = re.findall(r'<a href="([^"]+)" tabindex="-1"><title>[^<]*?: ([\d,]+) ', page)
    assert len({address.split("?")[0] for address, _ in pieces}) == 2  # facts, and the queue
    for address, number in pieces:
        assert listed(client, html.unescape(address)) == int(number), address
    ages = [(to, number) for to, number in numbers(page) if "age=" in to]
    assert ages
    for address, number in ages:
        assert listed(client, address) == number, address


def test_every_hour_of_the_week_opens_the_cases_that_came_in(seen, client):
    page = tidy(client.get("/insight/flow/").content.decode())
    cells = re.findall(r'<a href="([^"]+hour=\d+)" title="[^"]+: [\d,]+ opened">([\d,]+)<', page)
    assert len(cells) > 2
    for address, number in cells:
        assert listed(client, html.unescape(address)) == int(number), address


def test_plots_of_attainment_come_before_its_tables_and_need_no_script(seen, client):
    page = tidy(client.get("/insight/attainment/?from=2026-03-01&to=2026-03-31").content.decode())
    assert page.index("drawn__line") < page.index("<table")
    assert "<canvas" not in page
    points = re.findall(r'tabindex="-1"><title>[^<]*?: [\d,]+ of ([\d,]+) met</title>', page)
    links = re.findall(r'<a href="([^"]+)" tabindex="-1"><title>[^<]*? met</title>', page)
    assert len(points) == len(links) > 2
    for address, number in zip(links, points, strict=True):
        assert listed(client, html.unescape(address)) == int(number), address
    analyses = tidy(client.get("/insight/attainment/?promise=rca").content.decode())
    assert "0 of 1 team reaches 95 %; Voice is furthest below, with 0 %" in analyses


def test_trends_by_team_add_up_to_the_breakdown(seen):
    from datetime import date

    from insight import queries
    from insight.models import Dimension
    from insight.periods import Period
    from insight.queries import BreakdownPart, FigureQuery

    live = queries.now()
    part = BreakdownPart(Dimension.TEAM, ("met", "missed"), "response", is_timed=False)
    for first, last in (
        (date(2026, 3, 1), date(2026, 3, 31)),
        (date(2025, 8, 20), date(2026, 3, 9)),
    ):
        question = FigureQuery(Period("custom", first, last))
        whole = queries.breakdowns(question, [part], live)[0]
        steps = queries.trends(question, part, live)
        assert {key: [tally.n("met"), tally.n("missed")] for key, tally in whole.items()} == {
            key: [sum(step.n(what) for step in sums) for what in ("met", "missed")]
            for key, sums in steps.items()
        }
