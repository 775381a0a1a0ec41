"""Concurrent replies on one case: the second author reads the first reply before sending their
own.
"""

from django.db import transaction

from cases.choices import EventType
from cases.models import Case, CaseEvent
from contacts.models import User
from core.errors import Refused

# Events that do not affect a reply in progress.
BESIDE = (
    EventType.TAKEN,
    EventType.ATTACHED,
    EventType.LINKED,
    EventType.UNLINKED,
    EventType.CLOSURE_HELD,
    EventType.FILE_BLOCKED,
    EventType.PERSON_ERASED,
)


class Moved(Refused):
    """The conversation has continued since the form was opened; nothing was sent."""


@transaction.atomic
def require_unmoved(case: Case, *, by: User, seen: int) -> None:
    """Lock the case, and refuse if another person wrote or decided something after event number
    `seen`.

    Call it in the transaction of the following action: until it ends nobody can come between.
    """
    case = Case.objects.locked(case.pk)
    new = CaseEvent.objects.filter(organisation_id=case.organisation_id, case=case, seq__gt=seen)
    new = new.exclude(by=by).exclude(verb__in=BESIDE)
    who = dict.fromkeys(new.order_by("seq").values_list("by__name", flat=True))
    if who:
        raise Moved(
            f"{' and '.join(who)} wrote while you were writing. Nothing was sent: "
            "please read the new entries, "
            "and send again if it still holds."
        )
