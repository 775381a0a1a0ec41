"""Policy change of one case: explicit, for a reason, and recorded on the case (§14)."""

from django.db import transaction
from django_fsm import TransitionNotAllowed

from cases import events
from cases.actions.base import record_message, require_reason
from cases.models import Case, CaseEvent
from contacts.models import User
from contacts.permissions import require_manager
from core import current_time
from core.errors import Refused
from sla import calendars, preview
from sla.clocks import instant_text
from sla.models import CaseTerms, PolicyVersion


@transaction.atomic
def move_terms(
    case: Case, *, by: User, version: PolicyVersion, reason: str, run: int | None = None
) -> CaseEvent:
    """Move an open case to another policy version, from the original start of its clocks; the
    customer reads why.

    Decided outcomes and breaches remain, waited time remains, and the contact's own time is never
    shortened. The events record which version applied until when. Refused where the case has that
    version already, or the version has not taken effect yet. Raises TransitionNotAllowed on a
    closed case. The contact is notified where something changes; in a `run` of many cases its end
    writes to each contact once.
    """
    case = Case.objects.locked(case.pk)
    require_manager(by)
    if not case.is_open:
        raise TransitionNotAllowed("The case is closed: it keeps its terms.")
    terms = (
        CaseTerms.objects.select_for_update(of=("self",))
        .select_related("policy_version__policy")
        .get(case=case)
    )
    before = terms.policy_version
    if before.pk == version.pk:
        raise Refused("The case is under that version already.")
    if version.effective_at > current_time.now():
        raise Refused("That version has not taken effect yet.")
    reason = require_reason(reason, "the reason: the customer reads it")
    changes = preview.of_terms(
        case, terms, calendars.terms_of(version.pk, case.kind), current_time.now()
    )
    terms.policy_version = version
    terms.save(update_fields=["policy_version"])
    return record_message(
        case,
        events.TermsMoved(
            version_before=before.pk,
            version=version.pk,
            before=before.short,
            after=version.short,
            changes=[
                (change.kind, instant_text(change.before), instant_text(change.after))
                for change in changes
            ],
            run=run,
        ),
        by=by,
        text=reason,
    )
