"""A person's notifications: by time and day, with the titles of their cases, filtered, and read
one by one, by case or all at once.
"""

import re
from datetime import timedelta

import pytest

from cases import actions
from cases.models import Notification
from tests import cast
from tests.cast import utc

HERE = "/portal/notices/"


@pytest.fixture
def week(as_ana, ana, kim, time_machine):
    """Three cases in three days, about each of which Ana is notified twice."""
    cases = []
    for day in (3, 4, 5):
        time_machine.move_to(utc(f"2026-03-0{day} 10:00"), tick=False)
        case = cast.file(ana, title=f"Calls drop on floor {day}")
        time_machine.move_to(utc(f"2026-03-0{day} 11:00"), tick=False)
        cases.append(actions.answer(case, by=kim, text="We look.").case)
    as_ana.force_login(ana)
    return cases


def shown(client, query="", here=HERE):
    response = client.get(f"{here}?{query}")
    assert response.status_code == 200
    return response


def rows(client, query=""):
    return [notice for _day, notices in shown(client, query).context["days"] for notice in notices]


def test_notifications_are_under_their_days_each_with_the_title_of_its_case(as_ana, week):
    response = shown(as_ana)
    days = [(day, len(notices)) for day, notices in response.context["days"]]
    assert days == [("Today", 2), ("Yesterday", 2), ("Tuesday 3 March", 2)]
    text = " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
    assert f"Kim Kato answered on {week[2].code} {week[2].code} Calls drop on floor 5 12:00" in text


def test_the_order_is_that_of_time_however_the_rows_were_written(as_ana, week):
    first = Notification.objects.order_by("id").first()
    Notification.objects.filter(pk=first.pk).update(created_at=utc("2026-03-05 10:30"))
    times = [notice.created_at for notice in rows(as_ana)]
    assert times == sorted(times, reverse=True)
    assert [notice.pk for notice in rows(as_ana)].index(first.pk) == 1


def test_a_page_goes_on_after_its_last_row_and_shows_each_once(as_ana, ana, week):
    pattern, at = Notification.objects.filter(recipient=ana).first(), utc("2026-03-01 10:00")
    Notification.objects.bulk_create(
        Notification(
            organisation=ana.organisation,
            case=pattern.case,
            recipient=ana,
            key=f"k{number}",
            subject=f"Number {number}",
            created_at=at - timedelta(minutes=number // 2),  # two at each time
            next_attempt_at=at,
        )
        for number in range(60)
    )
    seen, query = [], ""
    while True:
        page = shown(as_ana, query).context["page"]
        seen += [notice.pk for notice in page.rows]
        if not page.after:
            break
        query = f"after={page.after}"
    assert len(seen) == len(set(seen)) == Notification.objects.filter(recipient=ana).count() == 66


def test_unread_ones_and_those_about_one_case_are_filtered(as_ana, week):
    as_ana.post(f"{HERE}{rows(as_ana)[0].pk}/")
    assert len(rows(as_ana, "show=unread")) == 5
    about = f"case={week[2].code}"
    assert {notice.case.number for notice in rows(as_ana, about)} == {week[2].number}
    assert len(rows(as_ana, f"show=unread&{about}")) == 1
    page = shown(as_ana, f"show=unread&{about}").content.decode()
    assert f"Mark all about {week[2].code} as read" in page
    assert f'<option value="{week[2].code}" selected>' in page


def test_all_about_one_case_are_marked_as_read_and_the_filter_stays(as_ana, ana, week):
    answer = as_ana.post(f"{HERE}all-read/", {"case": week[0].code})
    assert answer["Location"] == f"{HERE}?case={week[0].code}"
    unread = Notification.objects.filter(recipient=ana, read_at=None)
    assert {notice.case_id for notice in unread} == {week[1].pk, week[2].pk}
    assert "Mark all about" not in shown(as_ana, f"case={week[0].code}").content.decode()
    as_ana.post(f"{HERE}all-read/")
    assert not unread.all().exists()
    assert "No notification matches." in shown(as_ana, "show=unread").content.decode()


def test_a_strangers_case_filters_to_nothing_and_marks_nothing(client, week, ben):
    client.force_login(ben)
    page = shown(client, f"case={week[0].code}").content.decode()
    assert "No notification matches." in page
    assert "floor 3" not in page
    client.post(f"{HERE}all-read/", {"case": week[0].code})
    assert not Notification.objects.exclude(read_at=None).exists()


@pytest.mark.parametrize(
    "query", ["after=x", "after=9.9.9", f"after={'9' * 18}.1", "case=CT-x", "show=x", "after=7"]
)
def test_an_address_with_strange_words_still_shows_notifications(query, as_ana, week):
    shown(as_ana, query)


def test_care_reads_its_notifications_in_the_same_way(client, ana, kim):
    case = cast.waiting(ana, kim)
    actions.answer_as_contact(case, by=ana, text="Desk phones.")
    client.force_login(kim)
    page = shown(client, f"case={case.code}", "/notices/").content.decode()
    assert "Ana Albers answered" in page
    assert f"/console/cases/{case.code}/" in page


def test_a_japanese_reader_has_japanese_days(as_ana, ana, week):
    ana.language = "ja"
    ana.save()
    days = [day for day, _notices in shown(as_ana).context["days"]]
    assert days == ["今日", "昨日", "3月3日(火)"]
