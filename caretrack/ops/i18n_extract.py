"""The message catalogue of the portal: extracted from code and templates, stored in `locale/`.

`bin/words` updates it: new messages come in untranslated, removed ones leave, and the file is
compiled. A test lists missing translations. It needs Babel, which only developers install; the
product reads the compiled file.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[2]
JAPANESE = ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.po"
# Our words for the account pages of a library, in sentence case. Written by hand.
ENGLISH = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
REFUSALS: dict[str, Any] = {"Refused": None, "require_text": (2,)}
PACKAGES = (
    "caretrack",
    "integrations",
    "audit",
    "insight",
    "rca",
    "sla",
    "routing",
    "cases",
    "contacts",
    "core",
)
# Care's own pages and programs are in English.
CARES_PAGES = (
    "caretrack/web/emergency/",
    "caretrack/web/console/",
    "caretrack/web/managers/",
    "caretrack/web/shared/queue/",
    "caretrack/web/api/",
    "caretrack/ops/management/",
    *(f"insight/{file.name}" for file in (ROOT / "insight").glob("*.py")),
)
CARES_TEMPLATES = ("console", "managers", "gallery")
# Only Care and operators see these refusals.
CARES_VERBS = (
    "cases/actions/linking.py",
    "cases/actions/merging.py",
    "cases/actions/alerting.py",
    "cases/actions/splitting.py",
    "cases/actions/tagging.py",
    "cases/bulk_actions.py",
    "cases/bulk_jobs.py",
    "cases/knowledge/articles.py",
    "cases/macros.py",
    "cases/mentions.py",
    "cases/reply_drafts.py",
    "contacts/actions/courses.py",
    "routing/actions/on_call.py",
    "contacts/actions/teams.py",
    "core/current_time.py",
    "contacts/actions/calendars.py",
    "contacts/actions/care_people.py",
    "contacts/actions/offerings.py",
    "contacts/actions/organisations.py",
    "contacts/models/calendars.py",
    "contacts/weeks.py",
    "rca/actions/corrective_actions.py",
    "rca/actions/comments.py",
    "rca/actions/meetings.py",
    "rca/actions/publication.py",
    "rca/actions/writing.py",
    "rca/document.py",
    "sla/actions/policy_change.py",
    "sla/actions/policies.py",
    "routing/actions/working_hours.py",
    "routing/alerts.py",
    "sla/policy_migration.py",
    "cases/notifications/undelivered.py",
    "contacts/actions/emergency.py",
    "contacts/actions/erasure.py",
    "insight/reports/exporting.py",
    "insight/reports/schedules.py",
    "caretrack/web/shared/service_reports.py",
)


def messages() -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """Every message that a customer can read, with its context: a text, or singular and plural."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if not name.startswith(CARES_PAGES) and "/migrations/" not in name:
                refusals = {} if name in CARES_VERBS else REFUSALS
                yield from _messages_in(file.read_text(), KEYWORDS | refusals)
    for file in sorted((ROOT / "templates").rglob("*.*")):
        folder = file.relative_to(ROOT / "templates").parts[0]
        if folder == "jinja2":
            yield from _messages_in_jinja(file)
        elif folder not in CARES_TEMPLATES:
            yield from _messages_in(_as_code(file.read_text()), KEYWORDS)


def _messages_in_jinja(file: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    with file.open("rb") as opened:
        options = {"trim_blocks": "true", "lstrip_blocks": "true"}
        for _line, message, _comments, context in extract(
            "jinja2.ext:babel_extract", opened, keywords=KEYWORDS, options=options
        ):
            if message:
                yield (tuple(message) if isinstance(message, list | tuple) else message), context


def _as_code(template: str) -> str:
    """A template as Django passes it to gettext's tools. Indentation has no meaning."""
    return "\n".join(line.strip() for line in templatize(template).splitlines())


def _messages_in(
    code: str, keywords: dict[str, Any]
) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    for _line, message, _comments, context in extract(
        "python", BytesIO(code.encode()), keywords=keywords
    ):
        if message and (message if isinstance(message, str) else message[0]):
            yield (tuple(message) if isinstance(message, list | tuple) else message), context


def written() -> Catalog:
    """The catalogue that translators edit."""
    return read_po(BytesIO(JAPANESE.read_bytes()), locale="ja")


def account_words() -> Catalog:
    """Our English words for the account pages, which come from a library."""
    return read_po(BytesIO(ENGLISH.read_bytes()), locale="en")


def compiled(catalogue: Catalog) -> bytes:
    """The compiled catalogue, which the product reads."""
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def renew() -> tuple[int, int]:
    """Write the catalogue and its compiled form. Returns the number of messages and of untranslated
    ones.
    """
    known = written()
    catalogue = Catalog(
        locale="ja",
        header_comment=HEADER,
        project="CareTrack",
        version="portal",
        last_translator="CareTrack",
        language_team="Japanese",
        msgid_bugs_address="CareTrack",
        fuzzy=False,
        charset="utf-8",
        creation_date=known.creation_date,
        revision_date=known.revision_date,
    )
    for message, context in dict.fromkeys(messages()):
        key = message if isinstance(message, str) else message[0]
        before = known.get(key, context)
        catalogue.add(message, before.string if before else "", context=context)
    buffer = BytesIO()
    write_po(buffer, catalogue, width=0, sort_output=True, no_location=True)
    JAPANESE.write_bytes(buffer.getvalue())
    JAPANESE.with_suffix(".mo").write_bytes(compiled(written()))
    ENGLISH.with_suffix(".mo").write_bytes(compiled(account_words()))
    return len(catalogue), sum(not any(_strings(one.string)) for one in catalogue if one.id)


def _strings(message: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [message] if isinstance(message, str) else list(message or ())


HEADER = (
    "# What customers' people read, in Japanese. `bin/words` renews it from the code "
    "and the templates."
)


if __name__ == "__main__":
    there, waiting = renew()
    sys.stdout.write(f"{there} messages in Japanese, {waiting} of them not translated yet.\n")
