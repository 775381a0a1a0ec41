"""Sign-in data of people: sessions, second steps, passwords and sign-in addresses.

Only the sign-in role can use these tables (`contacts.rights`), so other code reads and ends them
here.
"""

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connection

from contacts.models import User
from core.tenancy import auth_scope

SECOND_STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def ways_in_of(people: Iterable[User]) -> dict[int, tuple[bool, bool]]:
    """Whether each person has a password and a second step, by id; for Care's pages, in one
    query.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ways_in(%s)", [[person.pk for person in people]])
        return {
            key: (has_password, has_second) for key, has_password, has_second in cursor.fetchall()
        }


def has_second_step(person: User) -> bool:
    """Whether a person has an authenticator app or a passkey."""
    with auth_scope():
        return Authenticator.objects.filter(user=person.pk, type__in=SECOND_STEPS).exists()


def remove_second_steps(person: User) -> list[str]:
    """Remove authenticator, passkeys and recovery codes. Returns what kinds there were."""
    with auth_scope():
        rows = Authenticator.objects.filter(user=person.pk)
        kinds = sorted(rows.values_list("type", flat=True))
        rows.delete()
    return kinds


def end_sessions(person: User) -> int:
    """Sign a person out on every device. Returns the number of sessions."""
    with auth_scope():
        sessions = list(UserSession.objects.filter(user=person.pk))
        for session in sessions:
            session.end()
    return len(sessions)


def change_address(person: User, email: str) -> None:
    """Change the address with which a person signs in."""
    with auth_scope():
        EmailAddress.objects.filter(user=person.pk).update(email=email, verified=True, primary=True)


def rows_of(model: type[Any], person: User) -> list[Any]:
    """The rows of one of these tables about a person, for erasure."""
    with auth_scope():
        return list(model.objects.filter(user=person.pk))


def delete_rows(rows: Iterable[Any]) -> None:
    """Delete rows of one of these tables; a deleted session ends."""
    with auth_scope():
        for row in rows:
            row.end() if isinstance(row, UserSession) else row.delete()
