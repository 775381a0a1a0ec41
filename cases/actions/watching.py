"""Following a case that is not one's own: no right comes with it, no clock moves, nobody's turn
changes.
"""

from django.db import transaction

from cases.models import Case, Watch
from contacts.models import User
from core import current_time
from core.errors import Refused


def may_watch(by: User, case: Case) -> bool:
    """Everyone who may read a case may follow it: its organisation's people, read-only ones too,
    and Care.
    """
    return by.reads_cases and (by.is_care or by.organisation_id == case.organisation_id)


@transaction.atomic
def watch(case: Case, *, by: User) -> Watch:
    """Hear of what happens on a case from now on. Watching twice is watching once.

    It is no event of the case: the journal tells of what was done about it, not of who reads.
    """
    if not may_watch(by, case):
        raise Refused("Only people of its organisation, and Care, can follow a case.")
    made, _ = Watch.objects.get_or_create(
        organisation_id=case.organisation_id,
        case=case,
        watcher=by,
        defaults={"since": current_time.now()},
    )
    return made


def unwatch(case: Case, *, by: User) -> None:
    """Hear no more of it, unless the case is one's own."""
    Watch.objects.filter(organisation_id=case.organisation_id, case=case, watcher=by).delete()
