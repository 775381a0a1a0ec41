"""Entry points of the worker: the sweep over due clocks, policy migrations, and the nightly proof
that clocks are what the event log says.
"""

import logging

from celery import shared_task
from django.utils import timezone

from core.tenancy import care_scope, care_snapshot
from sla import clocks, credentials, policy_migration, sweeps

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
def go_on_with_run(run_id: int) -> None:
    """Reckon open cases under other terms, or move them, a minute at a time (§14)."""
    if policy_migration.work(run_id):
        go_on_with_run.delay(run_id)


@shared_task(ignore_result=True)
def go_on_with_runs() -> None:
    """Take up runs that a crash or an absent broker left."""
    with care_scope():
        found = policy_migration.left_behind(timezone.now())
    for run_id in found:
        go_on_with_run.delay(run_id)


@shared_task(ignore_result=True)
def verify_clocks() -> None:
    """Fold every journal again; each row that disagrees is an error in the log."""
    with care_snapshot():
        for finding in [*clocks.verify(), *credentials.verify()]:
            logger.error("clocks: %s", finding)
