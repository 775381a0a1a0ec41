"""Documentation requests, each a case of its own, and the discussion about them (§12)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext

from cases import actions as cases
from cases import events
from cases.actions.base import record_message, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.choices import CaseKind, EventType, Severity
from cases.event_log import record
from cases.models import Case, CaseEvent, CaseLink, LinkKind
from cases.notifications.texts import TO_CONTACT
from cases.permissions import require_contact, require_worker
from contacts.models import Channel, User
from core import current_time
from core.errors import Refused
from rca.actions.base import notify_people
from rca.models import DocumentationRequest, Recipient
from sla import calendars
from sla.models import CaseTerms

MOST_RECIPIENTS = 30


@transaction.atomic
def request_documentation(
    original: Case,
    *,
    by: User,
    wants: str,
    recipients: Iterable[User],
    talk: str = "",
    channel: str = Channel.PORTAL,
) -> CaseEvent:
    """Request more documentation: a new case that names the original one and the recipients.

    `talk` says what else the customer wants to discuss; empty for no discussion. Returns the filing
    event of the new case. Refused to everyone but a Designated Contact, and for recipients who may
    not read the organisation's cases.
    """
    original = Case.objects.locked(original.pk)
    require_contact(by, original)
    if original.kind != CaseKind.PROBLEM:
        raise Refused("Please give the number of the case in which the problem was reported.")
    people = list({person.pk: person for person in recipients}.values())
    if not people:
        raise Refused("Please choose who gets the documentation.")
    if len(people) > MOST_RECIPIENTS or not all(
        person.organisation_id == original.organisation_id and person.reads_cases
        for person in people
    ):
        raise Refused("Documentation goes to people of your organisation who may read its cases.")
    event = cases.file_case(
        by=by,
        contact=by,
        site=original.site,
        description=require_text(wants, "which documentation you need"),
        title=gettext("Documentation on {code}").format(code=original.code),
        severity=Severity.LOW,
        channel=channel,
        area=original.area,
        kind=CaseKind.DOCUMENTATION,
    )
    case = event.case
    CaseLink.objects.create(
        organisation_id=case.organisation_id, case=case, other=original, kind=LinkKind.FOLLOWS_UP
    )
    record(original, events.Linked(other=case.code, kind=LinkKind.FOLLOWS_UP), by=by)
    request = DocumentationRequest.objects.create(
        organisation_id=case.organisation_id,
        case=case,
        original=original,
        due_at=owed_by(case, event.at),
    )
    Recipient.objects.bulk_create(
        Recipient(organisation_id=case.organisation_id, request=request, person=person)
        for person in people
    )
    return request_talk(request, by=by, text=talk) if talk.strip() else event


def owed_by(case: Case, since: datetime) -> datetime | None:
    """When documents, or an appointment, are owed: the policy's time for the comprehensive analysis
    of a High case, in the customer's business hours. None where the policy has none.
    """
    terms = CaseTerms.objects.get(case=case)
    target = calendars.terms_of(terms.policy_version_id).rca[Severity.HIGH]
    if target is None:
        return None
    return calendars.counted_on(terms.calendar_version_id, target.around_the_clock).after(
        since, target.seconds
    )


def locked(request: DocumentationRequest) -> tuple[Case, DocumentationRequest]:
    """The request, locked after its case."""
    case = Case.objects.locked(request.case_id)
    return case, DocumentationRequest.objects.select_for_update().get(pk=request.pk)


@transaction.atomic
def deliver_documents(
    request: DocumentationRequest, *, by: User, text: str, uploads: Sequence[UploadedFile] = ()
) -> CaseEvent:
    """Deliver documents to the customer: a message, and files that everybody on the case may read.

    Every recipient of the request is notified. If a discussion was requested, an appointment is
    owed from the first delivery on. More may be delivered later.
    """
    case, request = locked(request)
    require_worker(by, case)
    if not case.is_open:
        raise Refused(
            "The request is closed. It has to be reopened before anything more is delivered."
        )
    text = require_text(text, "what you deliver")
    for upload in uploads:
        case = cases.attach(case, by=by, upload=upload).case
    if request.delivered_at is None:
        request.delivered_at = current_time.now()
        if request.discussion_requested_at is not None:
            request.meeting_due_at = owed_by(case, request.delivered_at)
        request.save(update_fields=["delivered_at", "meeting_due_at"])
    case.answered_at = case.answered_at or current_time.now()
    event = record_message(case, events.DocumentsDelivered(), by=by, text=text)
    readers = [
        recipient.person for recipient in request.recipients.select_related("person__designation")
    ]
    notify_people(
        [reader for reader in readers if reader.is_active and reader.reads_cases],
        case,
        key=f"event:{event.seq}",
        event=event,
        subject=TO_CONTACT[EventType.DOCUMENTS_DELIVERED][1],
        text=text,
    )
    return event


def refusal_to_request_talk(
    context: ActionContext, request: DocumentationRequest | None
) -> Refusal | None:
    if refusal := context.not_contact():
        return refusal
    if request is None:
        return Refused("A discussion is requested on a documentation request.")
    if not context.case.is_open:
        return Refused("The request is closed. Please reopen it first.")
    if request.discussion_requested_at is not None and not request.is_talk_over(
        request.meetings.first()
    ):
        return Refused("You have requested a discussion already.")
    return None


@transaction.atomic
def request_talk(request: DocumentationRequest, *, by: User, text: str) -> CaseEvent:
    """Request a discussion of the documentation, as the customer.

    The meeting is arranged once the documents are delivered.
    """
    case, request = locked(request)
    require(refusal_to_request_talk(ActionContext(case, by), request))
    text = require_text(text, "what you want to discuss")
    request.discussion_requested_at = current_time.now()
    request.meeting_due_at = (
        owed_by(case, request.discussion_requested_at) if request.delivered_at is not None else None
    )
    request.save(update_fields=["discussion_requested_at", "meeting_due_at"])
    return record_message(case, events.TalkRequested(), by=by, text=text)
