"""Doors for the worker: keys in, one action called.

A missed tick costs nothing: the rows say what is due.
"""

import logging

from celery import shared_task

from cases import event_log, presence
from cases.files import attachments, quarantine, staging
from cases.notifications import digests, outgoing
from core.tenancy import care_scope, care_snapshot

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def send_notices(keys: list[int]) -> None:
    """Send notices that were just written."""
    outgoing.send(keys, limit=len(keys))


@shared_task(ignore_result=True)
def relay_notices(limit: int = 100) -> None:
    """Send what a crash, a refusal or an absent broker left behind; a full batch means there is
    more.
    """
    if outgoing.send(limit=limit) == limit:
        relay_notices.delay(limit)


@shared_task(ignore_result=True)
def send_digests(limit: int = 100) -> None:
    """Send the digests whose hour has come on their readers' clocks; a full batch means there is
    more.
    """
    if digests.send_digests(limit) == limit:
        send_digests.delay(limit)


@shared_task(ignore_result=True)
def verify_journal() -> None:
    """Prove every case's journal unbroken; each break is an error in the log."""
    with care_snapshot():
        for finding in event_log.breaks():
            logger.error("journal: %s", finding)


@shared_task(ignore_result=True)
def scan_file(pk: int) -> None:
    """Ask the scanner about a file that was just attached."""
    quarantine.scan(pk)


@shared_task(ignore_result=True)
def scan_waiting_files(limit: int = 50) -> None:
    """Ask about the files that an absent scanner or broker left waiting; a full batch means there
    is more.
    """
    if quarantine.scan_waiting(limit) == limit:
        scan_waiting_files.delay(limit)


@shared_task(ignore_result=True)
def sweep_files() -> None:
    """Discard files that were sent ahead and forgotten, and files that no row names."""
    with care_scope():
        staging.sweep()
        names = staging.orphans()
        attachments.remove(names)
    if names:
        logger.warning("files: removed %d that no case names", len(names))


@shared_task(ignore_result=True)
def forget_who_was_there() -> None:
    """Remove the rows of people who closed a case's page long ago."""
    with care_scope():
        presence.sweep()
