"""Emergency actions of an administrator, for which no page exists; each is recorded with who and
why (§1, §14).
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from contacts import emails, people_log, sign_in_data
from contacts.actions.base import require_not_erased, require_text
from contacts.admin_log import record_change
from contacts.email_texts import EmailKind
from contacts.models import ApiToken, PeopleEventType, User
from contacts.permissions import require_keeper_of_roles
from core.errors import Refused

KIND = "account"


@transaction.atomic
def change_address(person: User, *, by: User, email: str, reason: str) -> User:
    """Change a person's email address: they sign in with it, and notifications go there from now
    on.

    Refused where another person has that address. All sessions end; notifications already written
    retain their address.
    """
    held = _held(person, by)
    email = User.objects.normalize_email(email).strip().lower()
    if email == held.email:
        return held
    if User.objects.filter(email__iexact=email).exclude(pk=held.pk).exists():
        raise Refused("Somebody has this address already.")
    reason = require_text(reason, "why", 300)
    before, held.email = held.email, email
    held.full_clean()
    held.save(update_fields=["email"])
    sign_in_data.change_address(held, email)
    emails.write(
        EmailKind.ADDRESS_CHANGED,
        organisation_id=held.organisation_id,
        recipient=held,
        address=before,
        key=f"{EmailKind.ADDRESS_CHANGED}:{timezone.now().isoformat()}",
        by=by.name,
        at=timezone.now(),
    )
    _record(held, by, "changed the address of", {"email": before}, {"email": email, "why": reason})
    end_sessions(held, by=by, reason=reason)
    return held


@transaction.atomic
def remove_second_steps(person: User, *, by: User, reason: str) -> int:
    """Remove authenticator, passkeys and recovery codes of a person who lost them all; all sessions
    end.

    They sign in with their password and set up a second step again. Returns how many were removed.
    """
    held = _held(person, by)
    if held.pk == by.pk:
        raise Refused("Nobody removes their own second step here: another administrator does.")
    reason = require_text(reason, "why", 300)
    kinds = sign_in_data.remove_second_steps(held)
    if not kinds:
        raise Refused(f"{held.name} has no second step.")
    end_sessions(held, by=by, reason=reason)
    _record(
        held,
        by,
        "removed the second steps of",
        {"second_steps": kinds},
        {"second_steps": [], "why": reason},
    )
    return len(kinds)


@transaction.atomic
def end_sessions(person: User, *, by: User, reason: str) -> int:
    """End all sessions of a person and revoke their API tokens.

    Returns the number of sessions and tokens that ended.
    """
    held = _held(person, by)
    reason = require_text(reason, "why", 300)
    sessions = sign_in_data.end_sessions(held)
    tokens = ApiToken.objects.filter(user=held, revoked_at=None).update(revoked_at=timezone.now())
    _record(
        held,
        by,
        "ended all sign-ins of",
        {"log_ins": sessions, "tokens": tokens},
        {"log_ins": 0, "tokens": 0, "why": reason},
    )
    return sessions + tokens


def _held(person: User, by: User) -> User:
    require_keeper_of_roles(by)
    held = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if held.is_system:
        raise Refused("CareTrack's own account has no person behind it.")
    require_not_erased(held)
    return held


def _record(held: User, by: User, verb: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Record it in Care's change log, and for a customer's person in their organisation's event log
    too.
    """
    record_change(
        by=by, kind=KIND, key=held.pk, name=held.name, before=before, after=after, verb=verb
    )
    if held.organisation_id is not None:
        people_log.record(
            held.organisation_id,
            PeopleEventType.CHANGED,
            by=by,
            about=held,
            before=before,
            after=after,
        )
