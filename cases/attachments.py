"""Evidence (§5): taken by what its bytes say, kept by digest, refused when it could run on somebody's machine."""

import hashlib
import re
import unicodedata
from pathlib import PurePath

import puremagic
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from contacts.errors import Refused

# First bytes and endings of what runs when it is opened.
EXECUTABLE_STARTS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"#!")
EXECUTABLE_ENDINGS = {
    ".exe", ".com", ".bat", ".cmd", ".msi", ".scr", ".ps1", ".vbs", ".jar", ".apk", ".sh", ".dll", ".lnk", ".hta",
    ".js",
}  # fmt: skip


def clean_name(name: str) -> str:
    """A name safe to show and to save under: no folders, no control characters, at most 200 long."""
    name = PurePath(name.replace("\\", "/")).name
    name = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C")
    name = re.sub(r"\s+", " ", name).strip(" .") or "file"
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= 200 else f"{(stem or ending)[: 199 - len(ending)]}{dot}{ending}"[:200]


def sniff(head: bytes) -> str:
    """The media type that the first bytes of a file say it has."""
    try:
        for match in puremagic.magic_string(head):
            if match.mime_type:
                return str(match.mime_type)
    except (puremagic.PureError, ValueError):
        pass
    try:
        head.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        return "text/plain" if error.start > len(head) - 4 and b"\0" not in head else "application/octet-stream"
    return "application/octet-stream" if b"\0" in head else "text/plain"


def check(upload: UploadedFile) -> tuple[str, str, str]:
    """The clean name, sniffed media type and SHA-256 of an upload.

    Raises Refused for an empty or too large file, or one that could run when opened.
    """
    name, size = clean_name(upload.name or "file"), upload.size or 0
    if size == 0:
        raise Refused(f"{name} is empty. Please choose the file again.")
    if size > settings.ATTACHMENT_MAX_BYTES:
        raise Refused(
            f"{name} is larger than {settings.ATTACHMENT_MAX_BYTES // 2**20} MB. Please compress or split it."
        )
    upload.seek(0)
    head = upload.read(8192)
    if head.startswith(EXECUTABLE_STARTS) or PurePath(name).suffix.lower() in EXECUTABLE_ENDINGS:
        raise Refused(f"{name} is a program. Please send logs, pictures or an archive instead.")
    digest = hashlib.sha256(head)
    while chunk := upload.read(1 << 20):
        digest.update(chunk)
    upload.seek(0)
    return name, sniff(head), digest.hexdigest()
