"""What must hold for every calendar, over weeks and years."""

from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla.businesstime import BusinessTimeError, Calendar, Pause
from sla.businesstime.instants import epoch_seconds, instant
from tests.sla.vectors.reading import at

SECOND = timedelta(seconds=1)
ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kolkata",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Etc/UTC",
]

clock_times = st.integers(0, 47).map(lambda half: f"{half // 2:02}:{half % 2 * 30:02}")
intervals = st.tuples(clock_times, clock_times | st.just("24:00")).filter(
    lambda pair: pair[0] != pair[1]
)
instants = st.integers(0, 20 * 365 * 86_400).map(
    lambda seconds: at("2010-01-01") + seconds * SECOND
)
amounts = st.integers(0, 400 * 3600)


@st.composite
def calendars(draw):
    hours = draw(
        st.dictionaries(st.integers(0, 6), st.lists(intervals, min_size=1, max_size=3), min_size=1)
    )
    holidays = [instant.date() for instant in draw(st.lists(instants, max_size=5))]
    return Calendar(draw(st.sampled_from(ZONES)), hours, holidays)


@st.composite
def pause_lists(draw, start, lasting=False):
    spans = draw(
        st.lists(st.tuples(st.integers(-86_400, 10**6), st.integers(0, 300_000)), max_size=4)
    )
    pauses = [
        Pause(start + begin * SECOND, start + (begin + length) * SECOND) for begin, length in spans
    ]
    if lasting and draw(st.booleans()):
        pauses.append(Pause(start + draw(st.integers(0, 10**6)) * SECOND))
    return pauses


every = settings(max_examples=150, deadline=None, database=None)


@every
@given(calendar=calendars(), start=instants, seconds=amounts)
def test_exactly_the_promised_time_passes_until_the_due_instant_and_not_a_second_earlier(
    calendar, start, seconds
):
    due = calendar.after(start, seconds)
    assert calendar.between(start, due) == seconds * SECOND
    assert not seconds or calendar.between(start, due - SECOND) == (seconds - 1) * SECOND


@every
@given(calendar=calendars(), start=instants, seconds=amounts, data=st.data())
def test_with_pauses_too_exactly_the_promised_time_passes(calendar, start, seconds, data):
    pauses = data.draw(pause_lists(start))
    due = calendar.after(start, seconds, pauses)
    assert calendar.between(start, due, pauses) == seconds * SECOND
    assert not seconds or calendar.between(start, due - SECOND, pauses) == (seconds - 1) * SECOND


@every
@given(calendar=calendars(), start=instants, first=amounts, second=amounts)
def test_two_promises_one_after_the_other_are_due_when_one_of_both_lengths_is(
    calendar, start, first, second
):
    assert calendar.after(calendar.after(start, first), second) == calendar.after(
        start, first + second
    )


@every
@given(calendar=calendars(), a=instants, b=instants, c=instants)
def test_time_adds_up_in_any_order(calendar, a, b, c):
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    assert calendar.between(a, b) == -calendar.between(b, a)


@every
@given(calendar=calendars(), start=instants, seconds=amounts, data=st.data())
def test_a_lasting_pause_hides_only_what_was_not_due_before_it(calendar, start, seconds, data):
    pauses = data.draw(pause_lists(start))
    begins = start + data.draw(st.integers(0, 10**6)) * SECOND
    without = calendar.after(start, seconds, pauses)
    expected = without if without <= begins or not seconds else None
    if expected is None and calendar.between(start, begins, pauses) >= seconds * SECOND:
        expected = without
    assert calendar.after(start, seconds, [*pauses, Pause(begins)]) == expected


@every
@given(calendar=calendars(), start=instants, n=st.integers(1, 30))
def test_the_end_of_the_nth_day_depends_on_the_date_alone_and_grows_with_n(calendar, start, n):
    end = calendar.end_of_nth_day(start, n)
    assert start < end < calendar.end_of_nth_day(start, n + 1) or _nights_overlap(calendar)
    assert calendar.is_open(end - SECOND)


@every
@given(calendar=calendars(), start=instants, span=st.integers(0, 40 * 86_400), data=st.data())
def test_stretches_tile_the_time_and_the_counted_ones_add_up(calendar, start, span, data):
    end = start + span * SECOND
    pauses = data.draw(pause_lists(start, lasting=True))
    stretches = calendar.stretches(start, end, pauses)
    edges = [start, *(stretch.end for stretch in stretches)]
    assert [stretch.start for stretch in stretches] == edges[:-1]
    assert edges[-1] == end
    assert all(stretch.start < stretch.end for stretch in stretches)
    counted = sum(
        (stretch.end - stretch.start for stretch in stretches if stretch.counted), timedelta()
    )
    assert counted == calendar.between(start, end, pauses)


@every
@given(
    calendar=calendars(),
    a=instants,
    b=instants,
    seconds=amounts,
    fraction=st.sampled_from([0, 1, 500_000, 999_999]),
)
def test_the_short_way_and_the_engine_give_the_same_answers(calendar, a, b, seconds, fraction):
    calendar.between(a, b)
    start, counted = epoch_seconds(a), calendar.engine.count(epoch_seconds(a), epoch_seconds(b))
    late = timedelta(microseconds=fraction)
    assert calendar.between(a + late, b) == calendar.between(a, b + late) == counted * SECOND
    assert calendar.after(a + late, seconds) == instant(calendar.engine.add(start, seconds))


@every
@given(calendar=calendars(), days=st.lists(st.integers(1, 3000), min_size=1, max_size=6))
def test_the_order_in_which_years_are_asked_for_makes_no_difference(calendar, days):
    starts = [at("2010-01-01") + timedelta(days=day) for day in days]
    answers = [calendar.after(start, 50_000) for start in starts]
    try:
        fresh = Calendar(
            calendar.zone, calendar.hours, [*calendar.closed_on, (at("1950-01-01").date(), "")]
        )
    except BusinessTimeError:
        assume(False)
    assert [fresh.after(start, 50_000) for start in sorted(starts)] == sorted(answers)


def _nights_overlap(calendar):
    """Whether one day's night may end after the next day's last hour, so that ends need not grow
    with n.
    """
    return any(closes < opens for day in calendar.hours for opens, closes in day)
