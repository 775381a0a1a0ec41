"""What cases store about a customer's person, and how erasure treats it (§14)."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

from django.db.models import Q, QuerySet

from cases import event_log
from cases.case_details import DETAIL_NAMES
from cases.files import staging
from cases.models import (
    ArticleVote,
    Attachment,
    BulkJob,
    BulkJobRow,
    Case,
    CaseEvent,
    CaseUpdate,
    ContactDraft,
    FilingDraft,
    FilingTemplate,
    Notification,
    PendingMessage,
    Reminder,
    ReplyDraft,
    SavedView,
    SideConversation,
    SideMessage,
    StagedFile,
    Watch,
)
from contacts.erasure import DataHolding, Erasure, Treatment, naming, register_holdings, rename
from contacts.models import User
from core.redaction import ERASED, Identifiers

TEXTS = ("subject", "preface", "text", "last_error")
SAID = (*TEXTS, "invitation")
DUTY = ("on_duty_name", "call_back_number")
REASONS = ("why", "expected_why")  # of a case in a bulk job


def _delete(rows: QuerySet[Any], erasure: Erasure) -> None:
    rows.delete()


def _staged(rows: QuerySet[StagedFile], erasure: Erasure) -> None:
    staging.remove(list(rows.values_list("pk", flat=True)), by=erasure.person)


def _notices_to(erasure: Erasure) -> QuerySet[Notification]:
    return Notification.objects.filter(recipient=erasure.person).order_by("pk")


def _numbers(person: User) -> Iterator[str]:
    """Their call-back numbers: those stored beside their own name on cases that they filed (§6)."""
    own, filed = (
        Identifiers([person.name]),
        Case.objects.ever_of_contact(person).exclude(call_back_number=""),
    )
    for name, number in filed.values_list("on_duty_name", "call_back_number"):
        if own.appear_in(name):
            yield number


def _readdress(rows: QuerySet[Notification], erasure: Erasure) -> None:
    """Replace the address of a notification. That and when it was sent remains: an auto-closure may
    depend on it.
    """
    for notice in rows.iterator(chunk_size=500):
        notice.address = erasure.address
        for column in SAID:
            setattr(notice, column, erasure.own.replaced(getattr(notice, column), erasure.called))
        notice.subject, notice.last_error = notice.subject[:250], notice.last_error[:300]
        notice.save(update_fields=["address", *SAID])


def _notices_about(erasure: Erasure) -> list[Notification]:
    ours = Notification.objects.filter(organisation_id=erasure.organisation_id).exclude(
        recipient=erasure.person
    )
    return naming(ours, erasure, *TEXTS)


def _invitations(erasure: Erasure) -> list[Notification]:
    """Notifications with calendar files that name them; file lines are folded, even within an
    address.
    """
    ours = Notification.objects.filter(organisation_id=erasure.organisation_id).exclude(
        invitation=""
    )
    return [
        notice for notice in ours.order_by("pk") if erasure.identifiers.appear_in(_unfolded(notice))
    ]


def _unfolded(notice: Notification) -> str:
    return re.sub(r"\r?\n[ \t]", "", notice.invitation)


def _without_them(rows: Sequence[Notification], erasure: Erasure) -> None:
    for notice in rows:
        notice.invitation = erasure.identifiers.replaced(_unfolded(notice), erasure.called)
        notice.save(update_fields=["invitation"])


def _on_duty(erasure: Erasure) -> list[Case]:
    """Critical cases that name them as on duty, or for a call back (§6)."""
    ours = Case.objects.filter(organisation_id=erasure.organisation_id)
    named = {case.pk: case for case in naming(ours, erasure, *DUTY)}
    own = ours.ever_of_contact(erasure.person).exclude(on_duty_name="", call_back_number="")
    named |= {
        case.pk: case
        for case in own
        if any(erasure.own.appear_in(getattr(case, name)) for name in DUTY)
    }
    return [named[pk] for pk in sorted(named)]


def _nobody_on_duty(rows: Sequence[Case], erasure: Erasure) -> None:
    """Remove their name and number from Critical cases; another person's name remains.

    Every case that the erasure changes is locked here, the older row first to avoid deadlocks.
    """
    written = {*(case.pk for case in rows), *(event.case_id for event in _events(erasure))}
    held = {
        case.pk: case
        for case in Case.objects.filter(pk__in=written)
        .select_for_update(of=("self",))
        .order_by("pk")
    }
    theirs = set(Case.objects.ever_of_contact(erasure.person).values_list("pk", flat=True))
    for case in (held[row.pk] for row in rows):
        marks = erasure.own if case.pk in theirs else erasure.identifiers
        is_theirs = marks.appear_in(case.on_duty_name)
        if case.call_back_number and (is_theirs or marks.appear_in(case.call_back_number)):
            case.call_back_number = ERASED
        if is_theirs:
            case.on_duty_name = ERASED
        case.save(update_fields=list(DUTY))


def _drafts_of_others(erasure: Erasure) -> list[FilingDraft]:
    drafts = FilingDraft.objects.filter(organisation_id=erasure.organisation_id).exclude(
        user=erasure.person
    )
    return [
        draft
        for draft in drafts
        if any(erasure.identifiers.appear_in(str(draft.fields.get(name, ""))) for name in DUTY)
    ]


def _nobody_in_drafts(rows: Sequence[FilingDraft], erasure: Erasure) -> None:
    for draft in rows:
        draft.fields = {**draft.fields, **dict.fromkeys(DUTY, "")}
        draft.save(update_fields=["fields"])


def _templates(erasure: Erasure) -> list[FilingTemplate]:
    """Templates in which their name, address or number stands."""
    ours = FilingTemplate.objects.filter(organisation_id=erasure.organisation_id)
    return [
        template
        for template in ours
        if any(erasure.identifiers.appear_in(text) for text in _texts_of(template))
    ]


def _texts_of(template: FilingTemplate) -> list[str]:
    return [template.name, *(str(text) for text in template.fields.values())]


def _nobody_in_templates(rows: Sequence[FilingTemplate], erasure: Erasure) -> None:
    for template in rows:
        if erasure.identifiers.appear_in(template.name):
            template.name = f"{ERASED} {template.pk}"
        template.fields = {
            name: text
            for name, text in template.fields.items()
            if not erasure.identifiers.appear_in(str(text))
        }
        template.save(update_fields=["name", "fields"])


def _events(erasure: Erasure) -> list[CaseEvent]:
    return event_log.naming(erasure.organisation_id, erasure.identifiers)


def _seal(rows: Sequence[CaseEvent], erasure: Erasure) -> None:
    assert erasure.by is not None
    event_log.erase(rows, erasure.identifiers, by=erasure.by)


def _messages(erasure: Erasure) -> list[Any]:
    """Messages that name them: they remain, because they belong to the organisation and their
    digest is stored.
    """
    ours = {"organisation_id": erasure.organisation_id}
    cases = naming(Case.objects.filter(**ours), erasure, "title", "description", *DETAIL_NAMES)
    updates = CaseUpdate.objects.filter(**ours).select_related("case")
    files = Attachment.objects.filter(**ours).select_related("case")
    return [*cases, *naming(updates, erasure, "text"), *naming(files, erasure, "name")]


def _side_conversations(erasure: Erasure) -> list[SideConversation]:
    """Side conversations whose subject or addresses name them."""
    ours = SideConversation.objects.filter(organisation_id=erasure.organisation_id)
    return [
        row
        for row in ours.order_by("pk")
        if any(erasure.identifiers.appear_in(text) for text in (row.subject, *row.recipients))
    ]


def _nobody_in_side_conversations(rows: Sequence[SideConversation], erasure: Erasure) -> None:
    for row in rows:
        row.subject = erasure.identifiers.replaced(row.subject, erasure.called)[:200]
        row.recipients = _without_addresses(row.recipients, erasure)
        row.save(update_fields=["subject", "recipients"])


def _side_messages(erasure: Erasure) -> list[SideMessage]:
    ours = SideMessage.objects.filter(organisation_id=erasure.organisation_id)
    return [
        row
        for row in ours.order_by("pk")
        if any(
            erasure.identifiers.appear_in(text)
            for text in (row.sender, row.last_error, *row.recipients)
        )
    ]


def _nobody_in_side_messages(rows: Sequence[SideMessage], erasure: Erasure) -> None:
    for row in rows:
        row.recipients = _without_addresses(row.recipients, erasure)
        if erasure.identifiers.appear_in(row.sender):
            row.sender = erasure.address
        row.last_error = erasure.identifiers.replaced(row.last_error, erasure.called)[:300]
        row.save(update_fields=["recipients", "sender", "last_error"])


def _without_addresses(addresses: Sequence[str], erasure: Erasure) -> list[str]:
    return [
        erasure.address if erasure.identifiers.appear_in(address) else address
        for address in addresses
    ]


def _bulk_jobs(erasure: Erasure) -> list[BulkJob]:
    """Bulk jobs on cases of their organisation whose inputs, list or reasons name them."""
    rows = _ours(BulkJobRow, erasure)
    naming_them = {row.job_id for row in naming(rows, erasure, *REASONS)}
    jobs = BulkJob.objects.filter(pk__in=rows.values("job")).order_by("pk")
    return [
        job
        for job in jobs
        if job.pk in naming_them or any(map(erasure.identifiers.appear_in, _texts_of_job(job)))
    ]


def _texts_of_job(job: BulkJob) -> list[str]:
    typed = [text for text in job.inputs.values() if isinstance(text, str)]
    return [*typed, job.why, unquote_plus(job.list_address)]


def _nobody_in_bulk_jobs(rows: Sequence[BulkJob], erasure: Erasure) -> None:
    marks, called = erasure.identifiers, erasure.called
    for row in rows:
        job = BulkJob.objects.select_for_update(of=("self",)).get(pk=row.pk)
        job.inputs = {
            name: marks.replaced(value, called) if isinstance(value, str) else value
            for name, value in job.inputs.items()
        }
        job.why = marks.replaced(job.why, called)[:300]
        if marks.appear_in(unquote_plus(job.list_address)):
            job.list_address = job.list_address.partition("?")[0]
        job.save(update_fields=["inputs", "why", "list_address"])
        reasons = naming(_ours(BulkJobRow, erasure).filter(job=job), erasure, *REASONS)
        rename(reasons, erasure, *REASONS)


def _ours(model: type[Any], erasure: Erasure) -> QuerySet[Any]:
    return model._default_manager.filter(organisation_id=erasure.organisation_id)


def _nobody_in_drafts_of_care(
    rows: Sequence[PendingMessage | ReplyDraft], erasure: Erasure
) -> None:
    for row in rows:
        rename([row], erasure, *(["text", "refusal"] if hasattr(row, "refusal") else ["text"]))


def _saved_views(erasure: Erasure) -> list[SavedView]:
    """Saved views of colleagues and of Care whose name or filters name them."""
    views = SavedView.objects.filter(
        Q(organisation=erasure.organisation_id) | Q(organisation=None)
    ).exclude(person=erasure.person)
    by_everyone = _unlike_anybody(erasure)
    return [
        view
        for view in views.order_by("pk")
        if any(
            (erasure.identifiers if view.organisation_id else by_everyone).appear_in(text)
            for text in (view.name, unquote_plus(view.query))
        )
    ]


def _unlike_anybody(erasure: Erasure) -> Identifiers:
    """Their identifiers without names that people of other organisations have too: Care's views
    belong to no organisation.
    """
    people = User.objects.filter(erased_at=None).exclude(pk=erasure.person.pk)
    texts = erasure.identifiers.texts
    return Identifiers([text for text in texts if not people.filter(name__iexact=text).exists()])


def _nobody_in_views(rows: Sequence[SavedView], erasure: Erasure) -> None:
    for view in rows:
        if erasure.identifiers.appear_in(view.name):
            view.name = f"{ERASED} {view.pk}"  # a person has no two views of one name
        values = [
            (name, erasure.identifiers.replaced(value, erasure.called))
            for name, value in parse_qsl(view.query)
        ]
        view.query = urlencode(values)[:1000]
        view.save(update_fields=["name", "query"])


def _case(row: Any) -> Case:
    return row if isinstance(row, Case) else row.case


def register() -> None:
    """Register these holdings with `contacts.erasure`."""
    register_holdings(
        DataHolding(  # first: a worker, too, locks a job before its cases
            "bulk jobs of Care that name them",
            Treatment.LOSES_THE_NAME,
            _bulk_jobs,
            _nobody_in_bulk_jobs,
        ),
        DataHolding(
            "files sent ahead of a case",
            Treatment.GOES,
            lambda e: staging.staged_by(e.person),
            _staged,
        ),
        DataHolding(
            "drafts of cases",
            Treatment.GOES,
            lambda e: FilingDraft.objects.filter(user=e.person),
            _delete,
        ),
        DataHolding(
            "drafts of answers",
            Treatment.GOES,
            lambda e: ReplyDraft.objects.filter(by=e.person),
            _delete,
        ),
        DataHolding(
            "drafts of what they were writing on cases",
            Treatment.GOES,
            lambda e: ContactDraft.objects.filter(user=e.person),
            _delete,
        ),
        DataHolding(
            "saved views",
            Treatment.GOES,
            lambda e: SavedView.objects.filter(person=e.person),
            _delete,
        ),
        DataHolding(
            "cases they watch",
            Treatment.GOES,
            lambda e: Watch.objects.filter(watcher=e.person),
            _delete,
        ),
        DataHolding(
            "comments on articles",
            Treatment.GOES,
            lambda e: ArticleVote.objects.filter(person=e.person).exclude(comment=""),
            lambda rows, e: rows.update(comment=""),
        ),
        DataHolding(
            "cases that name them as on duty, or their number",
            Treatment.LOSES_THE_NAME,
            _on_duty,
            _nobody_on_duty,
            case_of=_case,
        ),
        DataHolding("notices to them", Treatment.LOSES_THE_NAME, _notices_to, _readdress),
        DataHolding(
            "notices to others that name them",
            Treatment.LOSES_THE_NAME,
            _notices_about,
            lambda rows, e: rename(rows, e, *TEXTS),
        ),
        DataHolding(
            "side conversations that name them",
            Treatment.LOSES_THE_NAME,
            _side_conversations,
            _nobody_in_side_conversations,
            case_of=_case,
        ),
        DataHolding(
            "messages of side conversations that name them",
            Treatment.LOSES_THE_NAME,
            _side_messages,
            _nobody_in_side_messages,
        ),
        DataHolding(
            "reminders of Care that name them",
            Treatment.LOSES_THE_NAME,
            lambda e: naming(Reminder.objects.filter(organisation_id=e.organisation_id), e, "note"),
            lambda rows, e: rename(rows, e, "note"),
        ),
        DataHolding(
            "unsent messages and drafts of Care that name them",
            Treatment.LOSES_THE_NAME,
            lambda e: [
                *naming(_ours(PendingMessage, e), e, "text", "refusal"),
                *naming(_ours(ReplyDraft, e), e, "text"),
            ],
            _nobody_in_drafts_of_care,
        ),
        DataHolding(
            "saved views of others that name them",
            Treatment.LOSES_THE_NAME,
            _saved_views,
            _nobody_in_views,
        ),
        DataHolding(
            "invitations to meetings that name them",
            Treatment.LOSES_THE_NAME,
            _invitations,
            _without_them,
        ),
        DataHolding(
            "drafts of others that name them as on duty",
            Treatment.LOSES_THE_NAME,
            _drafts_of_others,
            _nobody_in_drafts,
        ),
        DataHolding(
            "templates of cases that name them",
            Treatment.LOSES_THE_NAME,
            _templates,
            _nobody_in_templates,
        ),
        DataHolding(
            "entries in the journals of cases",
            Treatment.LOSES_THE_NAME,
            _events,
            _seal,
            case_of=_case,
        ),
        DataHolding(
            "cases they filed, with every promise and breach",
            Treatment.STAYS,
            lambda e: Case.objects.ever_of_contact(e.person).order_by("-pk"),
            case_of=_case,
        ),
        DataHolding(
            "entries that they wrote on cases",
            Treatment.STAYS,
            lambda e: CaseUpdate.objects.filter(by=e.person),
        ),
        DataHolding(
            "templates of cases that they saved for their organisation",
            Treatment.STAYS,
            lambda e: FilingTemplate.objects.filter(user=e.person),
        ),
        DataHolding(
            "files that they sent",
            Treatment.STAYS,
            lambda e: Attachment.objects.filter(by=e.person),
        ),
        DataHolding(
            "texts on cases in which their name, address or number stands",
            Treatment.STAYS,
            _messages,
            case_of=_case,
        ),
        aliases=_numbers,
    )
