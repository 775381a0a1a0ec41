"""Designations: from the form after the training to approval, suspension and revocation (§1)."""

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from contacts import emails, people_log, training
from contacts.actions.base import locked, require_text, save
from contacts.email_texts import EmailKind
from contacts.models import (
    ContactState,
    DesignatedContact,
    PeopleEvent,
    PeopleEventType,
    StopReason,
    User,
)
from contacts.permissions import (
    is_designated_contact,
    require_care,
    require_manager_of_people,
)
from core import current_time
from core.errors import Refused

FORM = ("work_phone", "languages", "responsibilities", "statement")


LONGEST_ANSWER = 2000  # of an applicant to Care's question


@transaction.atomic
def submit_form(designation: DesignatedContact, *, by: User, form: dict[str, Any]) -> PeopleEvent:
    """Submit the form at the end of the training: Care's 48 business hours begin now (§1).

    Refused before the quiz of the current course version is passed, and unless the responsibilities
    are accepted.
    """
    designation = locked(designation)
    _require_self(designation, by)
    if not training.has_current_certificate(designation.user):
        raise Refused("Please finish the training first: the form comes after the quiz.")
    if not form.get("responsibilities"):
        raise Refused("Please accept the responsibilities of a Designated Contact.")
    designation.submit_form()
    designation.form, designation.submitted_at = _form_fields(form), current_time.now()
    designation.reason = ""
    save(designation)
    return _record(designation, PeopleEventType.FORM_SUBMITTED, by=by, form=designation.form)


@transaction.atomic
def answer_back(
    designation: DesignatedContact, *, by: User, form: dict[str, Any], answer: str
) -> PeopleEvent:
    """Answer Care's question in words, and with a corrected form: the credential clock resumes."""
    designation = locked(designation)
    _require_self(designation, by)
    answer = require_text(answer, "an answer to the question", LONGEST_ANSWER)
    question = designation.reason
    designation.answer_back()
    designation.form, designation.reason = _form_fields(form), ""
    save(designation)
    return _record(
        designation,
        PeopleEventType.ANSWERED_BACK,
        by=by,
        form=designation.form,
        question=question,
        answer=answer,
    )


@transaction.atomic
def ask_back(designation: DesignatedContact, *, by: User, question: str) -> PeopleEvent:
    """Ask the applicant a question before the decision: the credential clock pauses."""
    designation = locked(designation)
    require_care(by)
    question = require_text(question, "what you need to know", 300)
    designation.ask_back()
    designation.reason = question
    save(designation)
    _send_email(
        designation,
        EmailKind.ASKED_BACK,
        by=by.name,
        reason=question,
        link=f"{settings.BASE_URL}/portal/joining/",
    )
    return _record(designation, PeopleEventType.ASKED_BACK, by=by, reason=question)


@transaction.atomic
def approve(designation: DesignatedContact, *, by: User) -> PeopleEvent:
    """Approve the application: from now on this person opens and works cases.

    The credential clock ends, met or missed.
    """
    designation = locked(designation)
    require_care(by)
    if not designation.user.is_active:
        raise Refused(
            "The access of {name} has ended. Restore it first, or decline the application.",
            name=designation.user.name,
        )
    designation.approve()
    designation.reason, designation.active_since = "", current_time.now()
    save(designation)
    _send_email(designation, EmailKind.APPROVED, link=f"{settings.BASE_URL}/portal/")
    return _record(designation, PeopleEventType.APPROVED, by=by)


@transaction.atomic
def decline(designation: DesignatedContact, *, by: User, reason: str) -> PeopleEvent:
    """Decline the application, with a reason that the applicant and the primary contact read."""
    designation = locked(designation)
    require_care(by)
    designation.decline()
    designation.reason = require_text(reason, "why the application is declined", 300)
    save(designation)
    _send_email(designation, EmailKind.DECLINED, reason=designation.reason)
    return _record(designation, PeopleEventType.DECLINED, by=by, reason=designation.reason)


@transaction.atomic
def readmit(designation: DesignatedContact, *, by: User, reason: str) -> PeopleEvent:
    """Let a declined or revoked person try again, beginning with the training."""
    designation = locked(designation)
    require_care(by)
    reason = require_text(reason, "why they get another try", 300)
    designation.readmit()
    designation.reason = ""
    save(designation)
    _send_email(designation, EmailKind.READMITTED, link=f"{settings.BASE_URL}/portal/joining/")
    return _record(designation, PeopleEventType.READMITTED, by=by, reason=reason)


@transaction.atomic
def suspend(
    designation: DesignatedContact, *, by: User, reason: str, stopped_by: str = StopReason.A_PERSON
) -> PeopleEvent:
    """Suspend a contact: they may read cases but not work them.

    Their colleagues continue their cases.
    """
    designation = locked(designation)
    require_manager_of_people(by, designation.organisation)
    _not_oneself(
        designation,
        by,
        gettext_noop("You cannot suspend yourself: make somebody else the primary contact first."),
    )
    reason = require_text(reason, "why the contact is suspended", 300)
    designation.suspend()
    _stop(designation, reason, stopped_by)
    _send_email(designation, EmailKind.SUSPENDED, by=_author_name(by), reason=reason)
    return _record(designation, PeopleEventType.SUSPENDED, by=by, reason=reason)


@transaction.atomic
def reinstate(designation: DesignatedContact, *, by: User, reason: str) -> PeopleEvent:
    """Let a suspended or lapsed contact work again.

    Only Care reverses what Care, a licence or the training ended.
    """
    designation = locked(designation)
    require_manager_of_people(by, designation.organisation)
    reason = require_text(reason, "why the contact is reinstated", 300)
    if not (by.is_care or by.is_system) and not _suspended_by_own_people(designation):
        raise Refused("Only Care can reinstate this contact.")
    if not by.is_system and not training.is_certified(designation.user, current_time.now().date()):
        raise Refused(
            "The training is not renewed yet. The contact is reinstated after passing it."
        )
    designation.reinstate()
    designation.reason, designation.stopped_by = "", ""
    save(designation)
    _send_email(designation, EmailKind.REINSTATED, by=_author_name(by), reason=reason)
    return _record(designation, PeopleEventType.REINSTATED, by=by, reason=reason)


@transaction.atomic
def await_renewal(designation: DesignatedContact, *, by: User, reason: str) -> PeopleEvent:
    """Let a contact read again whose organisation has a licence again, until they renew the
    training. One email says both.
    """
    designation = locked(designation)
    if not by.is_system:
        raise Refused("A designation returns automatically with a licence.")
    designation.await_renewal()
    _stop(designation, reason, StopReason.TRAINING)
    _send_email(designation, EmailKind.SUSPENDED, by=_author_name(by), reason=reason)
    return _record(designation, PeopleEventType.SUSPENDED, by=by, reason=reason)


@transaction.atomic
def lapse(designation: DesignatedContact, *, by: User) -> PeopleEvent:
    """End access of a contact whose organisation has no licence left that grants a channel (§1,
    §3).

    A contact whom a person suspended does not return with the next licence: only a person reverses
    that.
    """
    designation = locked(designation)
    if not by.is_system:
        raise Refused("A designation lapses automatically with the last licence.")
    was_suspended = (
        designation.state == ContactState.SUSPENDED
        and designation.stopped_by != StopReason.TRAINING
    )
    designation.lapse()
    reason = gettext_noop("The organisation's last licence that grants a channel has ended.")
    _stop(designation, reason, StopReason.A_PERSON if was_suspended else StopReason.LICENCE)
    _send_email(designation, EmailKind.LAPSED, link=f"{settings.BASE_URL}/help/")
    return _record(designation, PeopleEventType.LAPSED, by=by, reason=reason)


@transaction.atomic
def revoke(
    designation: DesignatedContact, *, by: User, reason: str, successor: User | None = None
) -> PeopleEvent:
    """End a designation permanently, with a reason.

    `successor`, another active contact, becomes the contact of their open cases; without one it is
    the primary contact.
    """
    designation = locked(designation)
    require_manager_of_people(by, designation.organisation)
    _not_oneself(
        designation,
        by,
        gettext_noop("You cannot revoke yourself: make somebody else the primary contact first."),
    )
    reason = require_text(reason, "why the designation is revoked", 300)
    named = _successor(designation, successor)
    designation.revoke()
    _stop(designation, reason, StopReason.A_PERSON)
    _send_email(designation, EmailKind.REVOKED, by=_author_name(by), reason=reason)
    return _record(designation, PeopleEventType.REVOKED, by=by, reason=reason, **named)


def _successor(designation: DesignatedContact, successor: User | None) -> dict[str, int]:
    """The successor as it is recorded. Refused unless they may work the cases."""
    if successor is None:
        return {}
    person = User.objects.get(pk=successor.pk)
    is_ours = person.organisation_id == designation.organisation_id
    if not (is_ours and is_designated_contact(person)) or person.pk == designation.user_id:
        raise Refused("Choose another active Designated Contact of the organisation.")
    return {"successor": person.pk}


@transaction.atomic
def make_primary(designation: DesignatedContact, *, by: User) -> PeopleEvent:
    """Make an active contact the primary contact, in place of the current one."""
    designation = locked(designation)
    require_manager_of_people(by, designation.organisation)
    if designation.state != ContactState.ACTIVE:
        raise Refused("Only an active Designated Contact can be the primary contact.")
    if designation.is_primary:
        raise Refused("{name} is the primary contact already.", name=designation.user.name)
    try:
        with transaction.atomic():
            there = DesignatedContact.objects.filter(
                organisation=designation.organisation, is_primary=True
            )
            there.update(is_primary=False)
            designation.is_primary = True
            save(designation)
    except IntegrityError:  # of two concurrent ones the database accepts one
        raise Refused(
            "Somebody else was made the primary contact just now. Please look again."
        ) from None
    _send_email(
        designation, EmailKind.PRIMARY, link=f"{settings.BASE_URL}/portal/organisation/people/"
    )
    return _record(designation, PeopleEventType.PRIMARY_MADE, by=by)


def _record(
    designation: DesignatedContact, verb: PeopleEventType, *, by: User, **particulars: Any
) -> PeopleEvent:
    return people_log.record(
        designation.organisation_id,
        verb,
        by=by,
        about=designation.user,
        state=str(designation.state),
        **particulars,
    )


def _stop(designation: DesignatedContact, reason: str, stopped_by: str) -> None:
    """Save a stopped designation; a stopped contact is no longer the primary contact."""
    designation.reason, designation.stopped_by, designation.is_primary = reason, stopped_by, False
    save(designation)


def _send_email(designation: DesignatedContact, kind: EmailKind, **values: Any) -> None:
    emails.write(
        kind,
        organisation_id=designation.organisation_id,
        recipient=designation.user,
        key=f"designation:{designation.pk}:{kind}:{current_time.now().isoformat()}",
        **values,
    )


def _author_name(by: User) -> str:
    return "CareTrack" if by.is_system else f"{by.name} of Care" if by.is_care else by.name


def _require_self(designation: DesignatedContact, by: User) -> None:
    if by.pk != designation.user_id:
        raise Refused("Only the applicant can submit the form.")


def _not_oneself(designation: DesignatedContact, by: User, refusal: str) -> None:
    if by.pk == designation.user_id:
        raise Refused(refusal)


def _suspended_by_own_people(designation: DesignatedContact) -> bool:
    last = (
        PeopleEvent.objects.filter(about=designation.user, verb=PeopleEventType.SUSPENDED)
        .select_related("by")
        .order_by("-seq")
        .first()
    )
    return (
        designation.state == ContactState.SUSPENDED
        and designation.stopped_by == StopReason.A_PERSON
        and last is not None
        and last.by.organisation_id == designation.organisation_id
    )


def _form_fields(form: dict[str, Any]) -> dict[str, Any]:
    return {name: form[name] for name in FORM if name in form}
