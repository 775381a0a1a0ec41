"""Every line of the case timelines, field by field."""

import pytest

from sla.timeline import fold
from tests.sla.vectors.reading import SHIPPED_TERMS, at, calendar_of, events_of, lines_of, text_of

LINES = lines_of("case_timelines.jsonl")


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["id"])
def test_the_case_shows_the_deadlines_it_must(line):
    incident = line.get("incident_started")
    timeline = fold(
        at(line["opened"]),
        line["severity"],
        events_of(line),
        SHIPPED_TERMS,
        calendar_of(line),
        incident_started_at=incident and at(incident),
    )
    snapshot = timeline.snapshot(at(line["as_of"]))
    assert {field: text_of(value) for field, value in snapshot.items()} == line["expected"]


def test_no_line_was_lost():
    assert len(LINES) == 14
