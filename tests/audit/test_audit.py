"""One audit checks every promise; any change made behind the product's back is named."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection

from cases import actions
from cases.models import Attachment
from contacts import actions as people
from core import current_time
from rca import actions as rca
from rca.models import Analysis
from sla import sweeps
from tests import cast
from tests.cast import utc

MONDAY = utc("2026-03-02 09:00")


def behind_our_back(table, sql, *params):
    """What only someone with the owner's rights on the machine could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("RESET ROLE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        cursor.execute(sql, params)
        cursor.execute("SET LOCAL ROLE caretrack_care")


def sweep_at(time_machine, at):
    time_machine.move_to(at, tick=False)
    sweeps.check_clocks()
    cast.send_notices(at)


def audited(*arguments) -> dict:
    """What the audit says, and whether its exit code agrees."""
    out: io.StringIO = io.StringIO()
    code: object = 0
    try:
        call_command("audit", "--json", *arguments, stdout=out)
    except SystemExit as stop:
        code = stop.code
    payload = json.loads(out.getvalue())
    assert code == (0 if payload["clean"] else 1)
    return {name: findings for name, findings in payload["findings"].items() if findings}


@pytest.fixture
def unanswered(ana, kim, time_machine):
    """A case that was asked about, announced and closed for silence."""
    time_machine.move_to(MONDAY, tick=False)
    case = cast.waiting(ana, kim)
    cast.send_notices(MONDAY)
    sweep_at(time_machine, utc("2026-03-05 09:00"))
    sweep_at(time_machine, utc("2026-03-06 09:00"))
    case.refresh_from_db()
    assert case.closing_reason == "unanswered"
    return case


@pytest.fixture
def unopposed(ana, kim, time_machine):
    """A proposal that nobody opposed."""
    time_machine.move_to(MONDAY, tick=False)
    case = cast.proposed(ana, kim)
    cast.send_notices(MONDAY)
    sweep_at(time_machine, utc("2026-03-05 16:00"))
    case.refresh_from_db()
    assert case.closing_reason == "unopposed"
    return case


def test_what_the_product_did_by_itself_is_clean(unanswered, unopposed, ana, kim, maya):
    outage = cast.proposed(ana, kim, severity=1)
    analysis = Analysis.objects.get(case=outage)
    rca.send_initial(analysis, by=kim, text="A node failed.")
    rca.save_draft(analysis, by=kim, sections=cast.document())
    rca.submit(analysis, by=kim)
    rca.publish(analysis, by=maya)
    actions.accept(outage, by=ana)
    actions.attach(cast.file(ana), by=ana, upload=SimpleUploadedFile("log.txt", b"a line"))
    assert audited() == {}


def test_an_audit_tells_what_it_proved(unopposed, capsys):
    call_command("audit")
    output = capsys.readouterr().out
    assert output.startswith("1 case audited")
    assert output.count("✓") == 10
    assert "Every closure for silence had its notice, sent in time." in output


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("state = 'failed', sent_at = NULL", "was not sent before"),
        ("sent_at = '2026-03-07 12:00Z'", "was not sent before"),
        ("sent_at = '2026-03-06 08:30Z'", "before 2026-03-09 08:30:00 UTC"),
        ("kind = 'watched'", "was not sent before"),
        ("channel = 'digest'", "was not sent before"),
    ],
)
def test_a_closure_for_silence_without_its_notice_is_named(unanswered, ana, change, finding):
    announced = unanswered.events.get(verb="closure_announced")
    behind_our_back(
        "cases_notification",
        f"UPDATE cases_notification SET {change} WHERE key = %s AND recipient_id = %s",
        f"{unanswered.code}:event:{announced.seq}",
        ana.pk,
    )
    (text,) = audited()["notices"]
    assert finding in text
    assert text.startswith(f"{unanswered.code}: closed at event")
    with pytest.raises(SystemExit):
        call_command("verify_notices")


def test_a_proposal_closed_before_the_end_of_its_third_day_is_named(unopposed):
    behind_our_back(
        "cases_caseevent",
        "UPDATE cases_caseevent SET at = '2026-03-05 15:59Z' WHERE verb = 'closed' "
        "AND case_id = %s",
        unopposed.pk,
    )
    findings = audited()
    assert "before 2026-03-05 16:00:00 UTC" in findings["notices"][0]
    assert "not as it was written" in findings["journal"][0]


def test_a_proposal_that_was_on_hold_has_the_days_that_were_left(ana, kim, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    case = cast.proposed(ana, kim)
    cast.send_notices(MONDAY)
    time_machine.move_to(utc("2026-03-03 17:30"), tick=False)  # one of three days is over
    actions.put_on_hold(case, by=kim, until=utc("2026-03-09 07:00"), text="On leave.")
    sweep_at(time_machine, utc("2026-03-09 07:00"))
    sweep_at(time_machine, utc("2026-03-11 16:00"))
    case.refresh_from_db()
    assert case.closing_reason == "unopposed"
    assert audited() == {}
    early = "UPDATE cases_caseevent SET at = '2026-03-11 15:59Z' WHERE verb = 'closed'"
    behind_our_back("cases_caseevent", early)
    assert "before 2026-03-11 16:00:00 UTC" in audited()["notices"][0]
    other = "UPDATE cases_caseevent SET verb = 'wait_resumed' WHERE verb = 'hold_ended'"
    behind_our_back("cases_caseevent", other)
    assert "had paused the contact's time" in audited()["notices"][0]


def test_a_proposal_that_nobody_could_oppose_has_the_days_that_were_left(
    ana, kim, maya, time_machine
):
    time_machine.move_to(MONDAY, tick=False)
    case = cast.proposed(ana, kim)
    cast.send_notices(MONDAY)
    time_machine.move_to(utc("2026-03-03 17:30"), tick=False)  # one of three days is over
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    actions.put_on_hold(case, by=kim, until=utc("2026-03-05 07:00"), text="On leave.")
    sweep_at(time_machine, utc("2026-03-05 07:00"))  # the hold ends, the suspension does not
    sweep_at(time_machine, utc("2026-03-09 07:00"))
    ana.designation.refresh_from_db()
    people.reinstate(ana.designation, by=maya, reason="It is renewed.")
    cast.send_notices(utc("2026-03-09 07:00"))
    sweep_at(time_machine, utc("2026-03-11 15:59"))
    case.refresh_from_db()
    assert case.is_open
    sweep_at(time_machine, utc("2026-03-11 16:00"))
    case.refresh_from_db()
    assert case.closing_reason == "unopposed"
    assert audited() == {}
    early = "UPDATE cases_caseevent SET at = '2026-03-11 15:59Z' WHERE verb = 'closed'"
    behind_our_back("cases_caseevent", early)
    assert "before 2026-03-11 16:00:00 UTC" in audited()["notices"][0]


def test_words_and_files_that_are_not_what_was_sent_are_named(ana, kim, settings):
    case = actions.attach(
        cast.file(ana), by=ana, upload=SimpleUploadedFile("log.txt", b"a line")
    ).case
    other = actions.attach(
        cast.file(ana), by=ana, upload=SimpleUploadedFile("b.txt", b"another")
    ).case
    actions.answer(case, by=kim, text="We look.")
    behind_our_back(
        "cases_caseupdate", "UPDATE cases_caseupdate SET text = 'No.' WHERE case_id = %s", case.pk
    )
    with open(Attachment.objects.get(case=case).file.path, "w") as file:
        file.write("another line")
    Attachment.objects.get(case=other).file.storage.delete(
        Attachment.objects.get(case=other).file.name
    )
    findings = audited()
    assert findings["words"] == [f"{case.code}: the words of event 3 are not as they were written."]
    assert findings["files"] == [
        f"{case.code}: the file “log.txt” is not as it was sent.",
        f"{other.code}: the file “b.txt” is missing.",
    ]


def test_a_missed_promise_without_its_fact_is_named(ana, kim, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    case = cast.file(ana)
    time_machine.move_to(utc("2026-03-03 12:00"), tick=False)
    actions.answer(case, by=kim, text="At last.")
    assert audited() == {}
    behind_our_back("sla_clockfact", "DELETE FROM sla_clockfact WHERE case_id = %s", case.pk)
    assert audited() == {
        "breaches": [f"{case.code}: the response promise 1 was missed, and no fact says so."]
    }


def test_a_critical_case_that_was_closed_past_the_gate_is_named(ana, kim, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    case = cast.proposed(ana, kim, severity=1)
    behind_our_back(
        "cases_caseevent",
        """INSERT INTO cases_caseevent
               (organisation_id, case_id, seq, verb, by_id, at, facing, particulars, recorded_at,
                   hash)
           VALUES (%s, %s, %s, 'closed', %s, now(), 'contact', '{"reason": "accepted"}', now(),
               '')""",
        case.organisation_id,
        case.pk,
        case.event_count + 1,
        ana.pk,
    )
    assert [finding.partition(" while")[2] for finding in audited()["rca"]] == [
        " it was Critical and without “initial_rca_sent”.",
        " it was Critical and without “rca_published”.",
    ]


def test_of_one_case_alone_only_that_case_is_told(unopposed, ana):
    other = cast.file(ana)
    behind_our_back(
        "cases_caseevent",
        "UPDATE cases_caseevent SET at = at - interval '1 hour' WHERE case_id = %s",
        other.pk,
    )
    assert audited("--case", unopposed.code) == {}
    assert set(audited("--case", other.code.lower())) >= {"journal"}


@pytest.mark.parametrize("code", ["CT-9999999", "nonsense", "CT-", "CT-99999999999999999999"])
def test_a_case_that_is_not_there_is_said_in_one_line(db, code):
    with pytest.raises(CommandError) as error:
        call_command("audit", "--case", code)
    assert error.value.returncode == 2
    assert "\n" not in str(error.value)


def test_a_history_that_was_only_measured_owes_no_notice(ana, kim, system, time_machine):
    ana.organisation.is_historical = True
    ana.organisation.save()
    time_machine.move_to(MONDAY, tick=False)
    case = cast.proposed(ana, kim)
    with current_time.backdated(MONDAY.replace(day=6), by=system):
        actions.close(case, by=system, reason="unopposed")
    assert audited() == {}
