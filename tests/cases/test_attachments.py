"""§5: the bytes of a file decide its type, and what could run is refused."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection

from cases import actions
from cases.files import attachments
from cases.models import Attachment
from core.errors import Refused
from tests import cast

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 64


def attach(case, by, name="log.txt", content=b"12:00 call dropped\n", **more):
    return actions.attach(case, by=by, upload=SimpleUploadedFile(name, content), **more)


def test_a_file_is_kept_with_its_digest_and_sniffed_type(ana):
    case = cast.file(ana)
    event = attach(case, ana, "screen.txt", PNG)
    saved = Attachment.objects.get(case=case)
    assert (saved.content_type, saved.size) == ("image/png", len(PNG))
    assert event.particulars["sha256"] == saved.sha256
    assert saved.file.read() == PNG
    assert "screen" not in saved.file.name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("setup.exe", b"MZ\x90\x00"),
        ("picture.png", b"MZ\x90\x00pretends"),
        ("log.txt", b"\x7fELF\x02"),
        ("run.sh", b"echo hello"),
        ("notes.txt", b"#!/bin/sh\nrm -rf"),
        ("page.hta", b"<html>"),
        ("empty.txt", b""),
    ],
)
def test_programs_and_empty_files_are_refused(name, content, ana):
    case = cast.file(ana)
    with pytest.raises(Refused):
        attach(case, ana, name, content)
    assert not Attachment.objects.exists()


def test_a_file_beyond_the_limit_is_refused_with_the_limit(ana, settings):
    settings.ATTACHMENT_MAX_BYTES = 1024 * 1024
    with pytest.raises(Refused, match="larger than 1 MB"):
        attach(cast.file(ana), ana, content=b"x" * (1024 * 1024 + 1))


def test_a_case_holds_only_so_many_files(ana, settings):
    settings.ATTACHMENTS_MAX_PER_CASE = 2
    case = cast.file(ana)
    attach(case, ana), attach(case, ana)
    with pytest.raises(Refused, match="at most 2"):
        attach(case, ana)


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\log.txt", "log.txt"),
        ("a\x00b\r\n.txt", "ab.txt"),
        ("   .txt", "txt"),
        ("報告書.pdf", "報告書.pdf"),
        ("x" * 300 + ".log", "x" * 196 + ".log"),
    ],
)
def test_names_are_cleaned(given, cleaned):
    assert attachments.clean_name(given) == cleaned


def test_a_stranger_and_a_colleague_attach_nothing(ana, ben, cole):
    case = cast.file(ana)
    for who in (ben, cole):
        with pytest.raises(Refused):
            attach(case, who)


def test_a_contact_keeps_no_internal_files(ana):
    with pytest.raises(Refused, match="internal"):
        attach(cast.file(ana), ana, facing="internal")


# --- Files and rows share their fate


def store_a_file_and(sql: str) -> str:
    """The name of a file that was written in a transaction which this statement ended with an
    error.
    """
    names = []
    with pytest.raises(OperationalError), attachments.files_with_transaction():
        names.append(default_storage.save("fate/log.txt", ContentFile(b"12:00 call dropped")))
        attachments.wrote(names[0])
        with connection.cursor() as cursor:
            cursor.execute(sql)
    return names[0]


def test_a_file_goes_with_the_transaction_that_was_rolled_back(transactional_db):
    name = store_a_file_and("SET LOCAL statement_timeout = 20; SELECT pg_sleep(10)")
    assert not default_storage.exists(name)


def test_a_file_stays_when_the_database_is_lost_which_may_have_committed(transactional_db):
    name = store_a_file_and("RESET ROLE; SELECT pg_terminate_backend(pg_backend_pid())")
    assert default_storage.exists(name)
    default_storage.delete(name)
