"""§5: the ending of a name decides what may be attached, also if spelling hides it; and room is
limited.
"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from cases import actions
from cases.files import attachments, endings, quota, staging
from cases.models import Attachment, StagedFile
from core.errors import Refused
from core.tenancy import organisation_scope
from tests import cast

TEXT = b"12:00 call dropped\n"


def upload(name, content=TEXT):
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "sip.log",
            "notes.TXT",
            "trace.pcapng",
            "browser.har",
            "call.wav",
            "screen.png",
            "report.pdf",
            "all.tar.gz",
        ),
        *(
            "messages",
            "README",
            "messages.1",
            "app.log.12",
            "app.log-20260301",
            "log-2026-03-01",
            "dump.7z.001",
        ),
        *(
            "app.acme.com.har",
            "deploy.sh.log",
            "notes.v1.2.txt",
            "報告書.pdf",
            "ログ．ｔｘｔ",
            "a.txt. . ",
        ),
    ],
)
def test_evidence_is_accepted(name):
    attachments.check(upload(name))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "a.exe",
            "a.ｅxe",
            "a．exe",
            "a․exe",
            "a.EXE.",
            "a.exe. .",
            "a.exe\u3000",
            "x.pdf.exe",
            "a.exe.1",
            "a.exe .txt",
        ),
        *(
            "a.url",
            "a.scf",
            "a.library-ms",
            "a.settingcontent-ms",
            "a.msc",
            "a.xll",
            "a.jnlp",
            "a.iso",
            "a.mht",
        ),
        *(
            "a.docm",
            "a.xlsm",
            "a.html",
            "a.svg",
            "a.sh",
            "a.com",
            "a.py",
            "a.lnk",
            "a.appref-ms",
            "a.vhdx",
        ),
        *("a.txt:evil", "a.exe::$DATA", "a.txt\u3164", "a.one", "a.unknown"),
    ],
)
def test_a_name_that_could_run_or_is_unknown_is_refused(name):
    with pytest.raises(Refused):
        attachments.check(upload(name))


def test_a_refusal_lists_what_is_accepted(settings):
    settings.FILE_ENDINGS = frozenset({"log", "txt"})
    with pytest.raises(Refused) as refused:
        attachments.check(upload("report.pdf"))
    assert refused.value.reason == (
        "report.pdf was not attached: files that end in .pdf are not accepted. These "
        "endings are: .log .txt"
    )


def test_a_refusal_of_a_long_list_names_the_common_endings():
    with pytest.raises(Refused) as refused:
        attachments.check(upload("page.html"))
    assert refused.value.reason.endswith(
        "These endings are: .log .txt .pdf .png .jpg .zip .gz .csv .json .xml .har "
        ".pcap .docx .xlsx .wav .mp3 .mp4 …"
    )


def test_a_file_without_an_ending_must_be_text():
    with pytest.raises(Refused, match="has no ending"):
        attachments.check(upload("core", b"\x00\x01\x02"))


def test_an_operator_changes_the_list_or_replaces_it():
    assert endings.parse(["+.one", "+X", "-.eml"]) == endings.DEFAULT - {"eml"} | {
        "one",
        "x",
    }
    assert endings.parse([".LOG", "txt"]) == {"log", "txt"}


@pytest.mark.parametrize("entries", [["+one", "txt"], ["*.txt"], [""], ["a b"], ["tar.gz"]])
def test_a_list_that_cannot_be_read_is_refused(entries):
    with pytest.raises(ValueError, match=r"ending|entry"):
        endings.parse(entries)


# --- Room


def test_attached_and_staged_files_count_for_their_organisation_only(ana, ben):
    case = cast.file(ana)
    actions.attach(case, by=ana, upload=upload("a.log", b"x" * 100))
    staging.stage(by=ana, upload=upload("b.log", b"x" * 20))
    staging.stage(by=ben, upload=upload("c.log", b"x" * 7))
    assert quota.used_bytes(ana.organisation_id) == 120
    assert quota.used_bytes(ben.organisation_id) == 7


def test_room_is_counted_inside_the_organisations_own_scope(ana):
    actions.attach(cast.file(ana), by=ana, upload=upload("a.log", b"x" * 100))
    with organisation_scope(ana.organisation_id):
        assert quota.used_bytes(ana.organisation_id) == 100


def test_counting_is_one_statement(ana, django_assert_num_queries):
    with django_assert_num_queries(1):
        quota.used_bytes(ana.organisation_id)


def test_a_file_beyond_the_room_is_refused_with_what_to_do(ana, ben, settings):
    settings.FILES_QUOTA_BYTES = 150
    case = cast.file(ana)
    actions.attach(case, by=ana, upload=upload("a.log", b"x" * 100))
    for act in (
        lambda: actions.attach(case, by=ana, upload=upload("b.log", b"x" * 51)),
        lambda: staging.stage(by=ana, upload=upload("b.log", b"x" * 51), case=case),
    ):
        with pytest.raises(
            Refused, match=r"There is no room for b\.log.*ask Care to raise the limit"
        ) as refused:
            act()
        assert "150" in refused.value.reason
    assert (Attachment.objects.count(), StagedFile.objects.count()) == (1, 0)
    actions.attach(case, by=ana, upload=upload("c.log", b"x" * 50))
    staging.stage(by=ben, upload=upload("d.log", b"x" * 150))


def test_sending_a_file_that_went_ahead_takes_no_room_twice(ana, settings):
    settings.FILES_QUOTA_BYTES = 100
    case = cast.file(ana)
    staged = staging.stage(by=ana, upload=upload("a.log", b"x" * 100), case=case)
    actions.attach_staged(case, by=ana, staged=[staged.pk])
    assert quota.used_bytes(ana.organisation_id) == 100


def test_the_sizes_are_read_from_the_index_alone(ana):
    with connection.cursor() as cursor:
        # While the table is empty every index costs the same, so the others go.
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
        cursor.execute("RESET ROLE")
        cursor.execute(
            "ALTER TABLE cases_attachment DROP CONSTRAINT cases_attachment_in_organisation"
        )
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'cases_attachment' "
            "AND indexdef LIKE '%%organisation_id%%' AND indexname <> 'attachment_sizes'"
        )
        for (other,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {other}")
        cursor.execute(f"SET ROLE {role}")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            "EXPLAIN SELECT sum(size) FROM cases_attachment WHERE organisation_id = %s",
            [ana.organisation_id],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Only Scan using attachment_sizes" in plan
