"""What Care keeps about a customer for itself: the account owner, and notes."""

from django.db import transaction
from django.utils import timezone

from contacts.actions.base import require_text
from contacts.admin_log import record_change
from contacts.models import AccountOwner, CustomerNote, Organisation, User
from contacts.permissions import require_manager
from core.errors import Refused

LONGEST_NOTE = 4000
MOST_NOTES = 200


@transaction.atomic
def set_account_owner(organisation: Organisation, *, by: User, owner: User | None) -> None:
    """Say who looks after a customer; None for nobody. Recorded among the changes (§14)."""
    require_manager(by)
    if owner is not None and not (owner.is_care and owner.is_active):
        raise Refused(f"{owner.name} is not an active person of Care.")
    held = AccountOwner.objects.select_for_update().filter(organisation=organisation)
    before = held.select_related("owner").first()
    if owner is None:
        held.delete()
    else:
        AccountOwner.objects.update_or_create(organisation=organisation, defaults={"owner": owner})
    record_change(
        by=by,
        kind="organisation",
        key=organisation.pk,
        name=organisation.name,
        before={"account owner": before.owner.name if before else ""},
        after={"account owner": owner.name if owner else ""},
    )


@transaction.atomic
def add_customer_note(
    organisation: Organisation, *, by: User, text: str, about: User | None = None
) -> CustomerNote:
    """Write a note about a customer, or about one of their people; only Care reads it."""
    if not (by.is_care and by.is_active):
        raise Refused("Only people of Care write notes about a customer.")
    if about is not None and (about.organisation_id != organisation.pk or about.is_erased):
        raise Refused("A note is about one of the customer's people.")
    text = require_text(text, "the note", LONGEST_NOTE)
    if organisation.care_notes.count() >= MOST_NOTES:
        raise Refused(f"There are {MOST_NOTES} notes: please delete those that are out of date.")
    return CustomerNote.objects.create(
        organisation=organisation, about=about, by=by, at=timezone.now(), text=text
    )


@transaction.atomic
def remove_customer_note(organisation: Organisation, key: int, *, by: User) -> None:
    """Delete a note: its author, or a manager. Repeated, it does nothing."""
    note = organisation.care_notes.select_for_update(of=("self",)).filter(pk=key).first()
    if note is None:
        return
    if note.by_id != by.pk and not by.is_manager:
        raise Refused("Only its author or a manager deletes a note.")
    note.delete()
