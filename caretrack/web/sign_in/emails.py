"""Account emails: password, second factor, sign-in.

They are queued as `contacts.emails` and never sent inside a request. The sign-in role writes them:
it may add an email to a person's own address and read none. The link of a password reset is created
when the email is sent, so that no row contains a key to an account.
"""

from typing import Any
from urllib.parse import quote

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from caretrack.web.sign_in.sources import address_of
from contacts import emails
from contacts.email_texts import EmailKind
from contacts.models import QueuedEmail, Role, User
from core.tenancy import auth_scope

RESET_EVERY_SECONDS = 300  # at most one reset email in this time

# Our email kinds for allauth's emails about changes. Emails about second factors follow from the
# rows themselves (`authenticator_added`), in the same transaction, so allauth's are left out.
CHANGES = {
    "account/email/password_changed": EmailKind.PASSWORD_CHANGED,
    "account/email/password_set": EmailKind.PASSWORD_CHANGED,
    "account/email/password_reset": EmailKind.PASSWORD_RESET_DONE,
}
ADDED = {
    Authenticator.Type.TOTP: EmailKind.AUTHENTICATOR_ADDED,
    Authenticator.Type.WEBAUTHN: EmailKind.PASSKEY_ADDED,
    Authenticator.Type.RECOVERY_CODES: EmailKind.RECOVERY_CODES_CREATED,
}
REMOVED = {
    Authenticator.Type.TOTP: EmailKind.AUTHENTICATOR_REMOVED,
    Authenticator.Type.WEBAUTHN: EmailKind.PASSKEY_REMOVED,
}


def notify(kind: EmailKind, person: User, *, about: object = "", **values: Any) -> None:
    """Queue an account email to an active person, with the time and source of the request.

    `about` identifies the subject: each kind is sent once for the same subject.
    """
    if person.is_active and not person.is_system:
        with auth_scope():
            _write(kind, person, about=about, **values)


def _write(kind: EmailKind, person: User, *, about: object, **values: Any) -> None:
    now = timezone.now()
    fields = {
        "at": now,
        "source": address_of(context.request) if context.request else "CareTrack",
        "link": settings.BASE_URL + reverse("account_reset_password"),
        **values,
    }
    emails.write(
        kind,
        organisation_id=person.organisation_id,
        recipient=person,
        key=f"{kind}:{about or now.isoformat()}",
        **fields,
    )


def notify_address(kind: EmailKind, address: str, *, about: str, **values: Any) -> None:
    """Queue an email if the address belongs to somebody. Otherwise do the same work and write
    nothing.

    The statements are the same, so that neither response nor duration reveals who has an account.
    For an unknown address, an email to CareTrack's own account is written and rolled back.
    """
    with auth_scope():
        candidates = User.objects.filter(
            Q(email=address.strip().lower(), is_active=True) | Q(role=Role.SYSTEM)
        )
        people = {person.is_system: person for person in candidates}
        person = people.get(False)
        with transaction.atomic():
            _write(kind, person or people[True], about=about, **values)
            if person is None:
                transaction.set_rollback(True)
    if person is None:
        transaction.on_commit(emails.send_soon)


def request_password_reset(address: str) -> None:
    """Queue an email with a reset link, if the address belongs to somebody."""
    turn = int(timezone.now().timestamp()) // RESET_EVERY_SECONDS
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    notify_address(
        EmailKind.PASSWORD_RESET, address, about=str(turn), link=emails.LINK, minutes=minutes
    )


def reset_link(email: QueuedEmail) -> str | None:
    """A link that sets a new password once, by allauth's token generator. None for a closed
    account.
    """
    with auth_scope():
        open_accounts = User.objects.filter(is_active=True, email=email.address)
        person = open_accounts.filter(pk=email.recipient_id or 0).first()
        if person is None or person.is_system:
            return None
        key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return settings.BASE_URL + path.replace("UID-KEY", quote(key))


def authenticator_added(sender: Any, instance: Authenticator, created: bool, **kwargs: Any) -> None:
    """A second factor was added: its owner gets an email."""
    if created:
        _notify_of_authenticator(ADDED, instance)


def authenticator_removed(sender: Any, instance: Authenticator, **kwargs: Any) -> None:
    """A second factor was removed, by its owner or an administrator: its owner gets an email."""
    _notify_of_authenticator(REMOVED, instance)


def _notify_of_authenticator(
    kinds: dict[Authenticator.Type, EmailKind], authenticator: Authenticator
) -> None:
    kind = kinds.get(Authenticator.Type(authenticator.type))
    if kind is None:
        return
    named = {}
    if authenticator.type == Authenticator.Type.WEBAUTHN:
        named["passkey"] = str(authenticator.data.get("name", ""))[:100]
    with auth_scope():
        person = User.objects.filter(pk=authenticator.user_id).first()
    if person is not None:
        notify(kind, person, about=authenticator.pk or "", **named)


def recovery_code_used(
    sender: Any, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """A recovery code was used. Its owner gets an email, because it may be stolen."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        left = len(Authenticator.objects.get(pk=authenticator.pk).wrap().get_unused_codes())
        notify(EmailKind.RECOVERY_CODE_USED, user, left=left)


def listen() -> None:
    """Connect the signals, and register the factory of reset links. Called once, when a program
    starts.
    """
    from allauth.mfa.signals import authenticator_used
    from django.db.models.signals import post_delete, post_save

    emails.register_link(EmailKind.PASSWORD_RESET, reset_link)
    post_save.connect(
        authenticator_added, sender=Authenticator, dispatch_uid="caretrack.authenticator_added"
    )
    post_delete.connect(
        authenticator_removed, sender=Authenticator, dispatch_uid="caretrack.authenticator_removed"
    )
    authenticator_used.connect(recovery_code_used, dispatch_uid="caretrack.recovery_code_used")
