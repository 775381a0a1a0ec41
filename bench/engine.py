"""Speed of the time engine, beside businesstimedelta and exchange_calendars, in one run.

All get the same questions about the same calendar: Monday to Friday 08:00-17:00 in New York, with
eleven public holidays a year. Inputs and outputs are datetimes. The questions use the policy's own
targets. They begin at any minute of three years, nights and weekends included. A case is opened at
any second, but exchange_calendars knows only whole minutes. So it also gets an adapter to the
second, and that ratio counts. The ratio for whole minutes is shown beside it.

Answers are compared first. Each round measures one engine after the other, so that a busy moment of
the machine affects all of them.
"""

import argparse
import gc
import json
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle, islice
from time import perf_counter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sla.businesstime import BusinessHours, Calendar, weekdays

NEEDS_SERVERS = False
GOALS = {"businesstimedelta": 100, "exchange_calendars": 30}
MINUTES = {"exchange_calendars, whole minutes"}
ZONE, OPENS, CLOSES = "America/New_York", time(8), time(17)
YEARS = (2023, 2026)
TARGET_HOURS = (1, 2, 9, 18, 27, 45, 48)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
SHOWN_DIFFERENCES = 3


class Question(NamedTuple):
    """One case: its start, its target, and another instant of its life."""

    start: datetime
    hours: int
    end: datetime

    def later_by(self, delay: timedelta) -> "Question":
        return Question(self.start + delay, self.hours, self.end + 2 * delay)


class Contestant(NamedTuple):
    """One engine: `after` and `between` take arguments that `asks` prepared, outside the measured
    time.
    """

    name: str
    after: Callable[..., Any]
    between: Callable[..., Any]
    asks: Callable[[Question], tuple[datetime, Any]]
    questions_a_round: int
    later_by: timedelta = timedelta(0)


class Speed(NamedTuple):
    """Seconds per question in each round."""

    after: list[float]
    between: list[float]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; with --json the last line is one JSON object.

    Returns 1 when answers differ.
    """
    options = parsed(argv)
    questions = random_questions(random.Random(2025), 4000)
    contestants = [caretrack(), with_businesstimedelta(), *with_exchange_calendars()]
    differing = sum(
        differences(contestants[0], other, questions[:400]) for other in contestants[1:]
    )
    odd = [question.later_by(timedelta(seconds=37)) for question in questions[:400]]
    differing += sum(
        differences(contestants[0], other, odd)
        for other in contestants[1:]
        if other.name not in MINUTES
    )
    speeds = measured(contestants, questions, rounds=5 if options.quick else 25)
    ours = speeds["caretrack"]
    ratios = {other.name: worse_ratio(ours, speeds[other.name]) for other in contestants[1:]}
    if not options.json:
        show(speeds, ratios)
        return bool(differing)
    figures = {
        "after_per_s": round(1 / statistics.median(ours.after)),
        "between_per_s": round(1 / statistics.median(ours.between)),
        **{f"ratio_{name}": round(ratios[name], 1) for name in GOALS},
        "ratio_exchange_calendars_whole_minutes": round(
            ratios["exchange_calendars, whole minutes"], 1
        ),
    }
    print(json.dumps(figures))
    return bool(differing)


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="engine", description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    return parser.parse_args(argv)


def random_questions(chance: random.Random, count: int) -> list[Question]:
    """Cases that begin at any minute, with a target of the policy, and end within three weeks."""
    first, last = datetime(YEARS[0], 1, 1, tzinfo=UTC), datetime(YEARS[1], 1, 1, tzinfo=UTC)
    minutes = (last - first) // MINUTE
    starts = [first + MINUTE * chance.randrange(minutes) for _ in range(count)]
    return [
        Question(at, chance.choice(TARGET_HOURS), at + MINUTE * chance.randrange(1, 21 * 1440))
        for at in starts
    ]


def holidays() -> list[date]:
    """Eleven days a year that are approximately New York's holidays."""
    days = [
        (1, 1),
        (1, 20),
        (2, 17),
        (5, 26),
        (6, 19),
        (7, 4),
        (9, 1),
        (10, 13),
        (11, 11),
        (11, 27),
        (12, 25),
    ]
    return [
        date(year, month, day) for year in range(YEARS[0] - 1, YEARS[1] + 2) for month, day in days
    ]


def caretrack() -> Contestant:
    office = Calendar(ZONE, weekdays(f"{OPENS:%H:%M}", f"{CLOSES:%H:%M}"), holidays())
    return Contestant(
        "caretrack",
        office.after,
        office.between,
        lambda q: (q.start, BusinessHours(q.hours)),
        40_000,
    )


def with_businesstimedelta() -> Contestant:
    """Its rules for working days and holidays, with its own addition and difference."""
    import businesstimedelta
    import pytz

    zone = pytz.timezone(ZONE)
    workday = businesstimedelta.WorkDayRule(
        start_time=OPENS, end_time=CLOSES, working_days=[0, 1, 2, 3, 4], tz=zone
    )
    rules = businesstimedelta.Rules(
        [workday, businesstimedelta.HolidayRule(frozenset(holidays()), tz=zone)]
    )

    def after(start: datetime, amount: Any) -> datetime:
        return start + amount

    def between(a: datetime, b: datetime) -> timedelta:
        return rules.difference(a, b).timedelta

    return Contestant(
        "businesstimedelta",
        after,
        between,
        lambda q: (q.start, businesstimedelta.BusinessTimeDelta(rules, hours=q.hours)),
        60,
    )


def with_exchange_calendars() -> list[Contestant]:
    """A calendar of its own kind, with its documented ways to count and move by minutes.

    `minute_offset` starts only from an open minute, so a start outside hours first moves to the
    next one. The deadline is the end of the last minute that counts. The second contestant adds
    what seconds need: whether the minutes at either end are open.
    """
    import pandas as pd
    from exchange_calendars import ExchangeCalendar

    class Office(ExchangeCalendar):
        name = "OFFICE"
        tz = ZoneInfo(ZONE)
        open_times = ((None, OPENS),)
        close_times = ((None, CLOSES),)

        @property
        def adhoc_holidays(self) -> list[Any]:
            return [pd.Timestamp(day) for day in holidays()]

    office = Office(start=f"{YEARS[0] - 1}-01-01", end=f"{YEARS[1] + 1}-12-31", side="left")

    def after(start: datetime, minutes: int) -> datetime:
        first = office.minute_to_trading_minute(start, "next")
        return office.minute_offset(first, minutes - 1) + MINUTE

    def between(a: datetime, b: datetime) -> timedelta:
        return MINUTE * office.minutes_distance(a, b - MINUTE)

    def after_to_the_second(start: datetime, minutes: int) -> datetime:
        minute, seconds = start.replace(second=0), start.second
        if seconds and office.is_trading_minute(minute):
            return office.minute_offset(minute, minutes) + SECOND * seconds
        return after(minute + MINUTE if seconds else minute, minutes)

    def between_to_the_second(a: datetime, b: datetime) -> timedelta:
        first, last = a.replace(second=0), b.replace(second=0)
        seconds = 60 * office.minutes_distance(first, last - MINUTE)
        if a.second and office.is_trading_minute(first):
            seconds -= a.second
        if b.second and office.is_trading_minute(last):
            seconds += b.second
        return SECOND * seconds

    def asks(question: Question) -> tuple[datetime, int]:
        return question.start, question.hours * 60

    return [
        Contestant("exchange_calendars, whole minutes", after, between, asks, 1000),
        Contestant(
            "exchange_calendars",
            after_to_the_second,
            between_to_the_second,
            asks,
            1000,
            SECOND * 37,
        ),
    ]


def differences(one: Contestant, other: Contestant, questions: list[Question]) -> int:
    """The number of questions that two engines answer differently. Prints the first few to
    stderr.
    """
    count = 0
    for question in questions:
        answers = [
            (each.after(*each.asks(question)), each.between(question.start, question.end))
            for each in (one, other)
        ]
        if answers[0] != answers[1]:
            count += 1
            if count <= SHOWN_DIFFERENCES:
                print(
                    f"{question}: {one.name} {answers[0]}, {other.name} {answers[1]}",
                    file=sys.stderr,
                )
    return count


def measured(
    contestants: list[Contestant], questions: list[Question], rounds: int
) -> dict[str, Speed]:
    """Measure each contestant in turn on its share of the questions, in every round."""
    speeds = {each.name: Speed([], []) for each in contestants}
    own = {
        each.name: [question.later_by(each.later_by) for question in questions]
        for each in contestants
    }
    prepared = {
        each.name: [each.asks(question) for question in own[each.name]] for each in contestants
    }
    spans = {
        name: [(question.start, question.end) for question in mine] for name, mine in own.items()
    }
    gc.disable()
    try:
        for number in range(rounds):
            for each in contestants:
                first = number * each.questions_a_round % len(questions)
                speeds[each.name].after.append(
                    seconds_each(each.after, share(prepared[each.name], first, each))
                )
                speeds[each.name].between.append(
                    seconds_each(each.between, share(spans[each.name], first, each))
                )
            gc.collect()
    finally:
        gc.enable()
    return speeds


def share(
    arguments: list[tuple[Any, Any]], first: int, contestant: Contestant
) -> list[tuple[Any, Any]]:
    """Enough questions to occupy the contestant for some hundredths of a second, repeated."""
    return list(islice(cycle(arguments), first, first + contestant.questions_a_round))


def seconds_each(ask: Callable[..., Any], arguments: Sequence[tuple[Any, Any]]) -> float:
    began = perf_counter()
    for one, two in arguments:
        ask(one, two)
    return (perf_counter() - began) / len(arguments)


def worse_ratio(ours: Speed, theirs: Speed) -> float:
    """How many times as fast this engine is at its weaker task: the median over the rounds."""
    return min(
        statistics.median(slow / fast for slow, fast in zip(theirs.after, ours.after, strict=True)),
        statistics.median(
            slow / fast for slow, fast in zip(theirs.between, ours.between, strict=True)
        ),
    )


def show(speeds: dict[str, Speed], ratios: dict[str, float]) -> None:
    rounds = len(speeds["caretrack"].after)
    print(
        f"{'':34}{'after':>12}{'between':>12}   microseconds a question, median of {rounds} rounds"
    )
    for name, speed in speeds.items():
        after, between = (
            statistics.median(speed.after) * 1e6,
            statistics.median(speed.between) * 1e6,
        )
        print(f"{name:34}{after:12.2f}{between:12.2f}")
    for name, ratio in ratios.items():
        print(
            f"at least {ratio:5.1f} times as fast as {name}"
            + (f" (goal {GOALS[name]})" if name in GOALS else "")
        )


if __name__ == "__main__":
    sys.exit(main())
