"""Doors for the worker: the sweep over due clocks, and the nightly proof that clocks are what the journal says."""

import logging

from celery import shared_task

from contacts.tenancy import care_scope
from sla import clocks, credentials, sweeps

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def check_clocks(limit: int = 1000) -> None:
    """Remind, warn, breach, announce and close what is due. Safe to run twice, or twice at once."""
    if sweeps.check_clocks(limit) >= limit:
        check_clocks.delay(limit)  # a full batch means there is more


@shared_task(ignore_result=True)
def check_credentials(limit: int = 200) -> None:
    """Warn before an application is late, and write down that it is (§1)."""
    if credentials.sweep(limit) >= limit:
        check_credentials.delay(limit)


@shared_task(ignore_result=True)
def verify_clocks() -> None:
    """Fold every journal again; each row that disagrees is an error in the log."""
    with care_scope():
        for finding in [*clocks.verify(), *credentials.verify()]:
            logger.error("clocks: %s", finding)
