"""Watching another person's case: it grants no right, changes no clock and changes no turn."""

from django.db import transaction

from cases.models import Case, Watch
from contacts.models import User
from core import current_time
from core.errors import Refused


def may_watch(by: User, case: Case) -> bool:
    """Everybody who may read a case may watch it: its organisation's people, including read-only
    ones, and Care.
    """
    return by.reads_cases and (by.is_care or by.organisation_id == case.organisation_id)


@transaction.atomic
def watch(case: Case, *, by: User) -> Watch:
    """Get notifications about a case from now on. Idempotent.

    It is no event of the case: the event log records work on the case, not its readers.
    """
    if not may_watch(by, case):
        raise Refused("Only people of its organisation, and Care, can follow a case.")
    row, _ = Watch.objects.get_or_create(
        organisation_id=case.organisation_id,
        case=case,
        watcher=by,
        defaults={"since": current_time.now()},
    )
    return row


def unwatch(case: Case, *, by: User) -> None:
    """Get no more notifications about a case, unless it is one's own."""
    Watch.objects.filter(organisation_id=case.organisation_id, case=case, watcher=by).delete()
