"""Checks that stored messages and files are those that were sent (§5, §14).

Needs Care's scope; changes nothing.
"""

import hashlib
from collections.abc import Collection, Iterator

from cases.models import Attachment, CaseUpdate

Only = Collection[int] | None


def words_that_differ(only: Only = None) -> Iterator[tuple[int, str]]:
    """(case, finding) for each message whose digest differs from its event."""
    updates = CaseUpdate.objects.select_related("event", "case").order_by("pk")
    for update in (updates if only is None else updates.filter(case__in=only)).iterator(
        chunk_size=2000
    ):
        digest = update.event.particulars.get("text_sha256")
        if digest is not None and hashlib.sha256(update.text.encode()).hexdigest() != digest:
            what = f"{update.case.code}: the words of event {update.event.seq}"
            yield update.case_id, f"{what} are not as they were written."


def files_that_differ(only: Only = None) -> Iterator[tuple[int, str]]:
    """(case, finding) for each attachment whose content is missing or differs from what was
    sent.
    """
    files = Attachment.objects.select_related("case").order_by("pk")
    for file in (files if only is None else files.filter(case__in=only)).iterator(chunk_size=500):
        try:
            digest = _digest(file)
        except FileNotFoundError:
            yield file.case_id, f"{file.case.code}: the file “{file.name}” is missing."
        else:
            if digest != file.sha256:
                yield (
                    file.case_id,
                    f"{file.case.code}: the file “{file.name}” is not as it was sent.",
                )


def _digest(file: Attachment) -> str:
    digest = hashlib.sha256()
    with file.file.open("rb") as opened:
        for chunk in opened.chunks():
            digest.update(chunk)
    return digest.hexdigest()
