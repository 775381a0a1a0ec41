"""Care's own words for a case, to gather cases by. Customers never see them."""

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


def cleaned(words: Iterable[str]) -> list[str]:
    """Tags as they are kept: lower case, single blanks, each once.

    Raises Refused for one that is none.
    """
    found: dict[str, None] = {}
    for word in words:
        tag_ = " ".join(word.replace("\0", "").lower().split())
        if not tag_:
            continue
        if not SHAPE.fullmatch(tag_):
            raise Refused(
                f"«{tag_[:50]}» is no tag: letters, digits, blanks and . : / - make "
                "one, at most 40 of them."
            )
        found[tag_] = None
    return list(found)


def refusal_to_tag(context: ActionContext) -> Refusal | None:
    return context.not_care()


@transaction.atomic
def tag(case: Case, *, by: User, add: Iterable[str] = (), remove: Iterable[str] = ()) -> CaseEvent:
    """Put tags on a case, or take them off. Internal; it moves no clock.

    Raises Refused where nothing would change, or the case would have more than twenty.
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
