"""§5: where a scanner is configured a file waits until it is found clean, and what carries malware
is never served.
"""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases import actions, tasks
from cases.choices import EventType
from cases.files import clamd, quarantine
from cases.models import Attachment, Notification
from core.errors import Refused
from tests import cast, scanner

NOWHERE = "tcp://127.0.0.1:1"


@pytest.fixture(params=scanner.INSTALLED)
def daemon(request, settings, tmp_path_factory):
    """A scanner that answers: the tests' own, and the machine's clamd where there is one."""
    folder = tmp_path_factory.mktemp("clamd") / "d"
    with scanner.fake() if request.param == "fake" else scanner.clamd(folder) as address:
        settings.CLAMD = address
        yield address


def attach(ana, content=b"12:00 call dropped\n", name="log.txt", **more):
    case = cast.file(ana)
    actions.attach(case, by=ana, upload=SimpleUploadedFile(name, content), **more)
    return Attachment.objects.get(case=case)


def scanned(file):
    quarantine.scan(file.pk)
    file.refresh_from_db()
    return file


def test_a_clean_file_waits_and_is_then_served(daemon, ana, client):
    file = attach(ana)
    assert file.scan_state == "waiting"
    client.force_login(ana)
    refused = client.get(f"/attachments/{file.pk}/")
    assert (refused.status_code, "still being checked" in refused.content.decode()) == (403, True)
    assert "being checked" in client.get(f"/portal/cases/{file.case.code}/").content.decode()
    assert scanned(file).scan_state == "clean"
    assert client.get(f"/attachments/{file.pk}/").status_code == 200


def test_a_file_with_malware_is_blocked_for_both_sides_who_are_told(daemon, ana, kim, client):
    file = attach(ana, scanner.EICAR, "invoice.txt")
    file.case = actions.take(file.case, by=kim).case
    assert scanned(file).scan_state == "infected"
    assert file.finding.startswith(scanner.FINDING)
    for reader, audience in ((ana, "portal"), (kim, "console")):
        client.force_login(reader)
        answer = client.get(f"/attachments/{file.pk}/")
        assert (answer.status_code, "was blocked" in answer.content.decode()) == (403, True)
        shown = client.get(f"/{audience}/cases/{file.case.code}/").content.decode()
        assert f"blocked: {file.finding}" in shown
        assert f'href="/attachments/{file.pk}/"' not in shown
    assert cast.verbs(file.case)[-1] == EventType.FILE_BLOCKED
    notifications = Notification.objects.filter(subject__contains="was blocked")
    assert {notice.recipient for notice in notifications} == {ana, kim}
    assert "carries malware" in notifications.first().text


def test_a_large_file_goes_through_in_pieces(daemon, ana):
    assert scanned(attach(ana, b"x" * 3_000_000 + scanner.EICAR)).scan_state == "infected"
    assert scanned(attach(ana, b"a quiet log\n" * 200_000)).scan_state == "clean"


def test_a_blocked_file_is_blocked_once(daemon, ana, system):
    file = scanned(attach(ana, scanner.EICAR))
    assert quarantine.scan(file.pk) is False
    with pytest.raises(Refused, match="blocked already"):
        actions.block_file(file, by=system, finding="x")
    assert cast.verbs(file.case).count(EventType.FILE_BLOCKED) == 1


def test_while_the_scanner_is_away_files_wait_and_the_sweep_asks_again(
    ana, settings, client, time_machine
):
    time_machine.move_to(timezone.now(), tick=False)
    settings.CLAMD = NOWHERE
    file = attach(ana)
    assert scanned(file).scan_state == "waiting"
    assert client.get("/readyz").status_code == 200
    assert quarantine.scan_waiting() == 0  # asked a moment ago
    with scanner.fake() as address:
        settings.CLAMD = address
        time_machine.move_to(timezone.now() + timedelta(minutes=3), tick=False)
        tasks.scan_waiting_files()
    file.refresh_from_db()
    assert file.scan_state == "clean"


@pytest.mark.parametrize(
    "says", [b"", b"stream: UNKNOWN ERROR\0", b"nonsense\0"], ids=["silence", "error", "nonsense"]
)
def test_an_answer_that_is_no_answer_lets_nothing_through(ana, settings, says):
    with scanner.fake(says=says or b"\0") as address:
        settings.CLAMD = address
        assert scanned(attach(ana)).scan_state == "waiting"


def test_a_file_too_large_for_the_scanner_waits(ana, settings):
    with scanner.fake(limit=10) as address:
        settings.CLAMD = address
        assert scanned(attach(ana, b"x" * 200_000)).scan_state == "waiting"


def test_the_sweep_stops_at_the_first_silence(ana, settings):
    settings.CLAMD = NOWHERE
    first, second = attach(ana), attach(ana)
    assert quarantine.scan_waiting() == 0
    first.refresh_from_db(), second.refresh_from_db()
    assert first.next_scan_at > second.next_scan_at


def test_without_a_scanner_nothing_is_asked_and_nothing_waits(ana, settings, client):
    settings.CLAMD = ""
    file = attach(ana)
    assert (file.scan_state, quarantine.scan(file.pk), quarantine.scan_waiting()) == (
        "not_needed",
        False,
        0,
    )
    client.force_login(ana)
    assert client.get(f"/attachments/{file.pk}/").status_code == 200


def test_only_the_scanner_blocks(ana, kim, settings):
    settings.CLAMD = NOWHERE
    with pytest.raises(Refused, match="Only the scanner"):
        actions.block_file(attach(ana), by=kim, finding="x")


def test_an_internal_file_that_is_blocked_stays_internal(ana, kim, settings):
    with scanner.fake() as address:
        settings.CLAMD = address
        case = cast.file(ana)
        upload = SimpleUploadedFile("x.txt", scanner.EICAR)
        actions.attach(case, by=kim, upload=upload, facing="internal")
        scanned(Attachment.objects.get())
    assert case.events.last().facing == "internal"
    assert not Notification.objects.filter(subject__contains="was blocked").exists()


def test_the_address_of_a_scanner_is_understood_or_it_is_away(tmp_path):
    for address in (f"unix://{tmp_path}/nothing", NOWHERE, "tcp://"):
        with pytest.raises(clamd.Unavailable), open(__file__, "rb") as file:
            clamd.scan(file, address)
