"""Attach evidence, and block infected files (§5)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from cases import event_log, events, permissions
from cases.actions.context import ActionContext, Refusal, require
from cases.choices import Facing
from cases.files import attachments, quota, staging
from cases.models import Attachment, Case, CaseEvent, ScanState, StagedFile
from contacts.models import User
from core import current_time
from core.errors import Refused


def refusal_to_attach(context: ActionContext) -> Refusal | None:
    if context.neither():
        return Refused(
            "Only an active Designated Contact of this organisation, or Care, can attach files."
        )
    if not context.case.is_open:
        return Refused("The case is closed. Reopen it, or open a new one, to add files.")
    return None


@transaction.atomic
def attach(
    case: Case, *, by: User, upload: UploadedFile, facing: Facing = Facing.CONTACT
) -> CaseEvent:
    """Attach a file to the case as evidence (§5).

    Refused for an empty or too large file, too many files, and programs.
    """
    case = Case.objects.locked(case.pk)
    _require_room(case, by, facing, 1)
    name, content_type, sha256 = attachments.check(upload)
    quota.require_room(case.organisation_id, name=name, size=upload.size or 0)
    attachment = _new(
        case, by, facing, name=name, size=upload.size or 0, content_type=content_type, sha256=sha256
    )
    attachment.file.save(name, upload, save=False)
    attachments.wrote(attachment.file.name)
    return _record_attached(case, attachment)


@transaction.atomic
def attach_staged(
    case: Case, *, by: User, staged: Sequence[int], facing: Facing = Facing.CONTACT
) -> list[CaseEvent]:
    """Attach the files that `by` uploaded in advance.

    A file that was removed meanwhile is left out (§5).
    """
    case = Case.objects.locked(case.pk)
    files = list(
        staging.staged_by(by)
        .select_for_update(of=("self",))
        .filter(organisation_id=case.organisation_id, pk__in=staged)
        .order_by("pk")
    )
    files = [file for file in files if file.case_id in (None, case.pk)]
    if not files:
        return []
    _require_room(case, by, facing, len(files))
    StagedFile.objects.filter(pk__in=[file.pk for file in files]).delete()
    return [_record_attached(case, _new(case, by, facing, **file.becomes())) for file in files]


@transaction.atomic
def block_file(attachment: Attachment, *, by: User, finding: str) -> CaseEvent:
    """Block a file for everybody, permanently. The event names the scanner's finding, and both
    sides are notified (§5).
    """
    case = Case.objects.locked(attachment.case_id)
    file = Attachment.objects.select_for_update().get(pk=attachment.pk)
    if not by.is_system:
        raise Refused("Only the scanner blocks files.")
    if file.scan_state == ScanState.INFECTED:
        raise Refused("The file is blocked already.")
    file.scan_state, file.finding, file.scanned_at = (
        ScanState.INFECTED,
        finding[:200],
        current_time.now(),
    )
    file.save(update_fields=["scan_state", "finding", "scanned_at"])
    return event_log.record(
        case,
        events.FileBlocked(attachment=file.pk, name=file.name, finding=file.finding),
        by=by,
        facing=Facing(file.facing),
        text=f"The file “{file.name}” carries malware ({file.finding}), so nobody can download it. "
        "If Care needs what it shows, please send it again from a clean machine, as "
        "text or as a picture.",
    )


def _require_room(case: Case, by: User, facing: Facing, count: int) -> None:
    require(refusal_to_attach(ActionContext(case, by)))
    if facing == Facing.INTERNAL and not permissions.may_work(by, case):
        raise Refused("Only Care stores internal files.")
    if case.attachments.count() + count > settings.ATTACHMENTS_MAX_PER_CASE:
        raise Refused(
            "A case holds at most {count} files.", count=settings.ATTACHMENTS_MAX_PER_CASE
        )


def _new(case: Case, by: User, facing: Facing, **fields: Any) -> Attachment:
    """A new attachment; it waits for the scanner if there is one."""
    now = current_time.now()
    waits = {"scan_state": ScanState.WAITING, "next_scan_at": now} if settings.CLAMD else {}
    return Attachment(
        organisation_id=case.organisation_id,
        case=case,
        by=by,
        at=now,
        facing=facing,
        **waits,
        **fields,
    )


def _record_attached(case: Case, attachment: Attachment) -> CaseEvent:
    from cases.files import quarantine

    attachment.save(force_insert=True)
    if attachment.scan_state == ScanState.WAITING:
        transaction.on_commit(partial(quarantine.scan_soon, attachment.pk))
    return event_log.record(
        case,
        events.Attached(attachment=attachment.pk, name=attachment.name, sha256=attachment.sha256),
        by=attachment.by,
        facing=Facing(attachment.facing),
    )
