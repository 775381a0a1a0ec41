"""The link that lets somebody who was made one of Care's people choose a password: signed, and in
no table.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing

from contacts.models.people import CARE_ROLES, User
from core.tenancy import auth_scope

SALT = "caretrack.care"


def token_of(person: User) -> str:
    """What the letter's link carries; good until a password is chosen, or too long ago."""
    return signing.dumps([person.pk, person.session_epoch], salt=SALT)


def person_of(token: str) -> User | None:
    """Whom a link is for; None where it is none of ours, too old, or used."""
    try:
        key, mark = signing.loads(
            token, salt=SALT, max_age=timedelta(days=settings.INVITATION_DAYS)
        )
    except (signing.BadSignature, ValueError, TypeError):
        return None
    with auth_scope():
        person = User.objects.filter(pk=key, role__in=CARE_ROLES, is_active=True).first()
    if person is None or person.has_usable_password() or person.session_epoch != mark:
        return None
    return person
