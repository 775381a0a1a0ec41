"""Which files people may attach, by the ending of their name (§5).

It is an allow list: each system decides which endings it runs, and new ones appear every year. Pure
Python, because caretrack/settings.py imports it.
"""

import re
import unicodedata
from collections.abc import Iterable

TEXT = (
    "cdr conf cfg cnf csv diff err ini js json jsonl log map md ndjson out patch "
    "properties sql toml trace trc tsv txt"
)
MARKUP = "eml ics msg vcf xml yaml yml"
IMAGES = "avif bmp gif heic heif jpeg jpg png tif tiff webp"
DOCUMENTS = "doc docx odp ods odt pdf ppt pptx rtf vsdx xls xlsx"
ARCHIVES = "7z bz2 gz rar tar tbz2 tgz txz xz zip zst"
NETWORK = "cap csr har pcap pcapng pem sip"
DUMPS = "blg core dmp dump etl evt evtx hprof mdmp saz"
SOUND = (
    "3gp aac alaw amr au avi flac gsm m4a m4v mkv mov mp3 mp4 oga ogg opus ulaw vox "
    "wav webm wma wmv"
)
DEFAULT = frozenset(
    " ".join([TEXT, MARKUP, IMAGES, DOCUMENTS, ARCHIVES, NETWORK, DUMPS, SOUND]).split()
)
# Never anywhere in a name: a person could remove the last ending of "invoice.exe.txt".
BINARIES = frozenset(
    [
        "apk",
        "chm",
        "cpl",
        "deb",
        "dll",
        "dmg",
        "exe",
        "hta",
        "jar",
        "lnk",
        "msi",
        "msp",
        "pif",
        "pkg",
        "rpm",
        "scr",
    ]
)
# Not at the end of a name. A text such as "conf.cmd.txt" or "script.ps1.log" is what it says.
SCRIPTS = frozenset(["bat", "cmd", "jse", "ps1", "reg", "vbe", "vbs", "wsf", "wsh"])
PROGRAMS = BINARIES | SCRIPTS
# Accepted as texts, and downloaded as such: some systems would run them.
RUN_AS_SCRIPTS = frozenset({"js"})

# Named first in a refusal: most people look for one of these.
COMMON_NAMES = "log txt pdf png jpg zip gz csv json xml har pcap docx xlsx wav mp3 mp4"
COMMON = tuple(COMMON_NAMES.split())

ENDING = re.compile(r"[a-z0-9_]{1,16}")
# Numbers that log rotation and splitting append: "messages.1", "app.log-20260301", "dump.7z.001".
NUMBERED = re.compile(r"([.-]\d+)+$")


def parse(entries: Iterable[str]) -> frozenset[str]:
    """Parse an operator's list of endings, with or without dots.

    Entries that begin with + or - change the shipped list; a list without them replaces it. Raises
    ValueError for an invalid entry.
    """
    parts = [entry.strip().lower() for entry in entries]
    signed = [entry for entry in parts if entry[:1] in ("+", "-")]
    if signed and len(signed) < len(parts):
        raise ValueError("either every entry begins with + or -, or none does")
    added = {_bare(entry) for entry in parts if not entry.startswith("-")}
    if not signed:
        return frozenset(added)
    return DEFAULT - {_bare(entry) for entry in parts if entry.startswith("-")} | added


def _bare(entry: str) -> str:
    ending = entry.lstrip("+-").lstrip(".")
    if not ENDING.fullmatch(ending):
        raise ValueError(f"{entry!r} is no ending such as .log")
    return ending


def endings(name: str) -> list[str]:
    """Every ending of a name, the deciding one last, as any system could read them.

    Look-alike letters and dots count as the plain ones (NFKC). Final dots and spaces are ignored,
    and so are the numbers that log rotation appends. Empty for a name without an ending.
    """
    plain = unicodedata.normalize("NFKC", name).casefold().rstrip(". \t")
    plain = NUMBERED.sub("", plain)
    return [part.strip() for part in plain.split(".")[1:]]


def is_program(suffixes: list[str], accepted: frozenset[str], *, is_text: bool) -> bool:
    """Whether a name is that of a program, by its last ending or by one that it hides."""
    refused = BINARIES - accepted if is_text else PROGRAMS - accepted
    return bool(suffixes) and (
        suffixes[-1] in PROGRAMS - accepted or not refused.isdisjoint(suffixes)
    )


def served_name(name: str, accepted: frozenset[str]) -> str:
    """The name of a download: a text that a double click would run gets `.txt` behind its name."""
    suffixes = endings(name)
    is_harmless = not suffixes or suffixes[-1] in accepted - RUN_AS_SCRIPTS
    return name if is_harmless else f"{name}.txt"


def is_host_name(suffixes: list[str]) -> bool:
    """Whether a name looks like a host's, as logs are often called: `access.example.com`."""
    return (
        len(suffixes) >= 2
        and re.fullmatch(r"[a-z]{2,}", suffixes[-1]) is not None
        and suffixes[-1] not in PROGRAMS
        and all(re.fullmatch(r"[a-z0-9-]+", part) for part in suffixes)
    )


def short_list(accepted: frozenset[str]) -> str:
    """Accepted endings for a sentence: all of a short list, or the common ones and an ellipsis."""
    if len(accepted) <= len(COMMON):
        return " ".join(f".{ending}" for ending in sorted(accepted))
    named = [ending for ending in COMMON if ending in accepted] or sorted(accepted)[: len(COMMON)]
    return " ".join(f".{ending}" for ending in named) + " …"
