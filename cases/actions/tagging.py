"""Care's tags for grouping cases. Customers never see them."""

import re
from collections.abc import Iterable

from django.db import transaction

from cases import event_log, events
from cases.actions.context import ActionContext, Refusal, require
from cases.models import Case, CaseEvent
from contacts.models import User
from core.errors import Refused

MOST = 20
SHAPE = re.compile(r"[\w][\w .:/-]{0,39}")


def cleaned(typed: Iterable[str]) -> list[str]:
    """Tags in their stored form: lower case, single blanks, no duplicates.

    Raises Refused for an invalid tag.
    """
    unique: dict[str, None] = {}
    for text in typed:
        cleaned_tag = " ".join(text.replace("\0", "").lower().split())
        if not cleaned_tag:
            continue
        if not SHAPE.fullmatch(cleaned_tag):
            raise Refused(
                f"“{cleaned_tag[:50]}” is no tag: letters, digits, blanks and . : / - make "
                "one, at most 40 of them."
            )
        unique[cleaned_tag] = None
    return list(unique)


def refusal_to_tag(context: ActionContext) -> Refusal | None:
    return context.not_care()


@transaction.atomic
def tag(case: Case, *, by: User, add: Iterable[str] = (), remove: Iterable[str] = ()) -> CaseEvent:
    """Add or remove tags of a case. Internal, without effect on clocks.

    Raises Refused where nothing would change, or for more than twenty tags.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_tag(ActionContext(case, by)))
    added, removed = cleaned(add), cleaned(remove)
    before = list(case.tags)
    case.tags = sorted({*before, *added} - set(removed))
    if case.tags == sorted(before):
        raise Refused("The tags are so already.")
    if len(case.tags) > MOST:
        raise Refused(f"A case has at most {MOST} tags.")
    return event_log.record(case, events.Tagged(before=sorted(before), after=case.tags), by=by)
