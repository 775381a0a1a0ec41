"""Rights: who may contact Care, who manages an organisation's people, who works for Care."""

from contacts.models import ContactState, DesignatedContact, Organisation, Role, User
from core.errors import Refused


def is_designated_contact(user: User) -> bool:
    """Whether `user` may open and work their organisation's cases now (§1): only with an active
    designation.
    """
    if user.role != Role.CONTACT or not user.is_active:
        return False
    if hasattr(user, "designation_state"):  # a request has read it together with the person
        return bool(user.designation_state == ContactState.ACTIVE)
    return DesignatedContact.objects.filter(user=user, state=ContactState.ACTIVE).exists()


def is_primary_contact(user: User) -> bool:
    """Whether `user` manages the people of their organisation."""
    if user.role != Role.CONTACT or not user.is_active:
        return False
    return DesignatedContact.objects.filter(
        user=user, state=ContactState.ACTIVE, is_primary=True
    ).exists()


def may_manage_people(by: User, organisation: Organisation) -> bool:
    """Care, and the primary contact of that organisation."""
    if by.is_care or by.is_system:
        return by.is_active
    return by.organisation_id == organisation.pk and is_primary_contact(by)


def require_manager_of_people(by: User, organisation: Organisation) -> None:
    if not may_manage_people(by, organisation):
        raise Refused("Only the primary contact of this organisation, or Care, manages its people.")


def require_care(by: User) -> None:
    if not (by.is_active and (by.is_care or by.is_system)):
        raise Refused("Only Care's people can do this.")


def require_manager(by: User) -> None:
    if not (by.is_active and by.is_manager):
        raise Refused("Only Care's managers and administrators can do this.")


def require_keeper_of_roles(by: User) -> None:
    if not (by.is_active and by.role == Role.ADMINISTRATOR):
        raise Refused("Only Care's administrators decide who works for Care, and in which role.")
