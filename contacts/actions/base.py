"""What the actions share: locking the row, saving it, requiring a text."""

from django.utils.translation import gettext

from contacts.models import DesignatedContact, User
from core import current_time, plain_text
from core.errors import Refused


def locked(designation: DesignatedContact) -> DesignatedContact:
    """The designation as it is now, not as a page showed it, locked until the transaction ends."""
    designations = DesignatedContact.objects.select_for_update(of=("self",)).select_related(
        "user", "organisation"
    )
    held = designations.get(pk=designation.pk)
    require_not_erased(held.user)
    return held


def require_not_erased(person: User) -> None:
    """Refuse every change of a person who has been erased (§14)."""
    if person.is_erased:
        raise Refused(
            "{name}: who this was has been erased, and nothing about them changes any more.",
            name=person.name,
        )


def save(designation: DesignatedContact) -> None:
    """Save what an action may change, with the time of the change."""
    designation.changed_at = current_time.now()
    designation.save(update_fields=DesignatedContact.CHANGING)


def require_text(text: str, what: str, at_most: int = 2000) -> str:
    """The text without surrounding blanks. Raises Refused where it shows nothing or is too long."""
    text = text.strip()
    if not plain_text.is_visible(text):
        raise Refused("Please write {what}.", what=gettext(what))
    require_length(text, what, at_most)
    return text


def require_length(text: str, what: str, at_most: int) -> None:
    """Refuse a text that is too long; the message names the limit, the length and what to do."""
    if len(text) > at_most:
        raise Refused(
            "{what} may have {count} characters and has {length}. Please shorten it, "
            "or attach the rest as a file.",
            what=gettext(what).capitalize(),
            count=f"{at_most:,}",
            length=f"{len(text):,}",
        )
