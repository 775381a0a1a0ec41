"""Rights on cases, one predicate each; every page and every action uses the same ones."""

from cases.models import Case
from contacts.models import User
from contacts.permissions import is_designated_contact
from core.errors import Refused


def may_work(by: User, case: Case) -> bool:
    """Care's people and CareTrack itself work cases."""
    return by.is_active and (by.is_care or by.is_system)


def may_speak_for_customer(by: User, case: Case) -> bool:
    """Only an active Designated Contact of the case's own organisation contacts Care about it
    (§1).
    """
    return by.organisation_id == case.organisation_id and is_designated_contact(by)


def require_worker(by: User, case: Case) -> None:
    if not may_work(by, case):
        raise Refused("Only Care's people can do this.")


def require_contact(by: User, case: Case) -> None:
    if not may_speak_for_customer(by, case):
        raise Refused("Only an active Designated Contact of this organisation can do this.")
