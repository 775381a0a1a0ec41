"""Care's own people: their invitation, roles and access.

Only administrators change roles (§14).
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from contacts import care_invitations, emails, sign_in_data
from contacts.actions.base import require_text
from contacts.actions.onboarding import address_of
from contacts.admin_log import record_change
from contacts.email_texts import EmailKind
from contacts.models import Role
from contacts.models.people import CARE_ROLES, User
from contacts.permissions import require_keeper_of_roles
from core import current_time
from core.errors import Refused
from core.tenancy import care_scope

KIND = "person of Care"
GONE = "This link has expired. Ask your administrator for another one."


@transaction.atomic
def invite_to_care(
    *, by: User, email: str, name: str, role: str, zone: str, language: str = "en"
) -> User:
    """Add a person of Care and email them a link to choose a password. Until then nobody can sign
    in as them.

    Refused for an address that another person has. Raises ValidationError for an unknown time zone.
    """
    require_keeper_of_roles(by)
    if role not in CARE_ROLES:
        raise Refused("Care's people are analysts, managers or administrators.")
    email, name = address_of(email), require_text(name, "the person's name", 150)
    if User.objects.filter(email__iexact=email).exists():
        raise Refused(f"{email} is somebody's already: an address belongs to one person.")
    person = User.objects.create_user(
        email, None, name=name, role=role, zone=zone, language=language
    )
    record_change(
        by=by, kind=KIND, key=person.pk, name=person.name, after=_snapshot(person), verb="invited"
    )
    _write(person, by)
    return person


@transaction.atomic
def invite_to_care_again(person: User, *, by: User) -> User:
    """Send the invitation again to a person who has not joined yet.

    The link of the earlier email remains valid; either can be used once.
    """
    held, _ = _held(person, by)
    if held.has_usable_password():
        raise Refused(
            f"{held.name} has chosen a password already. Whoever forgot theirs asks "
            "for a new one at sign-in."
        )
    if not held.is_active:
        raise Refused(f"{held.name} is deactivated: reactivate them first.")
    record_change(by=by, kind=KIND, key=held.pk, name=held.name, verb="invited again")
    _write(held, by)
    return held


def _write(person: User, by: User) -> None:
    now = current_time.now()
    emails.write(
        EmailKind.INVITED_TO_CARE,
        organisation_id=None,
        recipient=person,
        key=f"care:{now.isoformat()}",
        by=by.name,
        role=str(Role(person.role).label),
        until=(now + timedelta(days=settings.INVITATION_DAYS)).date(),
    )


def join_care(token: str, *, name: str, password: str, zone: str, language: str = "en") -> User:
    """Choose a password through the link of an invitation to Care."""
    person = care_invitations.person_of(token)
    if person is None:
        raise Refused(GONE)
    with care_scope(), transaction.atomic():
        held = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
        if held.has_usable_password() or not held.is_active:
            raise Refused(GONE)
        before = _snapshot(held)
        held.name, held.zone, held.language = require_text(name, "your name", 150), zone, language
        validate_password(password, held)
        held.set_password(password)
        held.full_clean()
        held.save(update_fields=["name", "zone", "language", "session_epoch"])
        record_change(
            by=held,
            kind=KIND,
            key=held.pk,
            name=held.name,
            before=before,
            after=_snapshot(held),
            verb="joined",
        )
        return held


@transaction.atomic
def change_role(person: User, *, by: User, role: str) -> User:
    """Change the role of a person of Care.

    Nobody changes their own role, and the last administrator remains one.
    """
    held, administrators = _held(person, by)
    if role not in CARE_ROLES:
        raise Refused("Care's people are analysts, managers or administrators.")
    if held.pk == by.pk:
        raise Refused("Nobody changes their own role: another administrator does.")
    _require_another(held, administrators, role)
    before = _snapshot(held)
    held.role = role
    held.save(update_fields=["role"])
    record_change(
        by=by, kind=KIND, key=held.pk, name=held.name, before=before, after=_snapshot(held)
    )
    return held


@transaction.atomic
def deactivate(person: User, *, by: User, reason: str) -> User:
    """Close the account of a person of Care: all sessions end, and what they wrote remains.

    `cases.actions.leave_care` calls it, after it has reassigned their open cases.
    """
    held, administrators = _held(person, by)
    if held.pk == by.pk:
        raise Refused("Nobody deactivates themselves: another administrator does.")
    if not held.is_active:
        raise Refused(f"{held.name} is deactivated already.")
    _require_another(held, administrators, "")
    held.is_active = False
    held.save(update_fields=["is_active"])
    sign_in_data.end_sessions(held)
    reason = require_text(reason, "why", 300)
    record_change(
        by=by,
        kind=KIND,
        key=held.pk,
        name=held.name,
        before={"active": True},
        after={"active": False, "why": reason},
        verb="deactivated",
    )
    return held


@transaction.atomic
def reactivate(person: User, *, by: User) -> User:
    """Reopen the account, with its former role and teams."""
    held, _ = _held(person, by)
    if held.is_active:
        raise Refused(f"{held.name} is active already.")
    held.is_active = True
    held.save(update_fields=["is_active"])
    record_change(
        by=by,
        kind=KIND,
        key=held.pk,
        name=held.name,
        before={"active": False},
        after={"active": True},
        verb="reactivated",
    )
    return held


def _held(person: User, by: User) -> tuple[User, set[int]]:
    """The person and the ids of the active administrators, locked: two who remove each other run
    one after the other.
    """
    people = User.objects.select_for_update(of=("self",)).order_by("pk")
    people_by_pk = {one.pk: one for one in people.filter(pk__in=_keys(person))}
    held = people_by_pk.get(person.pk)
    if held is None or held.role not in CARE_ROLES:
        raise Refused("This is nobody of Care's.")
    require_keeper_of_roles(people_by_pk.get(by.pk, by))
    return held, {
        one.pk for one in people_by_pk.values() if one.role == Role.ADMINISTRATOR and one.is_active
    }


def _keys(person: User) -> list[int]:
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).values_list(
        "pk", flat=True
    )
    return sorted({person.pk, *administrators})


def _require_another(person: User, administrators: set[int], role: str) -> None:
    if role != Role.ADMINISTRATOR and administrators == {person.pk}:
        raise Refused(f"{person.name} is the last administrator: make somebody else one first.")


def _snapshot(person: User) -> dict[str, Any]:
    return {
        "name": person.name,
        "email": person.email,
        "role": str(Role(person.role).label),
        "zone": person.zone,
        "language": person.language,
    }
