"""The path of a root cause analysis to its customer: initial RCA, review, publication (§12)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from cases import events
from cases.actions.base import record_message, require_reason, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.choices import Facing
from cases.event_log import record
from cases.models import Case, CaseEvent
from cases.permissions import require_worker
from contacts.models import User
from core import current_time
from core.errors import Refused
from rca import document, reminders
from rca.actions.base import locked, notify_people
from rca.models import ActionState, Analysis, CorrectiveAction, RcaVersion


def refusal_to_send_initial(context: ActionContext, analysis: Analysis | None) -> Refusal | None:
    if refusal := context.not_care():
        return refusal
    if analysis is None:
        return Refused("No root cause analysis is owed for this case.")
    if analysis.initial_sent_at is not None:
        return Refused("The initial root cause analysis was sent already.")
    return None


@transaction.atomic
def send_initial(analysis: Analysis, *, by: User, text: str) -> CaseEvent:
    """Send the customer the initial RCA: the brief explanation and the cause as far as it is known
    (§12).
    """
    case, analysis = locked(analysis)
    require(refusal_to_send_initial(ActionContext(case, by), analysis))
    analysis.initial_text = require_text(text, "a brief explanation and the known cause")
    analysis.initial_sent_at = current_time.now()
    analysis.save(update_fields=["initial_text", "initial_sent_at"])
    return record_message(case, events.InitialRcaSent(), by=by, text=analysis.initial_text)


@transaction.atomic
def submit(analysis: Analysis, *, by: User) -> CaseEvent:
    """Submit the draft for review by a second person.

    Refused while something that the customer needs is missing.
    """
    case, analysis = locked(analysis)
    require_worker(by, case)
    missing = document.missing(analysis.draft)
    if missing:
        raise Refused(f"Please write these first: {', '.join(missing)}.")
    _require_all_promised(analysis)
    analysis.submit()
    analysis.review_note = ""
    analysis.save(update_fields=["state", "review_note"])
    return record(case, events.RcaSubmitted(revision=analysis.revision), by=by)


def _require_all_promised(analysis: Analysis) -> None:
    """Refuse a further version without a promised corrective action: one is only dropped, with a
    reason.
    """
    named = {row["key"] for row in analysis.draft.get("actions", [])}
    gone = [
        action
        for action in analysis.actions.all()
        if action.is_unfinished and action.pk not in named
    ]
    if gone:
        raise Refused(
            f"“{gone[0].what}” was promised already: keep it, or drop it with a "
            "reason where it is tracked."
        )


@transaction.atomic
def return_to_author(analysis: Analysis, *, by: User, reason: str) -> CaseEvent:
    """Return the draft to its author with the reviewer's requests; the author is notified."""
    case, analysis = locked(analysis)
    require_worker(by, case)
    analysis.review_note = require_reason(reason, "what should change")
    analysis.return_to_author()
    analysis.save(update_fields=["state", "review_note"])
    event = record_message(
        case, events.RcaReturned(), by=by, text=analysis.review_note, facing=Facing.INTERNAL
    )
    if analysis.author is not None and analysis.author_id != by.pk and analysis.author.is_active:
        notify_people(
            [analysis.author],
            case,
            key=f"event:{event.seq}",
            text=analysis.review_note,
            event=event,
            subject="{by} asks for changes to the root cause analysis of {code}",
            by=by.name,
        )
    return event


@transaction.atomic
def publish(analysis: Analysis, *, by: User) -> CaseEvent:
    """Publish the complete RCA to the customer; it ends its clock and opens the gate (§12).

    Refused to everyone who wrote on it: a second person reads it before the customer does. Its
    corrective actions are tracked from now on.
    """
    case, analysis = locked(analysis)
    require_worker(by, case)
    if analysis.author is None or by.pk in {*analysis.writers, analysis.author_id}:
        raise Refused("A second person publishes: ask a colleague to review it.")
    analysis.publish()
    _require_all_promised(analysis)
    analysis.published_at = current_time.now()
    _promise(analysis, analysis.published_at)
    version = RcaVersion.objects.create(
        organisation_id=analysis.organisation_id,
        analysis=analysis,
        number=analysis.versions.count() + 1,
        sections=_as_published(case, analysis),
        author=analysis.author,
        reviewer=by,
        published_at=analysis.published_at,
    )
    analysis.writers = []
    analysis.save(update_fields=["state", "published_at", "writers", "draft"])
    return record(case, events.RcaPublished(version=version.number), by=by)


def _promise(analysis: Analysis, at: datetime) -> None:
    """Save each corrective action of the draft as a row, and its key in the draft."""
    known, rows = {action.pk: action for action in analysis.actions.all()}, []
    for position, row in enumerate(analysis.draft["actions"]):
        action = known.get(row["key"]) or CorrectiveAction(
            organisation_id=analysis.organisation_id,
            analysis=analysis,
            state=ActionState.OPEN,
            moved_at=at,
        )
        due_on = date.fromisoformat(row["due_on"])
        is_new_date = action.pk is None or action.due_on != due_on
        action.position, action.what, action.due_on = position, row["what"], due_on
        action.owner_id, action.owner_name = row["owner"], row["owner_name"]
        if is_new_date and action.is_unfinished:
            action.remind_at = reminders.first(action)
        action.save()
        rows.append({**row, "key": action.pk})
    analysis.draft = {**analysis.draft, "actions": rows}


def _as_published(case: Case, analysis: Analysis) -> dict[str, Any]:
    """The published form of the document, with everything that must not change later: times of
    events, names, and the status of each action.
    """
    draft = document.clean(analysis.draft)
    at = dict(
        CaseEvent.objects.filter(
            organisation_id=case.organisation_id,
            case=case,
            seq__in=[row["event"] for row in draft["timeline"]],
        ).values_list("seq", "at")
    )
    actions = {action.pk: action for action in analysis.actions.select_related("owner")}
    timeline = sorted(draft["timeline"], key=lambda row: (at[row["event"]], row["event"]))
    return {
        **draft,
        "timeline": [{**row, "at": at[row["event"]].isoformat()} for row in timeline],
        "actions": [
            {**row, "who": actions[row["key"]].who, "state": actions[row["key"]].state}
            for row in draft["actions"]
        ],
    }
