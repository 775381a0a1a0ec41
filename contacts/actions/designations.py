"""From the form at the end of the training to credentials, and what may become of them later
(§1).
"""

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
from contacts.permissions import require_care, require_manager_of_people
from core import current_time
from core.errors import Refused

FORM = ("work_phone", "languages", "responsibilities", "statement")


@transaction.atomic
def submit_form(designation: DesignatedContact, *, by: User, form: dict[str, Any]) -> PeopleEvent:
    """Hand in the form at the end of the training: Care's 48 business hours begin at this instant
    (§1).

    Refused before the quiz of the course's present version is passed, and unless the
    responsibilities are accepted.
    """
    designation = locked(designation)
    _require_self(designation, by)
    if not training.has_current_certificate(designation.user):
        raise Refused("Please finish the training first: the form comes after the quiz.")
    if not form.get("responsibilities"):
        raise Refused("Please accept the responsibilities of a Designated Contact.")
    designation.submit_form()
    designation.form, designation.submitted_at = _kept(form), current_time.now()
    designation.reason = ""
    save(designation)
    return _recorded(designation, PeopleEventType.FORM_SUBMITTED, by=by, form=designation.form)


@transaction.atomic
def answer_back(designation: DesignatedContact, *, by: User, form: dict[str, Any]) -> PeopleEvent:
    """Answer what Care asked back, with the form corrected: the credential clock goes on where it
    stood.
    """
    designation = locked(designation)
    _require_self(designation, by)
    designation.answer_back()
    designation.form, designation.reason = _kept(form), ""
    save(designation)
    return _recorded(designation, PeopleEventType.ANSWERED_BACK, by=by, form=designation.form)


@transaction.atomic
def ask_back(designation: DesignatedContact, *, by: User, question: str) -> PeopleEvent:
    """Ask the applicant something before deciding; meanwhile the credential clock waits for
    them.
    """
    designation = locked(designation)
    require_care(by)
    question = require_text(question, "what you need to know", 300)
    designation.ask_back()
    designation.reason = question
    save(designation)
    _tell(
        designation,
        EmailKind.ASKED_BACK,
        by=by.name,
        reason=question,
        link=f"{settings.BASE_URL}/portal/joining/",
    )
    return _recorded(designation, PeopleEventType.ASKED_BACK, by=by, reason=question)


@transaction.atomic
def approve(designation: DesignatedContact, *, by: User) -> PeopleEvent:
    """Issue the credentials: from now on this person opens and works cases.

    The clock is met, or was missed.
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
    _tell(designation, EmailKind.APPROVED, link=f"{settings.BASE_URL}/portal/")
    return _recorded(designation, PeopleEventType.APPROVED, by=by)


@transaction.atomic
def decline(designation: DesignatedContact, *, by: User, reason: str) -> PeopleEvent:
    """Say no, with a reason that the applicant and the primary contact read."""
    designation = locked(designation)
    require_care(by)
    designation.decline()
    designation.reason = require_text(reason, "why the application is declined", 300)
    save(designation)
    _tell(designation, EmailKind.DECLINED, reason=designation.reason)
    return _recorded(designation, PeopleEventType.DECLINED, by=by, reason=designation.reason)


@transaction.atomic
def readmit(designation: DesignatedContact, *, by: User, reason: str) -> PeopleEvent:
    """Give somebody who was declined or revoked another try, from the training on."""
    designation = locked(designation)
    require_care(by)
    reason = require_text(reason, "why they get another try", 300)
    designation.readmit()
    designation.reason = ""
    save(designation)
    _tell(designation, EmailKind.READMITTED, link=f"{settings.BASE_URL}/portal/joining/")
    return _recorded(designation, PeopleEventType.READMITTED, by=by, reason=reason)


@transaction.atomic
def suspend(
    designation: DesignatedContact, *, by: User, reason: str, stopped_by: str = StopReason.A_PERSON
) -> PeopleEvent:
    """Stop a contact for a while: they may read cases and not work them.

    Their cases go on with the colleagues.
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
    _tell(designation, EmailKind.SUSPENDED, by=_who(by), reason=reason)
    return _recorded(designation, PeopleEventType.SUSPENDED, by=by, reason=reason)


@transaction.atomic
def reinstate(designation: DesignatedContact, *, by: User, reason: str) -> PeopleEvent:
    """Let a suspended or lapsed contact work again.

    Only Care undoes what Care, a licence or the training stopped.
    """
    designation = locked(designation)
    require_manager_of_people(by, designation.organisation)
    reason = require_text(reason, "why the contact is reinstated", 300)
    if not (by.is_care or by.is_system) and not _suspended_by_own_people(designation):
        raise Refused("Only Care can reinstate this contact.")
    if not by.is_system and not training.is_certified(designation.user, current_time.now().date()):
        raise Refused("The training is not renewed yet: the contact comes back by passing it.")
    designation.reinstate()
    designation.reason, designation.stopped_by = "", ""
    save(designation)
    _tell(designation, EmailKind.REINSTATED, by=_who(by), reason=reason)
    return _recorded(designation, PeopleEventType.REINSTATED, by=by, reason=reason)


@transaction.atomic
def lapse(designation: DesignatedContact, *, by: User) -> PeopleEvent:
    """End the access of a contact whose organisation holds no licence any more that grants a
    channel (§1, §3).

    Whom a person had suspended does not come back with the next licence: what a person decided, a
    person undoes.
    """
    designation = locked(designation)
    if not by.is_system:
        raise Refused("A designation lapses by itself, with the last licence.")
    was_suspended = (
        designation.state == ContactState.SUSPENDED
        and designation.stopped_by != StopReason.TRAINING
    )
    designation.lapse()
    reason = gettext_noop("The organisation's last licence that grants a channel has ended.")
    _stop(designation, reason, StopReason.A_PERSON if was_suspended else StopReason.LICENCE)
    _tell(designation, EmailKind.LAPSED, link=f"{settings.BASE_URL}/help/")
    return _recorded(designation, PeopleEventType.LAPSED, by=by, reason=reason)


@transaction.atomic
def revoke(designation: DesignatedContact, *, by: User, reason: str) -> PeopleEvent:
    """End a designation for good, for a reason."""
    designation = locked(designation)
    require_manager_of_people(by, designation.organisation)
    _not_oneself(
        designation,
        by,
        gettext_noop("You cannot revoke yourself: make somebody else the primary contact first."),
    )
    reason = require_text(reason, "why the designation is revoked", 300)
    designation.revoke()
    _stop(designation, reason, StopReason.A_PERSON)
    _tell(designation, EmailKind.REVOKED, by=_who(by), reason=reason)
    return _recorded(designation, PeopleEventType.REVOKED, by=by, reason=reason)


@transaction.atomic
def make_primary(designation: DesignatedContact, *, by: User) -> PeopleEvent:
    """Make an active contact the one who manages the organisation's people; whoever it was hands
    over.
    """
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
    except IntegrityError:  # two at once: the database keeps one
        raise Refused(
            "Somebody else was made the primary contact just now. Please look again."
        ) from None
    _tell(designation, EmailKind.PRIMARY, link=f"{settings.BASE_URL}/portal/organisation/people/")
    return _recorded(designation, PeopleEventType.PRIMARY_MADE, by=by)


def _recorded(
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
    """A contact who is stopped manages nobody."""
    designation.reason, designation.stopped_by, designation.is_primary = reason, stopped_by, False
    save(designation)


def _tell(designation: DesignatedContact, kind: EmailKind, **values: Any) -> None:
    emails.write(
        kind,
        organisation_id=designation.organisation_id,
        recipient=designation.user,
        key=f"designation:{designation.pk}:{kind}:{current_time.now().isoformat()}",
        **values,
    )


def _who(by: User) -> str:
    return "CareTrack" if by.is_system else f"{by.name} of Care" if by.is_care else by.name


def _require_self(designation: DesignatedContact, by: User) -> None:
    if by.pk != designation.user_id:
        raise Refused("Only the applicant hands in the form.")


def _not_oneself(designation: DesignatedContact, by: User, said: str) -> None:
    if by.pk == designation.user_id:
        raise Refused(said)


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


def _kept(form: dict[str, Any]) -> dict[str, Any]:
    return {name: form[name] for name in FORM if name in form}
