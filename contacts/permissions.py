"""Who may contact Care, who works for it."""

from contacts.models import DesignatedContact, Role, User
from contacts.models.people import ContactState


def is_designated_contact(user: User) -> bool:
    """Whether `user` may open and work their organisation's cases now (§1): an active designation, nothing less."""
    if user.role != Role.CONTACT or not user.is_active:
        return False
    if hasattr(user, "designation_state"):  # a request has read it together with the person
        return bool(user.designation_state == ContactState.ACTIVE)
    return DesignatedContact.objects.filter(user=user, state=ContactState.ACTIVE).exists()
