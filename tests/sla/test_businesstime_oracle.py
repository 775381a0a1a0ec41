"""The engine against a reader of wall clocks who looks at every minute and knows no shortcut.

Hours and offsets are whole minutes, so a minute is open or closed as a whole.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla.businesstime import BusinessTimeError, Calendar, Pause
from tests.sla.vectors.reading import at

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CHANGES_OF_THE_CLOCKS = [
    ("America/New_York", "2025-03-09 07:00"),
    ("America/New_York", "2025-11-02 06:00"),
    ("Europe/Berlin", "2025-03-30 01:00"),
    ("Europe/Berlin", "2025-10-26 01:00"),
    ("Africa/Cairo", "2024-04-25 22:00"),
    ("Africa/Cairo", "2024-10-31 21:00"),
    ("America/Sao_Paulo", "2018-11-04 03:00"),
    ("America/Sao_Paulo", "2018-02-18 02:00"),
    ("Australia/Lord_Howe", "2025-04-05 15:00"),
    ("Australia/Lord_Howe", "2025-10-04 15:30"),
    ("Antarctica/Troll", "2025-03-30 01:00"),
    ("America/St_Johns", "2010-11-07 02:31"),
    ("Africa/Casablanca", "2025-02-23 02:00"),
    ("Pacific/Apia", "2011-12-30 10:00"),
    ("Pacific/Kiritimati", "1994-12-31 10:00"),
    ("Asia/Kathmandu", "2025-01-01 00:00"),
]


class WallReader:
    """Looks at the wall clock of each minute.

    Holidays, special hours and hours are asked by date, as the customer would.
    """

    def __init__(self, zone: str, hours: dict, holidays: set[date], special: dict) -> None:
        self.zone, self.hours, self.holidays = ZoneInfo(zone), hours, holidays
        self.special = special

    def owners(self, minute: datetime) -> set[date]:
        wall = minute.astimezone(self.zone)
        shown, today = f"{wall:%H:%M}", wall.date()
        yesterday = today - DAY
        owners = set()
        if self.works(today) and any(
            o <= shown < c or (c < o and shown >= o) for o, c in self.of(today)
        ):
            owners.add(today)
        if self.works(yesterday) and any(c < o and shown < c for o, c in self.of(yesterday)):
            owners.add(yesterday)
        return owners

    def of(self, day: date) -> list[tuple[str, str]]:
        return self.special.get(day) or self.hours.get(day.weekday(), [])

    def works(self, day: date) -> bool:
        return day not in self.holidays and exists(self.zone, day)

    def seconds(self, a: datetime, b: datetime, pauses: list[Pause]) -> int:
        return sum(seconds for _, seconds in self.counted(a, b, pauses))

    def counted(
        self, a: datetime, b: datetime, pauses: list[Pause]
    ) -> Iterator[tuple[datetime, int]]:
        minute = a.replace(second=0)
        while minute < b:
            paused = any(
                pause.start <= minute and (pause.end is None or minute < pause.end)
                for pause in pauses
            )
            if self.owners(minute) and not paused:
                start, end = max(minute, a), min(minute + MINUTE, b)
                yield start, int((end - start).total_seconds())
            minute += MINUTE


@cache
def exists(zone: ZoneInfo, day: date) -> bool:
    """Whether any clock in the zone ever showed this date."""
    noon = at(f"{day} 12:00")
    return any(
        (noon + minutes * 15 * MINUTE).astimezone(zone).date() == day
        for minutes in range(-120, 121)
    )


clock_times = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
intervals = st.tuples(clock_times, clock_times | st.just("24:00")).filter(
    lambda pair: pair[0] != pair[1]
)
weeks = st.dictionaries(st.integers(0, 6), st.lists(intervals, max_size=3), min_size=3)


@st.composite
def situations(draw):
    """A calendar, and an instant within some two days of a change of its clocks."""
    zone, changed = draw(st.sampled_from(CHANGES_OF_THE_CLOCKS))
    hours = draw(weeks)
    start = at(changed) + timedelta(seconds=draw(st.integers(-180_000, 90_000)))
    holidays = {
        start.date() + timedelta(days=days)
        for days in draw(st.sets(st.integers(-2, 4), max_size=2))
    }
    special = {
        start.date() + timedelta(days=days): spans
        for days, spans in draw(
            st.dictionaries(
                st.integers(-2, 4), st.lists(intervals, min_size=1, max_size=2), max_size=2
            )
        ).items()
    }
    holidays -= special.keys()
    try:
        calendar = Calendar(
            zone, hours, holidays, [(day, "Special", spans) for day, spans in special.items()]
        )
    except BusinessTimeError:
        assume(False)
    return calendar, WallReader(zone, hours, holidays, special), start


@st.composite
def pause_lists(draw, start):
    pauses = []
    for _ in range(draw(st.integers(0, 3))):
        begin = start.replace(second=0) + timedelta(minutes=draw(st.integers(-600, 3000)))
        length = draw(st.none() | st.integers(0, 1200))
        pauses.append(Pause(begin, None if length is None else begin + timedelta(minutes=length)))
    return pauses


@settings(max_examples=120, deadline=None, database=None)
@given(data=st.data())
def test_the_time_between_two_instants_is_the_time_the_wall_clock_shows_open_and_unpaused(data):
    calendar, wall, start = data.draw(situations())
    end = start + timedelta(seconds=data.draw(st.integers(0, 3 * 86_400)))
    pauses = data.draw(pause_lists(start))
    expected = timedelta(seconds=wall.seconds(start, end, pauses))
    assert calendar.between(start, end, pauses) == expected
    assert calendar.between(end, start, pauses) == -expected


@settings(max_examples=120, deadline=None, database=None)
@given(data=st.data())
def test_a_promise_is_due_at_the_first_instant_by_which_its_time_was_counted(data):
    calendar, wall, start = data.draw(situations())
    seconds = data.draw(st.integers(0, 60_000))
    pauses = data.draw(pause_lists(start))
    horizon = start + 4 * DAY
    left, expected = seconds, start if not seconds else None
    for begin, counted in wall.counted(start, horizon, pauses):
        if expected is None and left <= counted:
            expected = begin + timedelta(seconds=left)
        left -= counted
    due = calendar.after(start, seconds, pauses)
    assert due == expected or (expected is None and (due is None or due > horizon))


@settings(max_examples=60, deadline=None, database=None)
@given(situation=situations(), n=st.integers(1, 3))
def test_the_nth_business_day_ends_with_the_last_minute_it_owns(situation, n):
    calendar, wall, start = situation
    today = start.astimezone(wall.zone).date()
    ends: dict[date, datetime] = {}
    minute = start.replace(second=0) - 2 * DAY
    while minute < start + 12 * DAY:
        minute += MINUTE
        for owner in wall.owners(minute):
            ends[owner] = minute + MINUTE
    days = sorted(day for day in ends if day > today)
    assume(len(days) >= n and ends[days[n - 1]] < start + 9 * DAY)
    assert calendar.end_of_nth_day(start, n) == ends[days[n - 1]]


@settings(max_examples=100, deadline=None, database=None)
@given(situation=situations(), minutes=st.integers(0, 3000))
def test_an_instant_is_open_if_the_wall_clock_says_so(situation, minutes):
    calendar, wall, start = situation
    instant = start + minutes * MINUTE
    assert calendar.is_open(instant) == bool(wall.owners(instant.replace(second=0)))
