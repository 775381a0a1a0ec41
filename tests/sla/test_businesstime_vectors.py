"""Every line of the business-time vectors, to the second."""

from datetime import timedelta
from typing import Any

import pytest

from sla.businesstime import BusinessTimeError
from tests.sla.vectors.reading import at, calendar_of, lines_of, pauses_of, text_of

LINES = lines_of("business_time.jsonl")
ANSWERED = [line for line in LINES if "expected" in line]
REFUSED = [line for line in LINES if "expected_error" in line]


def answer(line: dict[str, Any]) -> object:
    calendar = calendar_of(line)
    match line["kind"]:
        case "add":
            return text_of(calendar.after(at(line["start"]), line["seconds"]))
        case "between":
            return calendar.between(at(line["a"]), at(line["b"])) // timedelta(seconds=1)
        case "end_of_nth_day":
            return text_of(calendar.end_of_nth_day(at(line["start"]), line["n"]))
        case "add_with_pauses":
            return text_of(calendar.after(at(line["start"]), line["seconds"], pauses_of(line)))
    raise AssertionError(f"unknown kind {line['kind']}")


@pytest.mark.parametrize("line", ANSWERED, ids=lambda line: f"{line['id']}-{line['category']}")
def test_the_engine_answers_to_the_second(line):
    assert answer(line) == line["expected"]


@pytest.mark.parametrize("line", REFUSED, ids=lambda line: line["id"])
def test_the_engine_refuses_what_cannot_be_answered(line):
    with pytest.raises(BusinessTimeError):
        answer(line)


def test_no_line_was_lost():
    assert (len(ANSWERED), len(REFUSED)) == (318, 6)
