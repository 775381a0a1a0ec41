"""§10: who is on call when: a weekly rotation with shifts by the clock of its zone, swaps, and the
gaps.
"""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from contacts import actions
from contacts.models import AdminEvent
from core.errors import Refused
from routing import actions as routing_actions
from routing import on_call
from tests import cast
from tests.cast import utc

ALL_WEEK = range(7)


@pytest.fixture
def noor(db):
    return cast.care("Noor Nasser", "noor@care.example", "analyst")


def rota(maya, *people, **more):
    """Berlin time, from Monday 2 March 2026, 09:00."""
    form_data = {
        "name": "Nights",
        "zone": "Europe/Berlin",
        "begins_on": date(2026, 3, 2),
        "hands_over": "09:00",
        "minutes": 5,
        "people": people,
        **more,
    }
    return routing_actions.save_rota(None, by=maya, **form_data)


def read(row, since="2026-03-01 00:00"):
    return on_call.read([row], utc(since))[0]


def test_each_has_a_week_and_hands_over_at_the_hour_of_the_rotas_zone(kim, lee, noor, maya):
    row = rota(maya, kim, lee, noor)
    routing_actions.add_shift(row, by=maya, weekdays=ALL_WEEK, starts="00:00", ends="24:00")
    known = read(row)
    assert known.first(utc("2026-03-02 07:59:59")) == noor  # 08:59 in Berlin: the week before
    assert known.first(utc("2026-03-02 08:00")) == kim
    assert known.first(utc("2026-03-09 07:59:59")) == kim
    assert known.first(utc("2026-03-09 08:00")) == lee
    assert known.first(utc("2026-03-30 07:00")) == lee  # summer time: 09:00 in Berlin
    assert known.first(utc("2026-03-30 06:59:59")) == kim


def test_the_ladder_goes_on_in_the_order_of_the_rotation(kim, lee, noor, maya):
    row = rota(maya, kim, lee, noor)
    routing_actions.add_shift(row, by=maya, weekdays=ALL_WEEK, starts="00:00", ends="24:00")
    assert read(row).ladder(utc("2026-03-10 12:00")) == [lee, noor, kim]


def test_a_shift_can_name_somebody_and_the_week_names_the_rest(kim, lee, noor, maya):
    row = rota(maya, kim, lee)
    routing_actions.add_shift(row, by=maya, weekdays=ALL_WEEK, starts="18:00", ends="08:00")
    routing_actions.add_shift(
        row, by=maya, weekdays=[5, 6], starts="08:00", ends="18:00", person=noor
    )
    known = read(row)
    assert known.first(utc("2026-03-07 12:00")) == noor
    assert known.first(utc("2026-03-07 22:00")) == kim
    assert known.ladder(utc("2026-03-07 12:00")) == [noor, kim, lee]
    assert known.first(utc("2026-03-04 12:00")) is None
    assert known.ladder(utc("2026-03-04 12:00")) == []


def test_a_swap_wins_while_it_lasts_and_covers_a_gap(kim, lee, noor, maya, time_machine):
    time_machine.move_to(utc("2026-03-02 12:00"))
    row = rota(maya, kim, lee)
    routing_actions.add_shift(row, by=maya, weekdays=ALL_WEEK, starts="18:00", ends="08:00")
    routing_actions.add_swap(
        row,
        by=maya,
        person=noor,
        starts_at=utc("2026-03-04 12:00"),
        ends_at=utc("2026-03-04 20:00"),
    )
    duties = read(row).duties(utc("2026-03-04 11:00"), utc("2026-03-05 12:00"))
    assert [(duty.person, duty.start, duty.end, duty.is_swap) for duty in duties] == [
        (noor, utc("2026-03-04 12:00"), utc("2026-03-04 20:00"), True),
        (kim, utc("2026-03-04 20:00"), utc("2026-03-05 07:00"), False),
    ]


def test_a_gap_is_when_neither_the_team_works_nor_anybody_is_on_call(kim, maya):
    row = rota(maya, kim)
    routing_actions.add_shift(row, by=maya, weekdays=[0, 1, 2, 3, 4], starts="17:00", ends="08:00")
    office = cast.calendar("Berlin office", "Europe/Berlin")
    begin = utc("2026-03-02 07:00")  # Monday 08:00 in Berlin
    gaps = on_call.gaps(read(row), office.current, begin, begin + timedelta(days=7))
    assert [(gap.start, gap.end) for gap in gaps] == [
        (utc("2026-03-07 07:00"), utc("2026-03-09 07:00"))
    ]


def test_a_holiday_of_the_team_is_a_gap_unless_somebody_is_on_call(kim, maya):
    row = rota(maya, kim)
    routing_actions.add_shift(row, by=maya, weekdays=[0, 1, 2, 3, 4], starts="17:00", ends="08:00")
    office = cast.calendar(
        "Berlin office", "Europe/Berlin", holidays={"2026-03-04": "Founders' Day"}
    )
    gaps = on_call.gaps(read(row), office.current, utc("2026-03-04 00:00"), utc("2026-03-05 00:00"))
    assert [(gap.start, gap.end) for gap in gaps] == [
        (utc("2026-03-04 07:00"), utc("2026-03-04 16:00"))
    ]


def test_the_week_of_somebody_away_is_the_next_ones(kim, lee, maya, time_machine):
    time_machine.move_to(utc("2026-03-02 12:00"))
    row = rota(maya, kim, lee)
    routing_actions.add_shift(row, by=maya, weekdays=ALL_WEEK, starts="00:00", ends="24:00")
    routing_actions.set_work_pattern(kim, by=kim, away_until=utc("2026-03-04 12:00"))
    known = read(row)
    assert known.first(utc("2026-03-04 11:59:59")) == lee
    assert known.first(utc("2026-03-04 12:00")) == kim


def test_a_team_has_its_own_rota_and_the_others_share_one(kim, lee, maya):
    voice = actions.save_team(None, by=maya, name="Voice", members=[kim])
    shared, own = rota(maya, kim), rota(maya, lee, name="Voice nights", team=voice)
    since = utc("2026-03-02 00:00")
    assert on_call.rota_for(voice.pk, since).row == own
    assert on_call.rota_for(None, since).row == shared
    with pytest.raises(Refused, match="serves Voice already"):
        rota(maya, kim, name="Voice again", team=voice)
    assert rota(maya, kim, name="Voice again", team=voice, is_active=False).is_active is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": []},
        {"zone": "Mars/Olympus"},
        {"minutes": 0},
        {"hands_over": "9"},
        {"webhook": "http://x/"},
    ],
)
def test_a_rota_that_cannot_be_is_refused(wrong, kim, maya):
    with pytest.raises((Refused, ValidationError)):
        rota(maya, kim, **wrong)


def test_only_managers_write_rotas_and_only_cares_people_stand_in_them(ana, kim, maya):
    with pytest.raises(Refused):
        rota(kim, kim)
    with pytest.raises(Refused):
        rota(maya, ana)
    with pytest.raises(Refused, match="once"):
        rota(maya, kim, kim)
    with pytest.raises(Refused, match="no manager"):
        rota(maya, kim, manager=kim)
    row = rota(maya, kim)
    for wrong in ({"weekdays": []}, {"weekdays": [7]}, {"ends": "08:00"}):
        with pytest.raises(Refused):
            routing_actions.add_shift(
                row, by=maya, **{"weekdays": [0], "starts": "08:00", "ends": "17:00", **wrong}
            )
    with pytest.raises(Refused):
        routing_actions.add_swap(
            row,
            by=maya,
            person=kim,
            starts_at=utc("2020-01-01 00:00"),
            ends_at=utc("2020-01-02 00:00"),
        )


def test_every_change_of_a_rota_is_kept_with_before_and_after(kim, lee, maya):
    row = rota(maya, kim, lee)
    shift = routing_actions.add_shift(row, by=maya, weekdays=[5, 6], starts="00:00", ends="24:00")
    rota_again = routing_actions.save_rota(
        row,
        by=maya,
        name="Nights",
        zone="Europe/Berlin",
        begins_on=date(2026, 3, 2),
        hands_over="09:00",
        minutes=10,
        people=[lee, kim],
    )
    routing_actions.remove_shift(shift, by=maya)
    notified = [
        (one.verb, one.before, one.after)
        for one in AdminEvent.objects.filter(kind="rota").order_by("id")
    ]
    assert notified[0][0] == "created"
    assert notified[0][2]["people"] == ["Kim Kato", "Lee Lind"]
    assert notified[1:] == [
        ("changed", {"shifts": []}, {"shifts": ["Sat, Sun 00:00–24:00"]}),
        (
            "changed",
            {"minutes": 5, "people": ["Kim Kato", "Lee Lind"]},
            {"minutes": 10, "people": ["Lee Lind", "Kim Kato"]},
        ),
        ("changed", {"shifts": ["Sat, Sun 00:00–24:00"]}, {"shifts": []}),
    ]
    assert rota_again == row


@pytest.mark.parametrize(
    ("zone", "begins_on", "hands_over", "changes_at"),
    [
        ("Europe/Berlin", date(2026, 10, 18), "02:30", "2026-10-25 00:30"),  # comes twice
        ("Europe/Berlin", date(2027, 3, 21), "02:30", "2027-03-28 01:00"),  # does not exist
        ("America/Havana", date(2026, 10, 25), "00:30", "2026-11-01 04:30"),
        ("America/Havana", date(2027, 3, 7), "00:30", "2027-03-14 05:00"),
        ("Australia/Lord_Howe", date(2026, 9, 27), "02:15", "2026-10-03 15:30"),
    ],
)
def test_a_handover_when_the_clocks_change_happens_once_in_page_and_schedule(
    zone, begins_on, hands_over, changes_at, kim, lee, maya
):
    row = rota(maya, kim, lee, zone=zone, begins_on=begins_on, hands_over=hands_over)
    routing_actions.add_shift(row, by=maya, weekdays=ALL_WEEK, starts="00:00", ends="24:00")
    known, change = read(row), utc(changes_at)
    duties = known.duties(change - timedelta(hours=5), change + timedelta(hours=5))
    assert [(duty.person, duty.start) for duty in duties] == [
        (kim, change - timedelta(hours=5)),
        (lee, change),
    ]
    for minute in range(-300, 300, 5):
        at = change + timedelta(minutes=minute)
        assert known.first(at) == (kim if at < change else lee), at
        assert known.ladder(at)[0] == known.first(at), at
