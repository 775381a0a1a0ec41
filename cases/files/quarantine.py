"""Files wait until a scanner has cleared them (§5).

While the scanner is away they wait; they are never let through.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cases import actions
from cases.files import clamd
from cases.models import Attachment, ScanState
from contacts.models import User
from core.errors import Refused
from core.tenancy import care_scope

logger = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(minutes=2)


def scan_soon(pk: int) -> None:
    """Ask a worker to scan the file; without a broker the sweep does it."""
    from cases.tasks import scan_file

    try:
        scan_file.delay(pk)
    except Exception:
        logger.warning("The broker is away: file %s waits for the sweep.", pk)


def scan(pk: int) -> bool:
    """Scan one waiting file and record the result. Returns whether there was one.

    Idempotent, and safe to run concurrently. The scan runs outside of any transaction, because it
    may take a while.
    """
    if not settings.CLAMD:
        return False
    with care_scope():
        file = Attachment.objects.filter(pk=pk, scan_state=ScanState.WAITING).first()
        if file is None:
            return False
        Attachment.objects.filter(pk=pk).update(next_scan_at=timezone.now() + AGAIN_AFTER)
    try:
        with file.file.open("rb") as stream:
            finding = clamd.scan(stream, settings.CLAMD)
    except (clamd.Unavailable, OSError) as error:
        logger.warning("file %s could not be scanned and waits: %s", pk, error)
        return False
    _note(file, finding)
    return True


def scan_waiting(limit: int = 50) -> int:
    """Scan the files that are due. Returns how many were scanned.

    Stops at the first failure of the scanner.
    """
    if not settings.CLAMD:
        return 0
    with care_scope():
        due = Attachment.objects.filter(
            scan_state=ScanState.WAITING, next_scan_at__lte=timezone.now()
        )
        keys = list(due.order_by("next_scan_at", "pk").values_list("pk", flat=True)[:limit])
    answered = 0
    for pk in keys:
        if not scan(pk):
            break
        answered += 1
    return answered


def _note(file: Attachment, finding: str) -> None:
    with care_scope(), transaction.atomic():
        if finding:
            try:
                actions.block_file(file, by=User.objects.system(), finding=finding)
            except Refused:
                logger.info("file %s was blocked by another worker", file.pk)
            return
        waiting = Attachment.objects.filter(pk=file.pk, scan_state=ScanState.WAITING)
        waiting.update(scan_state=ScanState.CLEAN, scanned_at=timezone.now())
