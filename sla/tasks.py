"""Entry points of the worker: the sweep over due clocks, policy migrations, and the nightly check
of clocks against the event log.
"""

import logging

from celery import shared_task
from django.utils import timezone

from core.tenancy import care_scope, care_snapshot
from sla import clocks, credentials, holding, policy_migration, sweeps

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def check_clocks(limit: int = 1000) -> None:
    """Remind, warn, breach, announce, close and end holds that are due. Idempotent, and safe to run
    twice at once.
    """
    holding.end_left_behind()
    if sweeps.check_clocks(limit) >= limit:
        check_clocks.delay(limit)  # a full batch means that more are waiting


@shared_task(ignore_result=True)
def check_credentials(limit: int = 200) -> None:
    """Warn before an application is overdue, and record that it is (§1)."""
    if credentials.sweep(limit) >= limit:
        check_credentials.delay(limit)


@shared_task(ignore_result=True)
def continue_policy_migration(run_id: int) -> None:
    """Preview or move open cases of a policy migration, a minute at a time (§14)."""
    if policy_migration.work(run_id):
        continue_policy_migration.delay(run_id)


@shared_task(ignore_result=True)
def continue_policy_migrations() -> None:
    """Continue runs that a crash or an absent broker left."""
    with care_scope():
        run_ids = policy_migration.left_behind(timezone.now())
    for run_id in run_ids:
        continue_policy_migration.delay(run_id)


@shared_task(ignore_result=True)
def verify_clocks() -> None:
    """Fold the events of every case again; each row that differs is an error in the log."""
    with care_snapshot():
        for finding in [*clocks.verify(), *credentials.verify()]:
            logger.error("clocks: %s", finding)
