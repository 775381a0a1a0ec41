"""Entry points of the worker: each passes keys to one action.

A missed run costs nothing: the rows say what is due.
"""

import logging

from celery import shared_task
from django.utils import timezone

from cases import (
    bulk_jobs,
    contact_drafts,
    event_log,
    filing_templates,
    known_tags,
    pending_messages,
    presence,
    reminders,
    sent_forms,
)
from cases.files import attachments, quarantine, staging
from cases.notifications import digests, outgoing, side_emails
from core.tenancy import care_scope, care_snapshot

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def send_notices(keys: list[int]) -> None:
    """Send notifications that were just saved."""
    outgoing.send(keys, limit=len(keys))


@shared_task(ignore_result=True)
def release_message(key: int) -> None:
    """Send a message whose author can no longer undo it."""
    with care_scope():
        pending_messages.release(key)


@shared_task(ignore_result=True)
def release_messages() -> None:
    """Send messages that neither a page nor a task has sent."""
    pending_messages.release_due()
    with care_scope():
        pending_messages.sweep()


@shared_task(ignore_result=True)
def send_reminders(limit: int = 100) -> None:
    """Send the reminders that are due; a full batch means that more are waiting."""
    if reminders.send_due(limit=limit) == limit:
        send_reminders.delay(limit)


@shared_task(ignore_result=True)
def relay_notices(limit: int = 100) -> None:
    """Send what a crash, a refusal or an absent broker left; a full batch means that more are
    waiting.
    """
    if outgoing.send(limit=limit) == limit:
        relay_notices.delay(limit)


@shared_task(ignore_result=True)
def send_side_messages(keys: list[int]) -> None:
    """Send messages of side conversations that were just saved."""
    side_emails.send(keys, limit=len(keys))


@shared_task(ignore_result=True)
def relay_side_messages(limit: int = 100) -> None:
    """Send the messages of side conversations that a crash or an absent broker left."""
    if side_emails.send(limit=limit) == limit:
        relay_side_messages.delay(limit)


@shared_task(ignore_result=True)
def send_digests(limit: int = 100) -> None:
    """Send the digests whose hour has come in their recipients' time zones; a full batch means that
    more are waiting.
    """
    if digests.send_digests(limit) == limit:
        send_digests.delay(limit)


@shared_task(ignore_result=True)
def verify_journal() -> None:
    """Verify the event log of every case; each break is an error in the log."""
    with care_snapshot():
        for finding in event_log.breaks():
            logger.error("journal: %s", finding)


@shared_task(ignore_result=True)
def scan_file(pk: int) -> None:
    """Scan a file that was just attached."""
    quarantine.scan(pk)


@shared_task(ignore_result=True)
def scan_waiting_files(limit: int = 50) -> None:
    """Scan the files that an absent scanner or broker left waiting; a full batch means that more
    are waiting.
    """
    if quarantine.scan_waiting(limit) == limit:
        scan_waiting_files.delay(limit)


@shared_task(ignore_result=True)
def fold_tag_counts() -> None:
    """Fold what was added to the counts of tags."""
    known_tags.fold()


@shared_task(ignore_result=True)
def sweep_files() -> None:
    """Delete forgotten staged files, and files without a row."""
    with care_scope():
        staging.sweep()
        names = staging.orphans()
        attachments.remove(names)
    if names:
        logger.warning("files: removed %d that no case names", len(names))


@shared_task(ignore_result=True)
def forget_who_was_there() -> None:
    """Remove what nobody needs any more: old presence and reminders, old keys of forms, removed
    drafts.
    """
    with care_scope():
        presence.sweep()
        reminders.sweep()
        sent_forms.sweep()
        contact_drafts.sweep()
        filing_templates.sweep()
        bulk_jobs.sweep(timezone.now())


@shared_task(ignore_result=True)
def continue_bulk_job(key: int) -> None:
    """Preview or run a bulk job, a minute at a time."""
    if bulk_jobs.work(key):
        continue_bulk_job.delay(key)


@shared_task(ignore_result=True)
def continue_bulk_jobs() -> None:
    """Continue bulk jobs that a crash or an absent broker left."""
    with care_scope():
        keys = bulk_jobs.left_behind(timezone.now())
    for key in keys:
        continue_bulk_job.delay(key)
