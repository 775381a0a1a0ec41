"""The link with which a new person of Care chooses a password: signed, and stored nowhere."""

from datetime import timedelta

from django.conf import settings
from django.core import signing

from contacts.models.people import CARE_ROLES, User
from core.tenancy import auth_scope

SALT = "caretrack.care"


def token_of(person: User) -> str:
    """The token in the invitation's link; valid until a password is chosen or the period ends."""
    return signing.dumps([person.pk, person.session_epoch], salt=SALT)


def person_of(token: str) -> User | None:
    """The person of an invitation's link; None where the link is invalid, expired or used."""
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
