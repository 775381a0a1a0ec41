"""Evidence (§5): typed by its content, stored by digest, and refused if it could run on a
computer.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import PurePath
from typing import Any

import puremagic
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction

from cases.files import endings
from core import plain_text
from core.errors import Refused

# First bytes and endings of programs.
EXECUTABLE_STARTS = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa",
    b"#!",
    b"\0asm",
    b"ITSF",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)
# How browsers write these characters of a name into a form (the HTML standard).
ESCAPED_IN_FORMS = (("%22", '"'), ("%0D", " "), ("%0A", " "))
# Types that a browser would run on our own domain; they are served as plain bytes.
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"}
ACTIVE_TYPES = ("html", "svg", "xml", "javascript", "ecmascript", "xslt")


def clean_name(name: str) -> str:
    """A name that is safe to show and to save under: no folders, no control characters, at most 200
    characters.
    """
    for escaped, plain in ESCAPED_IN_FORMS:
        name = name.replace(escaped, plain)
    name = PurePath(name.replace("\\", "/")).name
    name = plain_text.without_invisible(unicodedata.normalize("NFC", name))
    name = re.sub(r"\s+", " ", name).strip(" .") or "file"
    stem, dot, ending = name.rpartition(".")
    return (
        name if len(name) <= 200 else f"{(stem or ending)[: 199 - len(ending)]}{dot}{ending}"[:200]
    )


def sniff(head: bytes) -> str:
    """The media type of a file by its first bytes."""
    try:
        for match in puremagic.magic_string(head):
            if match.mime_type:
                return str(match.mime_type)
    except (puremagic.PureError, ValueError):
        pass
    try:
        head.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        return (
            "text/plain"
            if error.start > len(head) - 4 and b"\0" not in head
            else "application/octet-stream"
        )
    return "application/octet-stream" if b"\0" in head else "text/plain"


def check(upload: UploadedFile) -> tuple[str, str, str]:
    """The clean name, media type and SHA-256 of an upload.

    Raises Refused for an empty or too large file, for a program, and for an ending that is not
    accepted.
    """
    name, size = clean_name(upload.name or "file"), upload.size or 0
    if size == 0:
        raise Refused("{name} is empty. Please choose the file again.", name=name)
    if size > settings.ATTACHMENT_MAX_BYTES:
        raise Refused(
            "{name} is larger than {size} MB. Please compress or split it.",
            name=name,
            size=settings.ATTACHMENT_MAX_BYTES // 2**20,
        )
    upload.seek(0)
    head = upload.read(8192)
    content_type = sniff(head)
    _require_accepted(name, head, content_type)
    digest = hashlib.sha256(head)
    while chunk := upload.read(1 << 20):
        digest.update(chunk)
    upload.seek(0)
    return name, content_type, digest.hexdigest()


def _require_accepted(name: str, head: bytes, content_type: str) -> None:
    """Refuse programs, and names whose last ending is not on the installation's list."""
    suffixes, accepted = endings.endings(name), settings.FILE_ENDINGS
    is_text = content_type == "text/plain"
    starts_as_program = head.removeprefix(b"\xef\xbb\xbf").startswith(EXECUTABLE_STARTS)
    if starts_as_program or endings.is_program(suffixes, accepted, is_text=is_text):
        raise Refused(
            "{name} is a program. Please send logs, pictures or an archive instead.", name=name
        )
    if not suffixes and not is_text:
        raise Refused(
            "{name} has no ending such as .log, and is no text. Please rename it so "
            "that it says what it is."
            " These endings are accepted: {endings}",
            name=name,
            endings=endings.short_list(accepted),
        )
    if is_text and endings.is_host_name(suffixes):
        return
    if suffixes and suffixes[-1] not in accepted:
        raise Refused(
            "{name} was not attached: files that end in .{ending} are not accepted. "
            "These endings are: {endings}",
            name=name,
            ending=suffixes[-1],
            endings=endings.short_list(accepted),
        )


def accepted_endings() -> str:
    """The endings of files that may be attached, as text for people."""
    return " ".join(f".{ending}" for ending in sorted(settings.FILE_ENDINGS))


def is_picture(content_type: str) -> bool:
    """Whether a browser shows a file of this type as a picture, and can do nothing else with it."""
    return content_type in PICTURES


def served_type(content_type: str) -> str:
    """The media type of a download: plain bytes for anything that a browser could run."""
    is_active = any(word in content_type for word in ACTIVE_TYPES)
    return "application/octet-stream" if is_active else content_type


_written: ContextVar[list[str] | None] = ContextVar("caretrack_written_files", default=None)


@contextmanager
def files_with_transaction() -> Iterator[None]:
    """One transaction that includes its files: a rollback removes the files that it wrote.

    After a lost connection, whether the transaction committed is unknown. The files then remain,
    since a row may name them; `cases.tasks.sweep_files` removes files without a row.
    """
    written: list[str] = []
    token = _written.set(written)
    used = None
    try:
        with transaction.atomic():
            used = connection.connection
            yield
    except BaseException:
        if not _was_lost(used):
            remove(written)
        raise
    finally:
        _written.reset(token)


def _was_lost(used: Any) -> bool:
    """Whether a transaction's connection broke. Django may have opened another one since."""
    return used is not None and (used.closed or connection.connection is not used)


def wrote(name: str | None) -> None:
    """Note a file that the running transaction wrote."""
    written = _written.get()
    if written is not None and name:
        written.append(name)


def remove(names: list[str]) -> None:
    """Remove files from the storage; a missing file is no error."""
    for name in names:
        default_storage.delete(name)
