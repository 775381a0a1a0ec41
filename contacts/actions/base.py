"""What the verbs share: holding the row, writing it, asking for words."""

from django.utils.translation import gettext

from contacts.models import DesignatedContact, User
from core import current_time
from core.errors import Refused


def locked(designation: DesignatedContact) -> DesignatedContact:
    """The designation as it is now, not as a page saw it, held until the transaction ends."""
    found = DesignatedContact.objects.select_for_update(of=("self",)).select_related(
        "user", "organisation"
    )
    held = found.get(pk=designation.pk)
    require_not_erased(held.user)
    return held


def require_not_erased(person: User) -> None:
    """Nothing is done any more about somebody of whom nobody knows who it was (§14)."""
    if person.is_erased:
        raise Refused(
            "{name}: who this was has been erased, and nothing about them changes any more.",
            name=person.name,
        )


def save(designation: DesignatedContact) -> None:
    """Write what a verb may change, with the instant it did."""
    designation.changed_at = current_time.now()
    designation.save(update_fields=DesignatedContact.CHANGING)


def require_text(text: str, what: str, at_most: int = 2000) -> str:
    """The text without surrounding blanks, or Refused."""
    text = text.strip()
    if not text:
        raise Refused("Please write {what}.", what=gettext(what))
    require_length(text, what, at_most)
    return text


def require_length(text: str, what: str, at_most: int) -> None:
    """Refused where a text is longer than it may be: with the limit, its length, and what to do."""
    if len(text) > at_most:
        raise Refused(
            "{what} may have {count} characters and has {length}. Please shorten it, "
            "or attach the rest as a file.",
            what=gettext(what).capitalize(),
            count=f"{at_most:,}",
            length=f"{len(text):,}",
        )
