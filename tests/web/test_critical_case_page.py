"""A Critical case says who must stay reachable, and whom to call (§6); forms take evidence."""

import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases import actions
from tests import cast


def page(client, case):
    return html.unescape(client.get(f"/portal/cases/{case.code}/").content.decode())


def test_a_critical_case_says_which_number_to_keep_free_and_whom_to_call(as_ana, ana, kim):
    case = cast.file(ana, severity=1, on_duty_name="Ana Albers", call_back_number="+49 30 555 1")
    shown = " ".join(page(as_ana, case).split())
    assert "Please keep +49 30 555 1 free: we call Ana Albers there." in shown
    assert f"and mention {case.code}" in shown
    case = actions.take(case, by=kim).case
    assert "Kim Kato is working on this case." in " ".join(page(as_ana, case).split())


def test_nobody_is_asked_to_wait_at_the_phone_once_service_is_restored(as_ana, ana, kim):
    case = actions.take(cast.file(ana, severity=1), by=kim).case
    case = actions.restore(case, by=kim, text="It runs.").case
    assert "Please keep" not in page(as_ana, case)


def test_a_case_of_lower_severity_asks_nobody_to_stay_at_the_phone(as_ana, ana):
    assert "Please keep" not in page(as_ana, cast.file(ana, severity=2))


@pytest.mark.parametrize("noun", ["issue", "reopening"])
def test_an_issue_and_a_reopening_take_files(as_ana, ana, kim, noun):
    case = cast.proposed(ana, kim)
    if noun == "reopening":
        case = actions.accept(case, by=ana).case
    answer = as_ana.post(
        f"/portal/cases/{case.code}/{noun}/",
        {"text": "It fails again.", "files": [SimpleUploadedFile("again.log", b"still failing")]},
    )
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.is_open
    assert case.attachments.get().name == "again.log"


def test_an_active_contact_finds_their_course_and_certificate(as_ana, ana):
    certificate = cast.pass_training(ana)
    shown = html.unescape(as_ana.get("/portal/joining/").content.decode())
    assert 'href="/portal/training/"' in shown
    assert certificate.number in shown
