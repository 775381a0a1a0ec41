"""§12 in console and portal: the document as it is written, its board, what the customer reads,
asks for and acknowledges.
"""

import os
import re
import zlib
from contextlib import suppress

import pytest

from caretrack.web.shared import pdf
from cases.models import Case
from rca import actions as rca
from rca.models import Acknowledgement, Analysis, CorrectiveAction, DocumentationRequest, Meeting
from tests import cast
from tests.cast import utc
from tests.pages import holds


@pytest.fixture
def monday(time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return time_machine


@pytest.fixture
def outage(ana, kim, monday):
    return cast.proposed(ana, kim, severity=1)


def form(**fields):
    """The editor's form as a browser posts it."""
    return {
        "base": "0",
        "summary": "Down.",
        "impact": "All.",
        "why_1": "Why down?",
        "because_1": "A full disk.",
        "action_1_what": "Alarm",
        "action_1_owner_name": "Their network team",
        "action_1_due_on": "2026-04-01",
    } | fields


def address(outage):
    return f"/console/rca/{outage.code}/"


# --- The editor


def test_a_reviewer_reads_that_a_corrective_action_would_be_late_from_the_start(
    client, outage, kim, maya, monday
):
    analysis = Analysis.objects.get(case=outage)
    rca.save_draft(analysis, by=kim, sections=cast.document())
    rca.submit(analysis, by=kim)
    client.force_login(maya)
    assert "late from the start" not in client.get(address(outage)).content.decode()
    monday.move_to(utc("2026-04-02 09:00"), tick=False)
    client.force_login(maya)
    page = client.get(address(outage)).content.decode()
    assert holds(page, "1 corrective action would be late from the start: the date has passed.")


def test_the_editor_keeps_every_part(as_kim, outage):
    seq = outage.events.get(verb="answered").seq
    as_kim.post(
        f"{address(outage)}draft/", form(event=[seq], **{f"words_{seq}": "Kim looked into it."})
    )
    page = as_kim.get(address(outage)).content.decode()
    for text in (
        "Kim looked into it.",
        "A full disk.",
        "Their network team",
        'value="2026-04-01"',
        "Down.",
    ):
        assert text in page


def test_it_saves_by_itself_and_says_how_the_words_stand(as_kim, outage):
    answer = as_kim.post(f"{address(outage)}draft/", form(), headers={"HX-Request": "true"})
    assert "Kept" in answer.content.decode()
    assert holds(answer.content, 'name="base" value="1"')
    assert Analysis.objects.get(case=outage).revision == 1


def test_a_clash_shows_both_and_a_second_saving_settles_it(as_kim, outage, lee):
    rca.save_draft(Analysis.objects.get(case=outage), by=lee, sections={"summary": "Lee's words."})
    line = as_kim.post(f"{address(outage)}draft/", form(), headers={"HX-Request": "true"})
    assert line.status_code == 200  # somebody is still writing
    assert "Not saved." in line.content.decode()
    page = as_kim.post(f"{address(outage)}draft/", form())
    body = page.content.decode()
    assert page.status_code == 422
    assert "Lee&#x27;s words." in body or "Lee's words." in body
    assert ">Down.</textarea>" in body
    assert holds(body, 'name="base" value="1"')
    assert as_kim.post(f"{address(outage)}draft/", form(base="1")).status_code == 302
    assert Analysis.objects.get(case=outage).draft["summary"] == "Down."


def test_words_that_come_too_late_are_shown_to_be_copied(as_kim, outage, lee):
    analysis = Analysis.objects.get(case=outage)
    rca.save_draft(analysis, by=lee, sections=cast.document())
    rca.submit(analysis, by=lee)
    page = as_kim.post(f"{address(outage)}draft/", form(base="1", summary="Late words."))
    assert page.status_code == 422
    assert "Late words." in page.content.decode()


def test_a_date_that_is_none_is_named_and_nothing_is_lost(as_kim, outage):
    page = as_kim.post(f"{address(outage)}draft/", form(action_1_due_on="soon"))
    assert page.status_code == 422
    assert "“soon” is no date" in page.content.decode()
    assert ">Alarm</textarea>" in page.content.decode()


def test_comments_stand_beside_the_draft_and_are_dealt_with(as_kim, outage):
    assert (
        as_kim.post(f"{address(outage)}comments/", {"part": "impact", "text": ""}).status_code
        == 422
    )
    as_kim.post(f"{address(outage)}comments/", {"part": "impact", "text": "How many?"})
    comment = Analysis.objects.get(case=outage).comments.get()
    assert "How many?" in as_kim.get(address(outage)).content.decode()
    as_kim.post(f"{address(outage)}comments/{comment.pk}/resolution/")
    assert "Dealt with by Kim Kato" in as_kim.get(address(outage)).content.decode()


def test_the_editor_costs_a_fixed_number_of_statements(
    as_kim, outage, kim, django_assert_max_num_queries
):
    analysis = Analysis.objects.get(case=outage)
    for n in range(12):
        rca.comment(analysis, by=kim, text=f"Remark {n}")
    with django_assert_max_num_queries(14):
        as_kim.get(address(outage))


def test_what_changed_between_two_versions_is_shown(as_kim, outage, kim, maya):
    first = cast.published(outage, kim, maya)
    row = {
        name: first.sections["actions"][0][name] for name in ("key", "what", "owner_name", "due_on")
    }
    cast.published(outage, kim, maya, summary="Corrected.", actions=[row])
    body = as_kim.get(f"{address(outage)}versions/2/difference/").content.decode()
    assert "<ins>+ Corrected.</ins>" in body
    assert "<del>− Words.</del>" in body
    assert as_kim.get(f"{address(outage)}versions/3/difference/").status_code == 404


# --- The board, and what is tracked


@pytest.mark.parametrize(
    ("view", "day", "shown"),
    [
        ("owed", "2026-03-02", True),
        ("late", "2026-03-02", False),
        ("late", "2026-03-06", True),
        ("review", "2026-03-02", False),
        ("unread", "2026-03-02", False),
    ],
)
def test_an_owed_analysis_stands_where_it_belongs(as_kim, outage, monday, view, day, shown):
    monday.move_to(utc(f"{day} 09:00"), tick=False)
    page = as_kim.get(f"/console/rca/?view={view}")
    assert (outage.code in page.content.decode()) == shown
    assert {name: count for name, _label, count in page.context["tabs"]}[view] == int(shown)


def test_a_published_one_waits_for_its_acknowledgement(as_kim, outage, ana, kim, maya):
    version = cast.published(outage, kim, maya)
    assert outage.code in as_kim.get("/console/rca/?view=unread").content.decode()
    rca.acknowledge(version, by=ana)
    assert outage.code not in as_kim.get("/console/rca/?view=unread").content.decode()
    assert outage.code in as_kim.get("/console/rca/?view=published").content.decode()


def test_the_board_goes_on_where_a_page_ends(as_kim, ana, kim, monday, monkeypatch):
    from caretrack.web.console.rca import board

    monkeypatch.setattr(board, "SIZE", 2)
    codes = [cast.proposed(ana, kim, severity=2).code for _ in range(5)]
    seen, after = [], ""
    for _ in range(3):
        page = as_kim.get(f"/console/rca/?after={after}")
        seen += [row.case.code for row, _clock in page.context["rows"]]
        after = page.context["after"]
    assert sorted(seen) == sorted(codes)
    assert after == ""
    assert as_kim.get("/console/rca/?after=nonsense").status_code == 200


def test_the_board_costs_a_fixed_number_of_statements(
    as_kim, ana, kim, monday, django_assert_max_num_queries
):
    for _ in range(4):
        cast.proposed(ana, kim, severity=2)
    with django_assert_max_num_queries(8):
        as_kim.get("/console/rca/")


def test_corrective_actions_are_listed_the_late_first_and_moved(as_kim, outage, kim, maya, monday):
    cast.published(outage, kim, maya)
    action = CorrectiveAction.objects.get()
    monday.move_to(utc("2026-04-02 09:00"), tick=False)
    assert "1 late" in as_kim.get("/console/rca/actions/").content.decode()
    assert (
        as_kim.post(
            f"/console/rca/actions/{action.pk}/", {"state": "dropped", "text": ""}
        ).status_code
        == 422
    )
    as_kim.post(f"/console/rca/actions/{action.pk}/", {"state": "done", "text": "Built."})
    assert "Built." in as_kim.get("/console/rca/actions/?view=over").content.decode()


# --- The customer's side


def test_the_customer_reads_the_whole_analysis_and_how_far_its_actions_are(
    as_ana, outage, kim, maya
):
    assert as_ana.get(f"/portal/cases/{outage.code}/rca/").status_code == 404
    seq = outage.events.get(verb="answered").seq
    cast.published(
        outage,
        kim,
        maya,
        timeline=[{"event": seq, "words": "An analyst looked."}],
        whys=[{"why": "Why down?", "because": "A full disk."}],
    )
    rca.move_action(CorrectiveAction.objects.get(), by=kim, state="done", words="Built.")
    body = as_ana.get(f"/portal/cases/{outage.code}/rca/").content.decode()
    for text in ("An analyst looked.", "Mon 2 Mar 2026 10:00", "A full disk.", "Done", "Built."):
        assert text in body
    assert "Built." not in as_ana.get(f"/portal/cases/{outage.code}/rca/1/print/").content.decode()


def test_a_contact_acknowledges_and_a_colleague_reads_along(
    as_ana, ana, cole, outage, kim, maya, client
):
    cast.published(outage, kim, maya)
    there = f"/portal/cases/{outage.code}/rca/1/acknowledgement/"
    assert as_ana.post(there).status_code == 302
    assert Acknowledgement.objects.get().by == ana
    assert as_ana.post(there).status_code == 422
    client.force_login(cole)
    assert "has acknowledged" in client.get(f"/portal/cases/{outage.code}/rca/").content.decode()
    assert client.post(there).status_code == 403


def test_the_file_is_a_tagged_pdf_and_served_as_a_download(as_ana, outage, kim, maya):
    if not pdf.is_possible():
        assert "CI" not in os.environ, "there the file is made for certain: .ci/run installs Pango"
        pytest.skip(
            "WeasyPrint needs Pango, which no wheel brings; without it the print "
            "page is tested in this one's stead"
        )
    cast.published(
        outage,
        kim,
        maya,
        summary="復旧しました。 [x](file:///etc/passwd) ![y](http://127.0.0.1/z.png)",
    )
    answer = as_ana.get(f"/analyses/{outage.code}/1/file/")
    assert answer.content.startswith(b"%PDF-1.7")
    inside = _unpacked(answer.content)
    for mark in (b"/MarkInfo", b"/StructTreeRoot", b"/Lang", b"pdfuaid:part"):
        assert mark in inside
    assert answer["Content-Disposition"].startswith("attachment;")
    assert (answer["X-Content-Type-Options"], answer["Content-Type"]) == (
        "nosniff",
        "application/pdf",
    )


def _unpacked(file: bytes) -> bytes:
    """A PDF with its packed streams opened."""
    opened = [file]
    for piece in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", file, re.DOTALL):
        with suppress(zlib.error):
            opened.append(zlib.decompress(piece))
    return b"\n".join(opened)


def test_the_file_leads_to_the_print_page_where_the_machine_cannot_make_it(
    as_ana, outage, kim, maya, monkeypatch
):
    monkeypatch.setattr(pdf, "is_possible", lambda: False)
    cast.published(outage, kim, maya)
    answer = as_ana.get(f"/analyses/{outage.code}/1/file/")
    assert answer.url == f"/portal/cases/{outage.code}/rca/1/print/"


def test_a_document_fetches_nothing():
    with pytest.raises(ValueError, match="fetches nothing"):
        pdf._fetch_nothing("file:///etc/passwd")


def test_no_stranger_gets_the_file(client, ben, outage, kim, maya):
    cast.published(outage, kim, maya)
    client.force_login(ben)
    assert client.get(f"/analyses/{outage.code}/1/file/").status_code == 404
    client.logout()
    assert client.get(f"/analyses/{outage.code}/1/file/").status_code == 302


def test_a_request_for_documentation_checks_the_number_and_becomes_a_case(
    as_ana, ana, ben, cole, outage, kim
):
    theirs = cast.file(ben)
    form_data = {"wants": "The plan.", "recipients": [ana.pk, cole.pk], "talk": "Why us?"}
    for wrong in (theirs.code, "CT-9999999", "x"):
        page = as_ana.post("/portal/documentation/", form_data | {"case": wrong})
        assert page.status_code == 422
        assert "no case of that number" in page.content.decode()
    assert (
        as_ana.post(
            "/portal/documentation/", form_data | {"case": outage.code, "recipients": [ben.pk]}
        ).status_code
        == 422
    )
    answer = as_ana.post("/portal/documentation/", form_data | {"case": f" {outage.code.lower()} "})
    case = Case.objects.get(kind="documentation")
    assert answer.url == f"/portal/cases/{case.code}/"
    body = as_ana.get(answer.url).content.decode()
    assert "Cole Conrad" in body
    assert outage.code in body


def test_care_delivers_and_arranges_and_the_contact_sees_when(
    client, ana, cole, outage, kim, monday
):
    event = rca.request_documentation(
        outage, by=ana, wants="The plan.", recipients=[ana], talk="Why us?"
    )
    code = event.case.code
    client.force_login(kim)
    there = f"/console/rca/requests/{code}/"
    assert "once the documents are delivered" in client.get(there).content.decode()
    meeting = {
        "on": "2026-03-12",
        "at": "15:00",
        "zone": "Europe/Berlin",
        "minutes": "30",
        "place": "Room 4",
        "attendees": [ana.pk, kim.pk],
    }
    assert client.post(f"{there}meeting/", meeting).status_code == 422
    assert client.post(f"{there}delivery/", {"text": "Here it is."}).status_code == 302
    assert (
        client.post(f"{there}meeting/", meeting | {"on": "2026-03-29", "at": "02:30"}).status_code
        == 422
    )
    assert client.post(f"{there}meeting/", meeting).status_code == 302
    assert Meeting.objects.get().starts_at == utc("2026-03-12 14:00")
    assert "Room 4" in client.get(there).content.decode()
    client.force_login(ana)
    assert "Room 4" in client.get(f"/portal/cases/{code}/").content.decode()
    client.force_login(kim)
    assert client.post(f"{there}cancellation/", {"text": "Ill."}).status_code == 302
    assert client.post(f"{there}cancellation/", {"text": "Ill."}).status_code == 404


def test_late_requests_are_counted_on_the_board_and_listed(as_kim, ana, outage, monday):
    rca.request_documentation(outage, by=ana, wants="The plan.", recipients=[ana])
    code = DocumentationRequest.objects.get().case.code
    assert code not in as_kim.get("/console/rca/requests/?view=late").content.decode()
    monday.move_to(utc("2026-03-20 09:00"), tick=False)
    assert code in as_kim.get("/console/rca/requests/?view=late").content.decode()
    assert (
        '<strong class="late">late</strong>'
        in as_kim.get(f"/console/cases/{code}/").content.decode()
    )
    assert holds(as_kim.get("/console/rca/").content, "Documentation requests <strong>1 late")


def test_a_discussion_is_asked_for_on_the_request_s_page(as_ana, ana, outage):
    event = rca.request_documentation(outage, by=ana, wants="The plan.", recipients=[ana])
    there = f"/portal/cases/{event.case.code}/"
    assert "discussion/" in as_ana.get(there).content.decode()
    assert as_ana.post(f"{there}discussion/", {"text": "Why us?"}).status_code == 302
    assert "discussion/" not in as_ana.get(there).content.decode()
    assert as_ana.post(f"/portal/cases/{outage.code}/discussion/", {"text": "x"}).status_code == 422
