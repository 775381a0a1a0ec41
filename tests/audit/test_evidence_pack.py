"""The evidence pack: an auditor proves a case offline, and finds every change made in the pack
or before it.
"""

import hashlib
import io
import json
import subprocess
import sys
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from audit import evidence_pack
from cases import actions
from contacts import actions as people
from rca import actions as rca
from rca.models import Analysis
from sla import sweeps
from tests import cast
from tests.cast import utc


@pytest.fixture
def case(ana, kim, maya, time_machine):
    """A Critical case with everything on it: a night, a weekend, a missed promise, a wait, an RCA,
    a silent closing.
    """
    time_machine.move_to(utc("2026-03-06 15:30"), tick=False)
    case = cast.file(ana, severity=2, title="通話が切れる")
    time_machine.move_to(utc("2026-03-09 09:00"), tick=False)
    case = actions.note(case, by=kim, text="It smells of the codec.").case
    case = actions.request_information(case, by=kim, text="Which phones?").case
    time_machine.move_to(utc("2026-03-10 09:00:07"), tick=False)
    case = actions.answer_as_contact(case, by=ana, text="All of them.").case
    case = actions.attach(case, by=ana, upload=SimpleUploadedFile("log.txt", b"a line")).case
    case = actions.set_severity(case, by=kim, severity=1, text="Nobody can call.").case
    case = actions.propose_resolution(case, by=kim, text="The codec was changed.").case
    analysis = Analysis.objects.get(case=case)
    rca.send_initial(analysis, by=kim, text="A node failed.")
    rca.save_draft(analysis, by=kim, sections=cast.document())
    rca.submit(analysis, by=kim)
    rca.publish(analysis, by=maya)
    cast.send_notices(utc("2026-03-10 09:00:08"))
    time_machine.move_to(utc("2026-03-13 16:00"), tick=False)
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.closing_reason == "unopposed"
    return case


def unpacked(packed: bytes, folder):
    """The folder that an auditor gets."""
    folder = folder / "unpacked"
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(folder)
    return next(folder.iterdir())


def checked(folder):
    """What the pack's own program says of it, run as its reader would run it: with nothing of ours
    at hand.
    """
    run = [sys.executable, "-I", str(folder / "check.py")]
    done = subprocess.run(
        run, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin"}, cwd="/"
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("reader", ["kim", "ana"])
def test_a_whole_pack_proves_itself_to_both_sides(case, reader, request, tmp_path):
    code, output = checked(
        unpacked(evidence_pack.build(case, by=request.getfixturevalue(reader)), tmp_path)
    )
    assert (code, output.splitlines()[-1]) == (0, f"{case.code}: everything holds."), output


@pytest.mark.parametrize("reader", ["kim", "ana"])
def test_a_pack_with_holds_and_a_side_conversation_proves_itself(
    reader, ana, kim, time_machine, tmp_path, request
):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    case = cast.proposed(ana, kim)
    cast.send_notices(utc("2026-03-02 09:01"))
    time_machine.move_to(utc("2026-03-03 10:10:10"), tick=False)
    conversation = actions.open_side_conversation(
        case, by=kim, subject="A port", recipients=["noc@carrier.example"], text="Is it open?"
    )
    actions.log_side_reply(conversation, by=kim, sender="noc@carrier.example", text="It is.")
    for day in ("2026-03-10 07:00", "2026-03-12 07:00"):
        actions.put_on_hold(case, by=kim, until=utc(day), text="On leave.")
    time_machine.move_to(utc("2026-03-12 07:00"), tick=False)
    sweeps.check_clocks()
    case.refresh_from_db()
    pack = evidence_pack.build(case, by=request.getfixturevalue(reader))
    code, output = checked(unpacked(pack, tmp_path))
    assert code == 0, output
    texts = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*.json"))
    assert ("carrier.example" in texts) == (reader == "kim"), "internal"


def test_a_customers_pack_shows_nothing_internal_and_yet_the_whole_chain(case, ana, kim, tmp_path):
    folder, cares = (
        unpacked(evidence_pack.build(case, by=one), tmp_path / one.email) for one in (ana, kim)
    )
    assert "smells of the codec" not in "".join(
        file.read_text("utf-8") for file in folder.iterdir()
    )
    assert "smells of the codec" in (cares / "journal.json").read_text("utf-8")
    journal = json.loads((folder / "journal.json").read_text())
    assert [event["seq"] for event in journal] == list(range(1, case.event_count + 1))
    assert {"seq", "facing", "hash"} in [set(event) for event in journal]


def change(folder, name, old, new):
    """Change a file of the pack as a careful forger would: the manifest is made to fit."""
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("name", "old", "new", "finding"),
    [
        ("journal.json", "Which phones?", "Which telephones?", "the words of event"),
        (
            "journal.json",
            '"verb": "severity_set"',
            '"verb": "answered"',
            "(answered) is not as it was written",
        ),
        ("journal.json", "2026-03-09T09:00:00", "2026-03-09T08:00:00", "is not as it was written"),
        ("clocks.json", '"due_at": "2026-03-', '"due_at": "2026-04-', "counted anew"),
        ("facts.json", '"breached"', '"warned"', "it was missed, and no fact says so"),
    ],
)
def test_what_was_changed_in_a_pack_is_found(case, kim, name, old, new, finding, tmp_path):
    folder = unpacked(evidence_pack.build(case, by=kim), tmp_path)
    change(folder, name, old, new)
    assert finding in checked(folder)[1]


def test_a_pack_without_the_notice_of_its_closing_does_not_hold(case, kim, tmp_path):
    folder = unpacked(evidence_pack.build(case, by=kim), tmp_path)
    notices = json.loads((folder / "notices.json").read_text())
    proposal = case.events.get(verb="resolution_proposed").seq
    saved = [notice for notice in notices if notice["event"] != proposal]
    assert len(saved) < len(notices)
    change(folder, "notices.json", (folder / "notices.json").read_text(), json.dumps(saved))
    code, output = checked(folder)
    assert code == 1
    assert "without a notice sent before" in output


def test_a_file_that_differs_from_the_manifest_is_named(case, kim, tmp_path):
    folder = unpacked(evidence_pack.build(case, by=kim), tmp_path)
    (folder / "rca.json").write_text("{}")
    code, output = checked(folder)
    assert code == 1
    assert "rca.json is not the file that was packed." in output


def test_the_pack_is_a_download_for_whoever_may_see_the_case(case, ana, ben, kim, client):
    for reader, status in ((ana, 200), (kim, 200), (ben, 404)):
        client.force_login(reader)
        answer = client.get(f"/cases/{case.code}/evidence-pack/")
        assert answer.status_code == status
        if status == 200:
            assert answer["Content-Type"] == "application/zip"
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert f"{case.code}-evidence.zip" in answer["Content-Disposition"]


def test_the_command_writes_the_pack_and_tells_its_digest(case, tmp_path, capsys):
    target = tmp_path / "pack.zip"
    call_command("evidence_pack", case.code, "--out", str(target))
    assert (
        capsys.readouterr().out
        == f"{target}  SHA-256 {hashlib.sha256(target.read_bytes()).hexdigest()}\n"
    )
    with pytest.raises(CommandError) as error:
        call_command(
            "evidence_pack", case.code, "--out", str(tmp_path / "no" / "such" / "folder.zip")
        )
    assert error.value.returncode == 2


def test_how_care_is_warned_is_not_in_a_customers_pack(case, ana, kim, tmp_path):
    folder, cares = (
        unpacked(evidence_pack.build(case, by=one), tmp_path / one.email) for one in (ana, kim)
    )
    assert "ladder" not in (folder / "terms.json").read_text("utf-8")
    assert "ladder" in (cares / "terms.json").read_text("utf-8")
    assert '"warned"' not in (folder / "facts.json").read_text("utf-8")
    assert json.loads((folder / "manifest.json").read_text())["made_for"] == "the customer"
    assert json.loads((cares / "manifest.json").read_text())["made_for"] == "Care"


@pytest.mark.parametrize("reader", ["care", "customer"])
def test_a_pack_of_a_case_from_which_a_person_was_erased_proves_itself_and_finds_a_forger(
    ana, acme, kim, maya, reader, time_machine, tmp_path
):
    time_machine.move_to(utc("2026-03-09 09:00"), tick=False)
    case = cast.file(ana, severity=1, on_duty_name="Ana Albers", call_back_number="+49 30 5550101")
    actions.log_call(
        case, by=kim, whom="Ana Albers", number="+49 30 5550101", reached=True, text="She is there."
    )
    people.revoke(ana.designation, by=maya, reason="Left.")
    people.end_access(ana, by=maya, reason="Left.")
    people.erase_person(ana, by=maya, reason="Asked for.", address=ana.email)
    case.refresh_from_db()
    other = cast.contact(acme, "Bea Berg", "bea@acme.example")
    folder = unpacked(evidence_pack.build(case, by=kim if reader == "care" else other), tmp_path)
    code, output = checked(folder)
    assert (code, output.splitlines()[-1]) == (0, f"{case.code}: everything holds."), output
    assert "Ana Albers" not in (folder / "journal.json").read_text("utf-8")
    change(folder, "journal.json", '"on_duty": "[erased]"', '"on_duty": "Kim"')
    assert "event 1 is not as an erasing left it" in checked(folder)[1]
