"""What must hold for every sequence of events, likely or not."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sla.businesstime import ALWAYS, Calendar, weekdays
from sla.timeline import ClockEvent, ClockKind, ClockStatus, EndedBy, EventKind, Target, fold
from tests.sla.vectors.reading import SHIPPED_TERMS, at

CALENDARS = [
    Calendar("Europe/Berlin", weekdays("08:00", "17:00"), [date(2025, 5, 1), date(2025, 6, 9)]),
    Calendar("America/New_York", {**weekdays("08:00", "17:00"), 5: [("22:00", "03:00")]}),
    Calendar("Australia/Lord_Howe", weekdays("20:00", "04:30")),
    ALWAYS,
]
OTHER_TERMS = (
    SHIPPED_TERMS,
    replace(
        SHIPPED_TERMS,
        response=dict.fromkeys(range(1, 5), Target(1800, around_the_clock=True)),
        version=2,
        restore=dict.fromkeys(range(1, 5), Target(86_400)),
        closure_days=1,
        customer_response_seconds=200_000,
    ),
)
steps = st.one_of(st.just(0), st.integers(1, 7200), st.integers(7200, 900_000))
happenings = st.tuples(steps, st.sampled_from(EventKind), st.integers(1, 4))


@st.composite
def stories(draw):
    """A calendar, an opening, and up to fifteen events in any order that time allows."""
    opened = at("2025-03-01") + timedelta(seconds=draw(st.integers(0, 300 * 86_400)))
    incident = draw(
        st.none() | st.integers(-40_000, 0).map(lambda seconds: opened + timedelta(seconds=seconds))
    )
    events, moment = [], opened
    for step, what, severity in draw(st.lists(happenings, max_size=15)):
        moment += timedelta(seconds=step)
        to = OTHER_TERMS[severity % 2] if what is EventKind.TERMS_MOVED else None
        events.append(
            ClockEvent(moment, what, severity if what is EventKind.SEVERITY_CHANGE else None, to)
        )
    severity, calendar = draw(st.integers(1, 4)), draw(st.sampled_from(CALENDARS))
    return (
        lambda some: fold(opened, severity, some, SHIPPED_TERMS, calendar, incident),
        events,
        moment,
    )


every = settings(max_examples=250, deadline=None, database=None)


def decided(timeline):
    """Clocks that no later event may touch: an answered wait may go on, and so may what a closing
    or a proposal ended, so only facts that are final are here."""
    return {
        (clock.kind, clock.ordinal): clock
        for clock in timeline.clocks
        if clock.stopped_at is not None
        and (
            (
                clock.kind in {ClockKind.RESPONSE, ClockKind.RCA, ClockKind.ESCALATION}
                and clock.ended_by is EndedBy.EVENT
            )
            or clock.kind is ClockKind.CLOSURE
            or clock.ended_by in {EndedBy.WITHDRAWN, EndedBy.SUPERSEDED}
        )
    }


@every
@given(story=stories())
def test_the_same_events_give_the_same_clocks(story):
    apply, events, _ = story
    assert apply(events) == apply(iter(events))


@every
@given(story=stories(), data=st.data())
def test_what_is_decided_stays_decided_whatever_happens_next(story, data):
    apply, events, _ = story
    before, after = apply(events[: data.draw(st.integers(0, len(events)))]), apply(events)
    clocks = {(clock.kind, clock.ordinal): clock for clock in after.clocks}
    for key, clock in decided(before).items():
        assert clocks[key] == clock


@every
@given(story=stories(), later=st.integers(0, 10**6))
def test_every_clock_keeps_its_own_arithmetic(story, later):
    apply, events, last = story
    now = last + timedelta(seconds=later)
    timeline = apply(events)
    calendar = timeline.calendar
    for clock in timeline.clocks:
        own = ALWAYS if clock.around_the_clock else calendar
        if clock.target_seconds is not None:
            assert clock.due_at == own.after(clock.started_at, clock.target_seconds, clock.pauses)
            used = clock.used_seconds(now, calendar)
            assert clock.remaining_seconds(now, calendar) == clock.target_seconds - used
            assert not clock.is_missed(now) or used >= clock.target_seconds
        if clock.stopped_at is not None:
            counted = own.between(clock.started_at, clock.stopped_at, clock.pauses)
            assert clock.used_at_stop == counted.total_seconds()
        assert (clock.stopped_at is None) == (clock.ended_by is None)
        assert clock.stopped_at is None or clock.stopped_at <= timeline.last_event_at


@every
@given(story=stories(), later=st.integers(0, 10**6))
def test_states_agree_with_the_instants_they_are_read_from(story, later):
    apply, events, last = story
    now = last + timedelta(seconds=later)
    for clock in apply(events).clocks:
        state = clock.state_at(now)
        assert (state is ClockStatus.BREACHED) == clock.is_missed(now)
        assert state not in {ClockStatus.RUNNING, ClockStatus.PAUSED} or clock.stopped_at is None
        assert not clock.kind.is_the_customers or state not in {
            ClockStatus.BREACHED,
            ClockStatus.MET,
        }
        assert state is not ClockStatus.PAUSED or clock.is_paused
        if clock.breaches_at is not None:
            assert clock.breaches_at >= clock.due_at
            assert clock.stopped_at is None or clock.breaches_at <= clock.stopped_at


@every
@given(story=stories(), later=st.integers(0, 10**6))
def test_every_case_shows_its_deadlines_at_every_later_instant(story, later):
    apply, events, last = story
    snapshot = apply(events).snapshot(last + timedelta(seconds=later))
    assert len(snapshot) == 12
    assert (snapshot["restoration_state"] == "none") == (
        snapshot["restoration_remaining_seconds"] is None
    )


@every
@given(story=stories())
def test_only_one_clock_of_a_kind_runs_at_a_time(story):
    apply, events, _ = story
    timeline = apply(events)
    for kind in ClockKind:
        clocks = timeline.all_of(kind)
        assert [clock.ordinal for clock in clocks] == list(range(1, len(clocks) + 1))
        assert all(clock.stopped_at is not None for clock in clocks[:-1])
