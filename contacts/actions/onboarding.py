"""Onboarding (§1): an invitation, or an application by the organisation's short name."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from contacts import emails, people_log
from contacts.actions.base import require_text
from contacts.email_texts import EmailKind
from contacts.models import (
    ContactState,
    DesignatedContact,
    Invitation,
    Organisation,
    PeopleEventType,
    Role,
    Site,
    User,
)
from contacts.models.people import CUSTOMER_ROLES
from contacts.permissions import require_manager_of_people
from core import current_time
from core.errors import Refused
from core.fields import validate_address
from core.tenancy import auth_scope, organisation_scope

HELD = (
    "This address cannot be invited. If the person works for two customers, they "
    "need an address for each."
)


@transaction.atomic
def invite(
    organisation: Organisation,
    *,
    by: User,
    email: str,
    name: str,
    role: str = Role.CONTACT,
    site: Site | None = None,
    language: str = "en",
) -> Invitation:
    """Invite a person as a future Designated Contact or as a colleague with read-only access.

    A second invitation of the same address replaces the first, so that a lost email can be sent
    again. Refused for an address of the organisation's own people.

    Only Care may know that an address belongs to another organisation. A customer's invitation then
    looks like any other, and only the email to that address explains it.
    """
    require_manager_of_people(by, organisation)
    _one_at_a_time(organisation.pk)
    if role not in CUSTOMER_ROLES:
        raise Refused("Invite a Designated Contact or a colleague.")
    if site is not None and site.organisation_id != organisation.pk:
        raise Refused("Choose a site of the organisation itself.")
    email, name = address_of(email), require_text(name, "the person's name", 150)
    with auth_scope():
        holder = (
            User.objects.filter(email__iexact=email)
            .values_list("organisation_id", flat=True)
            .first()
        )
        is_held = User.objects.filter(email__iexact=email).exists()
    if is_held and holder == organisation.pk:
        raise Refused("{email} already belongs to one of your people.", email=email)
    if is_held and by.is_care:
        raise Refused(HELD)
    _withdraw_open(organisation, email)
    invitation = _create_invitation(
        organisation, email=email, name=name, role=role, site=site, language=language, by=by
    )
    emails.write(
        _kind(role, is_held),
        organisation_id=organisation.pk,
        address=email,
        name=name,
        language=language,
        invitation=invitation,
        key=f"invitation:{invitation.pk}",
        by=by.name,
        organisation=organisation.name,
        until=invitation.expires_at.date(),
    )
    people_log.record(
        organisation.pk,
        PeopleEventType.INVITED,
        by=by,
        email=email,
        name=name,
        role=str(role),
        invitation=invitation.pk,
    )
    return invitation


def _kind(role: str, is_held: bool) -> EmailKind:
    if is_held:
        return EmailKind.INVITED_ELSEWHERE
    return EmailKind.INVITED if role == Role.CONTACT else EmailKind.INVITED_COLLEAGUE


def _one_at_a_time(organisation_id: int) -> None:
    """Lock the organisation: a button pressed twice runs one after the other, so an address has one
    open invitation.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: User) -> None:
    """Withdraw an invitation that nobody has accepted."""
    _one_at_a_time(invitation.organisation_id)
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .get(pk=invitation.pk)
    )
    require_manager_of_people(by, invitation.organisation)
    if invitation.accepted_at is not None:
        raise Refused("{name} has joined already.", name=invitation.name)
    if invitation.withdrawn_at is not None:
        raise Refused("The invitation was withdrawn already.")
    invitation.withdrawn_at = current_time.now()
    invitation.save(update_fields=["withdrawn_at"])
    people_log.record(
        invitation.organisation_id,
        PeopleEventType.INVITATION_WITHDRAWN,
        by=by,
        email=invitation.email,
        name=invitation.name,
        invitation=invitation.pk,
    )


def apply(*, short_name: str, email: str, name: str, language: str = "en") -> None:
    """Apply to an organisation by its short name, without an account.

    The answer never reveals whether the organisation exists or the address is known; only an email
    to the address does. An application is an invitation that the applicant requested, and its link
    proves the address.
    """
    email, name = address_of(email), require_text(name, "your name", 150)
    with auth_scope():
        organisation_id = (
            Organisation.objects.filter(short_name=short_name.strip().lower(), is_historical=False)
            .values_list("pk", flat=True)
            .first()
        )
        known = User.objects.filter(email__iexact=email).first()
    if organisation_id is None:
        return
    if known is not None:
        _notify_account_owner(known, organisation_id)
        return
    with organisation_scope(organisation_id), transaction.atomic():
        organisation = Organisation.objects.get(pk=organisation_id)
        today = f"{current_time.now():%Y-%m-%d}"
        _one_at_a_time(organisation.pk)
        there = Invitation.objects.filter(
            organisation=organisation,
            email=email,
            accepted_at__isnull=True,
            withdrawn_at__isnull=True,
        ).first()
        if there is not None and there.created_at > current_time.now() - timedelta(minutes=10):
            return  # the email is on its way: repeated requests fill no mailbox
        if there is not None and not there.applied and there.is_open(current_time.now()):
            _remind_of(
                there, today
            )  # an invited person need not apply, and a stranger cannot replace an invitation
            return
        _withdraw_open(organisation, email)
        invitation = _create_invitation(
            organisation, email=email, name=name, applied=True, language=language
        )
        emails.write(
            EmailKind.APPLIED,
            organisation_id=organisation_id,
            address=email,
            name=name,
            language=language,
            invitation=invitation,
            key=f"invitation:{invitation.pk}",
            organisation=organisation.name,
            until=invitation.expires_at.date(),
        )


def _notify_account_owner(person: User, organisation_id: int) -> None:
    """Notify the owner of an account that applies again, once a day."""
    with auth_scope(), transaction.atomic():
        emails.write(
            EmailKind.KNOWN,
            organisation_id=person.organisation_id,
            recipient=person,
            key=f"known:{organisation_id}:{current_time.now():%Y-%m-%d}",
            organisation=Organisation.objects.get(pk=organisation_id).name,
            link=f"{settings.BASE_URL}/accounts/login/",
        )


def _remind_of(invitation: Invitation, today: str) -> None:
    """Send the link of an invitation again, at most once a day."""
    emails.write(
        EmailKind.INVITED_AGAIN,
        organisation_id=invitation.organisation_id,
        address=invitation.email,
        name=invitation.name,
        language=invitation.language,
        invitation=invitation,
        key=f"invitation:{invitation.pk}:{today}",
        until=invitation.expires_at.date(),
    )


def accept_invitation(
    invitation_id: int, *, name: str, password: str, zone: str, language: str = "en"
) -> User:
    """Accept an invitation: the link proves the address, the person chooses a password, and the
    account is created.

    A future contact begins with the training; a colleague can read cases immediately. Refused for a
    link that was used, withdrawn or has expired. Raises ValidationError for an invalid password or
    time zone.
    """
    with auth_scope():
        invitation = Invitation.objects.filter(pk=invitation_id).first()
    if invitation is None:
        raise Refused("This link is not valid. Please ask for a new invitation.")
    with organisation_scope(invitation.organisation_id), transaction.atomic():
        _one_at_a_time(invitation.organisation_id)
        locked = Invitation.objects.select_for_update(of=("self",)).select_related(
            "organisation", "by", "site"
        )
        invitation = locked.get(pk=invitation_id)
        if not invitation.is_open(current_time.now()):
            if invitation.accepted_at:
                raise Refused("This link was used already: please sign in.")
            raise Refused("This link has expired. Please ask for a new invitation.")
        user = _create_person(
            invitation,
            name=require_text(name, "your name", 150),
            password=password,
            zone=zone,
            language=language,
        )
        invitation.accepted_at, invitation.user = current_time.now(), user
        invitation.save(update_fields=["accepted_at", "user"])
        if invitation.applied:
            people_log.record(
                invitation.organisation_id,
                PeopleEventType.APPLIED,
                by=user,
                about=user,
                email=user.email,
            )
        else:
            people_log.record(
                invitation.organisation_id,
                PeopleEventType.JOINED,
                by=user,
                about=user,
                email=user.email,
                role=str(user.role),
                invited_by=invitation.by_id,
            )
        return user


def _create_person(
    invitation: Invitation, *, name: str, password: str, zone: str, language: str
) -> User:
    site = invitation.site or invitation.organisation.sites.first()
    person = User(email=invitation.email, name=name, zone=zone, language=language)
    validate_password(password, person)
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                invitation.email,
                password,
                name=name,
                role=invitation.role,
                zone=zone,
                language=language,
                organisation=invitation.organisation,
                site=site,
            )
    except (IntegrityError, ValidationError) as error:
        if isinstance(error, ValidationError) and "email" not in error.message_dict:
            raise
        raise Refused("This address has an account already. Please sign in, or ask Care.") from None
    if user.role == Role.CONTACT:
        state = ContactState.APPLIED if invitation.applied else ContactState.INVITED
        DesignatedContact.objects.create(
            organisation=invitation.organisation,
            user=user,
            state=state,
            changed_at=current_time.now(),
        )
    return user


def _withdraw_open(organisation: Organisation, email: str) -> None:
    Invitation.objects.filter(
        organisation=organisation, email=email, accepted_at__isnull=True, withdrawn_at__isnull=True
    ).update(withdrawn_at=current_time.now())


def _create_invitation(
    organisation: Organisation,
    *,
    email: str,
    name: str,
    role: str = Role.CONTACT,
    site: Site | None = None,
    language: str = "en",
    by: User | None = None,
    applied: bool = False,
) -> Invitation:
    now = current_time.now()
    return Invitation.objects.create(
        organisation=organisation,
        email=email,
        name=name,
        role=role,
        site=site,
        language=language,
        by=by,
        applied=applied,
        created_at=now,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )


def address_of(email: str) -> str:
    """The address in its stored form. Raises Refused where it is none."""
    email = email.strip().lower()
    try:
        validate_address(email)
    except ValidationError as error:
        if "@" in email and not email.rpartition("@")[0].isascii():
            raise Refused(error.messages[0]) from None
        raise Refused("“{email}” is not an email address.", email=email[:100]) from None
    return email
