"""The vectors as Python values, and the shipped default policy in numbers, for the tests of the
time engine.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sla.businesstime import Calendar, Pause, weekdays
from sla.timeline import ClockEvent, EventKind, Target, Terms

HERE = Path(__file__).parent
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR = 3600
BUSINESS_DAY = 9 * HOUR

SHIPPED_TERMS = Terms(
    response={
        1: Target(600, around_the_clock=True),
        2: Target(HOUR),
        3: Target(2 * HOUR),
        4: Target(BUSINESS_DAY),
    },
    restore={
        1: Target(4 * HOUR, around_the_clock=True),
        2: Target(2 * BUSINESS_DAY),
        3: Target(5 * BUSINESS_DAY),
        4: None,
    },
    rca={1: Target(2 * BUSINESS_DAY), 2: Target(5 * BUSINESS_DAY), 3: None, 4: None},
    escalation={
        1: Target(HOUR, around_the_clock=True),
        2: Target(4 * HOUR),
        3: Target(BUSINESS_DAY),
        4: None,
    },
    customer_response_seconds=3 * BUSINESS_DAY,
    notice_seconds=BUSINESS_DAY,
    closure_days=3,
    update={
        1: Target(HOUR, around_the_clock=True),
        2: Target(4 * HOUR),
        3: Target(BUSINESS_DAY),
        4: Target(3 * BUSINESS_DAY),
    },
)
BERLIN = Calendar("Europe/Berlin", weekdays("08:00", "17:00"))


def lines_of(name: str) -> list[dict[str, Any]]:
    """The lines of a vectors file, each a question with its answer."""
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def at(text: str) -> datetime:
    """2025-06-02T14:00:00Z, or shorter: 2025-06-02 14:00. Always UTC."""
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)


def text_of(value: object) -> object:
    """An instant as the vectors write it; anything else as it is."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def calendar_of(line: dict[str, Any]) -> Calendar:
    calendar = line["calendar"]
    hours = {number: calendar["week"].get(day, []) for number, day in enumerate(WEEKDAYS)}
    return Calendar(
        calendar["tz"], hours, [date.fromisoformat(day) for day in calendar["holidays"]]
    )


def pauses_of(line: dict[str, Any]) -> list[Pause]:
    return [Pause(at(start), end and at(end)) for start, end in line["pauses"]]


def events_of(line: dict[str, Any]) -> list[ClockEvent]:
    return [
        ClockEvent(at(event["at"]), EventKind(event["type"]), event.get("severity"))
        for event in line["events"]
    ]
