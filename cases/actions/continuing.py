"""What happens when a closed case comes back after its window: a new case that is linked to the old
one (§13).
"""

from django.db import transaction

from cases import journal, permissions
from cases.actions.base import require_text
from cases.actions.filing import file_case
from cases.models import Case, CaseEvent, CaseLink, LinkKind
from cases.verbs import Severity, Verb
from contacts.errors import Refused
from contacts.models import Channel, User


@transaction.atomic
def continue_case(case: Case, *, by: User, text: str, channel: str = Channel.PORTAL) -> CaseEvent:
    """Answer a case that is closed for good: a new case opens with these words, at the old one's
    severity.

    Its promises begin now; the old case keeps its own. Refused while the old case is open, and for
    a Critical one, which needs a number to call: the filing page asks for it.
    """
    case = Case.objects.locked(case.pk)
    permissions.require_contact(by, case)
    if case.is_open:
        raise Refused("The case is open: please answer it.")
    if case.severity == Severity.CRITICAL:
        raise Refused(
            "That was a Critical case. Please open a new one: we need the number on "
            "which we reach you now."
        )
    text = require_text(text, "what is wrong again")
    again = case.title if case.title.startswith("Again: ") else f"Again: {case.title}"
    event = file_case(
        by=by,
        contact=by,
        site=case.site,
        title=again[:200],
        description=text,
        severity=case.severity,
        priority=case.priority,
        channel=channel,
        area=case.area,
        business_impact=case.business_impact,
    )
    CaseLink.objects.create(
        organisation_id=case.organisation_id, case=event.case, other=case, kind=LinkKind.CONTINUES
    )
    journal.record(case, Verb.LINKED, by=by, other=event.case.code, kind=LinkKind.CONTINUES)
    return event
