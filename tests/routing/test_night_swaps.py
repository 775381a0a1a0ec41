"""§10: two people of a rota swap on-call nights: one asks, the other accepts, and nobody else has
to agree unless the rota says so.
"""

import threading
from datetime import date

import pytest
from django.db import connection
from django.test import Client

from contacts.models import AdminEvent, QueuedEmail
from core.errors import Refused
from core.tenancy import care_scope
from routing import actions, on_call
from routing.models import OnCallOverride, SwapRequest, WorkPattern
from tests import cast
from tests.cast import utc

MONDAY = utc("2026-03-02 17:00"), utc("2026-03-03 07:00")  # 18:00 to 08:00 in Berlin
TUESDAY = utc("2026-03-03 17:00"), utc("2026-03-04 07:00")
NEXT_MONDAY = utc("2026-03-09 17:00"), utc("2026-03-10 07:00")  # Lee's week


@pytest.fixture
def noor(db):
    return cast.care("Noor Nasser", "noor@care.example", "analyst")


@pytest.fixture
def rota(kim, lee, maya, time_machine):
    """Nights in Berlin: Kim's week, then Lee's."""
    time_machine.move_to(utc("2026-03-02 12:00"), tick=False)
    row = save(maya, None, kim, lee)
    actions.add_shift(row, by=maya, weekdays=range(7), starts="18:00", ends="08:00")
    return row


def save(maya, row, *people, **more):
    return actions.save_rota(
        row,
        by=maya,
        name="Nights",
        zone="Europe/Berlin",
        begins_on=date(2026, 3, 2),
        hands_over="09:00",
        minutes=5,
        people=people,
        **more,
    )


def on_call_at(rota, at):
    return on_call.read([rota], utc("2026-03-01 00:00"))[0].first(at)


def emails(reader):
    rows = QueuedEmail.objects.filter(recipient=reader).order_by("pk")
    return [row.key.partition(":")[0] for row in rows]


def test_an_accepted_swap_changes_the_plan_and_both_are_emailed(rota, kim, lee, maya):
    request = actions.ask_swap(
        rota, by=kim, colleague=lee, night=MONDAY, in_return=NEXT_MONDAY, note="A concert"
    )
    assert on_call_at(rota, MONDAY[0]) == kim
    assert emails(lee) == ["swap_asked_in_return"]
    text = QueuedEmail.objects.get(recipient=lee).text
    assert "Monday 02 March 2026 17:00 (Europe/Lisbon)" in text
    assert "A concert" in text
    actions.accept_swap(request, by=lee)
    assert (on_call_at(rota, MONDAY[0]), on_call_at(rota, NEXT_MONDAY[0])) == (lee, kim)
    assert on_call_at(rota, TUESDAY[0]) == kim
    assert (emails(kim), emails(lee)[1:]) == (
        ["swap_arranged_in_return"],
        ["swap_arranged_in_return"],
    )
    assert [
        (one.by, one.after["instead_of"]) for one in AdminEvent.objects.filter(kind="swap")
    ] == [
        (lee, "Lee Lind"),
        (lee, "Kim Kato"),
    ]


def test_requests_and_answers_are_idempotent(rota, kim, lee):
    first = actions.ask_swap(rota, by=kim, colleague=lee, night=MONDAY)
    assert actions.ask_swap(rota, by=kim, colleague=lee, night=MONDAY) == first
    for _time in range(2):
        actions.accept_swap(first, by=lee)
    assert (OnCallOverride.objects.count(), SwapRequest.objects.count()) == (1, 1)
    assert (len(emails(kim)), len(emails(lee))) == (1, 2)
    with pytest.raises(Refused, match="has ended: Arranged"):
        actions.decline_swap(first, by=lee)
    with pytest.raises(Refused, match="has ended: Arranged"):
        actions.withdraw_swap(first, by=kim)


def test_a_night_that_has_begun_is_not_swapped(rota, kim, lee, time_machine):
    request = actions.ask_swap(rota, by=kim, colleague=lee, night=MONDAY)
    time_machine.move_to(MONDAY[0], tick=False)
    for act in (
        lambda: actions.accept_swap(request, by=lee),
        lambda: actions.ask_swap(rota, by=kim, colleague=lee, night=MONDAY),
    ):
        with pytest.raises(Refused, match="has begun"):
            act()
    assert on_call_at(rota, MONDAY[0]) == kim


def test_only_own_nights_and_people_of_the_rota_who_are_there(rota, kim, lee, noor, maya):
    def ask(by, colleague, night, **more):
        with pytest.raises(Refused) as refused:
            actions.ask_swap(rota, by=by, colleague=colleague, night=night, **more)
        return refused.value.reason

    assert ask(lee, kim, MONDAY) == "Lee Lind is not on call then any more."
    assert ask(kim, noor, MONDAY) == "Noor Nasser is not on this rota."
    assert ask(kim, kim, MONDAY) == "Choose a colleague."
    assert "Lee Lind is not on call" in ask(kim, lee, MONDAY, in_return=TUESDAY)
    assert "Kim Kato is not on call" in ask(kim, lee, (MONDAY[0], NEXT_MONDAY[1]))
    back_at = utc("2026-03-03 12:00")
    WorkPattern.objects.update_or_create(person=lee, defaults={"away_until": back_at})
    assert ask(kim, lee, MONDAY) == "Lee Lind is away then."
    request = actions.ask_swap(rota, by=kim, colleague=lee, night=TUESDAY)
    for by in (kim, noor, maya):
        with pytest.raises(Refused, match="Only the colleague who was asked"):
            actions.accept_swap(request, by=by)


def test_the_first_who_accepts_takes_the_night_and_the_others_are_free(rota, kim, lee, noor, maya):
    save(maya, rota, kim, lee, noor)
    to_lee = actions.ask_swap(rota, by=kim, colleague=lee, night=MONDAY)
    to_noor = actions.ask_swap(rota, by=kim, colleague=noor, night=MONDAY)
    actions.accept_swap(to_noor, by=noor)
    with pytest.raises(Refused, match="has ended: Withdrawn"):
        actions.accept_swap(to_lee, by=lee)
    assert emails(lee) == ["swap_asked", "swap_withdrawn"]
    # Who took the night may pass it on.
    actions.accept_swap(actions.ask_swap(rota, by=noor, colleague=lee, night=MONDAY), by=lee)
    assert on_call_at(rota, MONDAY[0]) == lee


def test_two_who_accept_at_once_do_not_both_take_the_night(transactional_db, time_machine):
    time_machine.move_to(utc("2026-03-02 12:00"), tick=False)
    with care_scope():
        maya = cast.care("Maya", "maya@care.example", "manager")
        kim, *others = (
            cast.care(name, f"{name.lower()}@care.example", "analyst")
            for name in ("Kim", "Lee", "Noor")
        )
        row = save(maya, None, kim, *others)
        actions.add_shift(row, by=maya, weekdays=range(7), starts="18:00", ends="08:00")
        requests = [
            (actions.ask_swap(row, by=kim, colleague=one, night=MONDAY), one) for one in others
        ]
    results = []

    def accept(request, by):
        try:
            with care_scope():
                actions.accept_swap(request, by=by)
            results.append(True)
        except Refused:
            results.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=pair) for pair in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with care_scope():
        assert sorted(results) == [False, True]
        assert OnCallOverride.objects.count() == 1


def test_a_rota_can_leave_the_last_word_to_a_manager(rota, kim, lee, maya):
    save(maya, rota, kim, lee, swaps_need_manager=True, manager=maya)
    request = actions.accept_swap(
        actions.ask_swap(rota, by=kim, colleague=lee, night=MONDAY), by=lee
    )
    assert on_call_at(rota, MONDAY[0]) == kim
    assert (emails(kim), emails(maya)) == (["swap_accepted"], ["swap_to_confirm"])
    with pytest.raises(Refused):
        actions.confirm_swap(request, by=lee)
    for _time in range(2):
        actions.confirm_swap(request, by=maya)
    assert on_call_at(rota, MONDAY[0]) == lee
    assert emails(lee) == ["swap_asked", "swap_arranged"]
    declined = actions.accept_swap(
        actions.ask_swap(rota, by=kim, colleague=lee, night=TUESDAY), by=lee
    )
    actions.decline_swap(declined, by=maya)
    assert on_call_at(rota, TUESDAY[0]) == kim
    assert emails(kim)[-1] == emails(lee)[-1] == "swap_declined"


def test_a_week_around_the_clock_is_swapped_by_day(kim, lee, maya, time_machine):
    time_machine.move_to(utc("2026-03-24 12:00"), tick=False)
    row = save(maya, None, kim, lee)
    actions.add_shift(row, by=maya, weekdays=range(7), starts="00:00", ends="24:00")
    nights = on_call.read([row], utc("2026-03-24 12:00"))[0].nights(
        utc("2026-03-24 12:00"), utc("2026-03-31 12:00")
    )
    starts = [night.start for night in nights]
    # 09:00 in Berlin, through the change to summer time; the running day is not among them.
    assert starts[0] == utc("2026-03-25 08:00")
    assert starts[4:6] == [utc("2026-03-29 07:00"), utc("2026-03-30 07:00")]


def test_the_page_asks_answers_and_shows_who_swapped(rota, kim, lee, maya, ana, noor):
    client, address = Client(), "/console/on-call/nights/"

    def as_(person, path=address, **data):
        client.force_login(person)
        return client.post(path, data) if data else client.get(path)

    night = f"{rota.pk}-{int(MONDAY[0].timestamp())}-{int(MONDAY[1].timestamp())}"
    assert "Mon 2 Mar 17:00 – Tue 3 Mar 07:00" in as_(kim).content.decode()
    assert as_(kim, night=night, offer=f"{rota.pk}-{noor.pk}").status_code == 422
    assert as_(kim, night=night, offer=f"{rota.pk}-{lee.pk}", note="x").status_code == 302
    request = SwapRequest.objects.get()
    assert "to swap a night</a>" in as_(lee, "/console/on-call/").content.decode()
    assert "Accept" in as_(lee).content.decode()
    assert "You are not on call" in as_(noor).content.decode()
    assert as_(noor, f"{address}{request.pk}/acceptance/", yes=1).status_code == 404
    assert as_(ana, f"{address}{request.pk}/acceptance/", yes=1).status_code == 403
    assert as_(lee, f"{address}{request.pk}/acceptance/", yes=1).status_code == 302
    assert on_call_at(rota, MONDAY[0]) == lee
    assert "Arranged" in as_(maya).content.decode()
    assert "instead of Kim Kato" in as_(maya, f"/console/on-call/{rota.pk}/").content.decode()


def test_a_swap_that_a_manager_sets_is_emailed_to_both(rota, kim, lee, noor, maya):
    assert on_call_at(rota, MONDAY[0]) == kim
    actions.add_swap(rota, by=maya, person=noor, starts_at=MONDAY[0], ends_at=MONDAY[1])
    assert (emails(kim), emails(noor), emails(lee)) == (["swap_set"], ["swap_set"], [])
    text = QueuedEmail.objects.get(recipient=kim).text
    assert "Maya Moss has put Noor" in text


def test_a_swap_that_a_manager_undoes_is_emailed_to_both(rota, kim, lee, noor, maya, time_machine):
    request = actions.ask_swap(rota, by=kim, colleague=lee, night=MONDAY, in_return=NEXT_MONDAY)
    actions.accept_swap(request, by=lee)
    there, back = OnCallOverride.objects.order_by("pk")
    for _time in range(2):
        actions.remove_swap(there, by=maya)
    assert (on_call_at(rota, MONDAY[0]), on_call_at(rota, NEXT_MONDAY[0])) == (kim, kim)
    assert (emails(kim)[-1], emails(lee)[-1]) == ("swap_undone", "swap_undone")
    text = QueuedEmail.objects.filter(recipient=lee).latest("pk").text
    assert "Maya Moss has undone the swap that put Lee Lind on call" in text
    assert "Kim Kato is on call then." in text
    assert AdminEvent.objects.filter(kind="swap", before__instead_of="Kim Kato").count() == 1
    # Who undoes it for a period in which nobody else is on call leaves a gap, and writes that.
    noon = utc("2026-03-04 12:00"), utc("2026-03-04 14:00")
    swap = actions.add_swap(rota, by=maya, person=noor, starts_at=noon[0], ends_at=noon[1])
    actions.remove_swap(swap, by=maya)
    assert emails(noor) == ["swap_set", "swap_undone_in_gap"]
    # A swap that is over changes nobody's night.
    time_machine.move_to(NEXT_MONDAY[1], tick=False)
    before = QueuedEmail.objects.count()
    actions.remove_swap(back, by=maya)
    assert QueuedEmail.objects.count() == before
