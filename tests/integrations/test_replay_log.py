"""Another system's log, applied by the product's own actions: nothing lost, nobody notified, every
promise judged.
"""

import csv
import lzma

import pytest
from django.core.management import CommandError, call_command

from cases import event_log
from cases.choices import CaseState
from cases.models import Case, Notification
from contacts.models import Organisation
from core import current_time
from core.errors import Refused
from integrations.replay import report
from integrations.replay.models import ReplayedLog
from integrations.replay.people import slug
from sla import clocks, sweeps
from sla.models import Clock, ClockFact
from tests import cast
from tests.cast import utc

COLUMNS = (
    "number",
    "incident_state",
    "caller_id",
    "opened_at",
    "sys_updated_at",
    "location",
    "category",
    "subcategory",
    "u_symptom",
    "urgency",
    "priority",
    "assignment_group",
    "assigned_to",
)
FIXED = {
    "caller_id": "Caller 1",
    "location": "Location 1",
    "category": "Category 1",
    "subcategory": "?",
    "u_symptom": "?",
    "urgency": "2 - Medium",
    "assignment_group": "Group 1",
    "assigned_to": "Resolver 1",
    "priority": "3 - Moderate",
}


def row(number, state, at, **more):
    return (
        FIXED
        | {
            "number": number,
            "incident_state": state,
            "opened_at": "1/3/2016 09:00",
            "sys_updated_at": at,
        }
        | more
    )


ROWS = [
    row("INC1", "New", "1/3/2016 09:00", assigned_to="?"),
    row("INC1", "Active", "1/3/2016 10:30"),
    row("INC1", "Awaiting User Info", "1/3/2016 11:00"),
    row("INC1", "Active", "2/3/2016 11:00"),
    row("INC1", "Resolved", "3/3/2016 09:00"),
    row("INC1", "Closed", "8/3/2016 09:00"),
    row("INC2", "Active", "1/3/2016 09:05", priority="1 - Critical"),
    row("INC2", "Resolved", "1/3/2016 11:00", priority="1 - Critical"),
    row("INC2", "Closed", "6/3/2016 11:00", priority="1 - Critical"),
    row("INC3", "New", "1/3/2016 09:00"),
    row("INC3", "-100", "1/3/2016 09:30"),
    row("INC3", "Awaiting User Info", "1/3/2016 10:00"),
    row("INC3", "Active", "1/3/2016 09:00"),
    row("INC3", "Resolved", "14/3/2016 10:00"),
    row("INC4", "New", "1/3/2016 09:00", location="?"),
    row("INC5", "Awaiting Vendor", "1/3/2016 12:00", location="Location 2", caller_id="Caller 2"),
    row("INC5", "Awaiting Problem", "1/3/2016 13:00", location="Location 2", caller_id="Caller 2"),
]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv.xz"
    with lzma.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(ROWS)
    return path


def replay(path, **options):
    call_command("replay_log", str(path), mapping="servicenow", workers=1, **options)


def case(number) -> Case:
    return Case.objects.get(external_ref=number)


def test_a_history_lives_at_its_own_instants(db, log, capsys):
    replay(log)
    replayed = case("INC1")
    assert (replayed.opened_at, replayed.state, replayed.closing_reason) == (
        utc("2016-03-01 09:00"),
        CaseState.CLOSED,
        "unopposed",
    )
    assert cast.verbs(replayed) == [
        "filed",
        "taken",
        "answered",
        "information_requested",
        "contact_answered",
        "resolution_proposed",
        "closed",
    ]
    response = Clock.objects.get(case=replayed, kind="response")
    assert (response.stopped_at, response.outcome) == (utc("2016-03-01 10:30"), "met")
    assert (
        Clock.objects.get(case=replayed, kind="restore").used_seconds == 9 * 3600
    )  # 2 h on Tuesday, 6 on Wednesday, 1 on Thursday
    assert list(clocks.verify()) == []
    assert list(event_log.breaks()) == []


def test_a_critical_incident_closed_without_an_rca_is_held_by_the_gate(db, log, capsys):
    replay(log)
    assert case("INC2").state == CaseState.RESOLUTION_PROPOSED
    assert (
        "1 Critical cases stay in Resolution Proposed, held by the RCA gate."
        in capsys.readouterr().out
    )
    assert ClockFact.objects.filter(case=case("INC2"), clock__kind="rca", step="breach").exists()


def test_what_cannot_be_read_is_named_with_its_line_and_reason(db, log, capsys, tmp_path):
    replay(log, unread=tmp_path / "unread.txt")
    assert (tmp_path / "unread.txt").read_text().splitlines() == [
        "line 12\tINC3\tunknown state '-100'",
        "line 14\tINC3\t2016-03-01 09:00 lies before the row above it",
        (
            "line 16\tINC4\trefused: no row of it names an organisation, so there is "
            "nobody to promise anything to"
        ),
    ]
    assert "5 incidents: 4 in, 1 refused with a reason, 0 not told yet" in capsys.readouterr().out


def test_a_wait_that_outlived_the_response_policy_is_counted(db, log, capsys):
    replay(log)
    assert "1 waits for the contact outlived the response policy." in capsys.readouterr().out


def test_a_vendor_wait_is_an_escalation_whose_clocks_go_on(db, log, capsys):
    replay(log)
    assert case("INC5").state == CaseState.INVESTIGATING
    assert Clock.objects.get(case=case("INC5"), kind="restore").outcome == "running"


def test_nobody_is_told_and_no_sweep_touches_a_replayed_case(db, log, capsys):
    replay(log)
    before = [(c.pk, c.event_count) for c in Case.objects.order_by("pk")]
    sweeps.check_clocks()
    assert not Notification.objects.exists()
    assert [(c.pk, c.event_count) for c in Case.objects.order_by("pk")] == before
    assert set(Organisation.objects.values_list("is_historical", flat=True)) == {True}


def test_a_second_run_adds_nothing_and_a_broken_one_goes_on(db, log, capsys):
    replay(log, limit=2)
    numbers = dict(Case.objects.exclude(external_ref="").values_list("external_ref", "number"))
    assert set(numbers) == {"INC1", "INC2"}
    replay(log)
    first = report.fingerprint(ReplayedLog.objects.get())
    assert (
        dict(Case.objects.filter(external_ref__in=numbers).values_list("external_ref", "number"))
        == numbers
    )
    count = Case.objects.count()
    replay(log)
    assert (Case.objects.count(), report.fingerprint(ReplayedLog.objects.get())) == (count, first)
    assert "0 told now" in capsys.readouterr().out


def test_only_caretrack_itself_sets_historical_instants(kim):
    with pytest.raises(Refused), current_time.backdated(utc("2016-03-01 09:00"), by=kim):
        pass


@pytest.mark.parametrize(
    ("content", "why"),
    [("a,b\n1,2\n", "there is no column"), ("", "there is no column")],
    ids=["other columns", "empty"],
)
def test_a_file_that_is_no_such_log_is_refused_in_one_line(db, tmp_path, content, why):
    path = tmp_path / "other.csv"
    path.write_text(content)
    with pytest.raises(CommandError, match=why) as refused:
        replay(path)
    assert refused.value.returncode == 2


def test_a_missing_file_and_an_unknown_mapping_are_refused_in_one_line(db, tmp_path, log):
    with pytest.raises(CommandError, match="cannot be read"):
        replay(tmp_path / "nowhere.csv")
    with pytest.raises(CommandError, match="There is no mapping 'jira'"):
        call_command("replay_log", str(log), mapping="jira")


def test_names_that_a_short_name_cannot_tell_apart_stay_two_organisations():
    names = ["東京電力", "関西電力", "A" * 60 + "1", "A" * 60 + "2", "Location 1", "Location-1"]
    assert len({slug(name) for name in names}) == len(names)
