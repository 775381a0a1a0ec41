"""The daily work on a case: taking, answering, asking, noting, calling, escalating."""

from typing import Any

from django.db import transaction
from django_fsm import TransitionNotAllowed

from cases import instants, journal, mentions, permissions
from cases.actions.base import ask, record_said, require_reason, require_text
from cases.models import Case, CaseEvent
from cases.verbs import Facing, State, Verb
from contacts.errors import Refused
from contacts.models import Team, User


def require_open(case: Case) -> None:
    """TransitionNotAllowed on a closed case."""
    if not case.is_open:
        raise TransitionNotAllowed("The case is closed.")


def _require_no_mention(text: str) -> None:
    if not instants.is_replaying():
        mentions.require_none(text)


def _take_if_new(case: Case, by: User) -> None:
    """Whoever answers first works the case, unless somebody took it before."""
    if case.assignee_id is None and by.is_care:
        case.assignee = by
    if case.state == State.NEW:
        case.start()


@transaction.atomic
def take(case: Case, *, by: User, team: Team | None = None) -> CaseEvent:
    """Make `by` the analyst of the case, or begin one that was assigned to them. It is no answer:
    the response clock runs on (§9)."""
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    require_open(case)
    before = case.assignee_id
    if before == by.pk and case.state != State.NEW and (team is None or case.team_id == team.pk):
        raise Refused("The case is already yours.")
    case.assignee = by
    if team is not None:
        case.team = team
    if case.state == State.NEW:
        case.start()
    return journal.record(case, Verb.TAKEN, by=by, before=before, after=by.pk, team=case.team_id)


@transaction.atomic
def take_free(case: Case, *, by: User) -> CaseEvent | None:
    """Take the case if nobody has it; None where a colleague was quicker.

    Two who ask at once never get the same.
    """
    case = Case.objects.locked(case.pk)
    if case.assignee_id is not None:
        return None
    return take(case, by=by)


@transaction.atomic
def answer(case: Case, *, by: User, text: str) -> CaseEvent:
    """Say something to the contact. The first such answer meets the initial response (§9)."""
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    require_open(case)
    if by.is_system:
        raise Refused("An automatic message is no answer.")
    text = require_text(text, "an answer")
    _require_no_mention(text)
    _take_if_new(case, by)
    case.answered_at = case.answered_at or instants.now()
    return record_said(case, Verb.ANSWERED, by=by, text=text)


@transaction.atomic
def request_information(case: Case, *, by: User, text: str) -> CaseEvent:
    """Ask the contact for something: the restoration clock pauses, the contact's own clock runs
    (§11, §13).

    It is an answer by a person, so it meets the initial response. On a case already waiting it adds
    to the question; the wait counts from the first request.
    """
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    text = require_text(text, "what is needed from the contact")
    _require_no_mention(text)
    if case.assignee_id is None and by.is_care:
        case.assignee = by
    case.answered_at = case.answered_at or instants.now()
    if case.state != State.WAITING_ON_CONTACT:
        case.wait_on_contact(at=instants.now())
    return record_said(case, Verb.INFORMATION_REQUESTED, by=by, text=text)


@transaction.atomic
def answer_as_contact(case: Case, *, by: User, text: str) -> CaseEvent:
    """The customer's word. If the ball was with them it ends the wait (§13); otherwise it adds to
    the case.
    """
    case = Case.objects.locked(case.pk)
    permissions.require_contact(by, case)
    if not case.is_open:
        raise Refused(
            "The case is closed. Reopen it within the window, or open a new case "
            "about the same thing."
        )
    text = require_text(text, "an answer")
    ended_wait = case.state == State.WAITING_ON_CONTACT
    if ended_wait:
        case.resume()
    return record_said(case, Verb.CONTACT_ANSWERED, by=by, text=text, ended_wait=ended_wait)


@transaction.atomic
def rule_inadequate(case: Case, *, by: User, reason: str) -> CaseEvent:
    """Say that the contact's answer does not answer: their clock goes on where it stood (§13)."""
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    reason = require_reason(reason, "why the answer is not enough")
    since = (
        case.events.filter(
            verb__in=[
                Verb.CONTACT_ANSWERED,
                Verb.INFORMATION_REQUESTED,
                Verb.RULED_INADEQUATE,
                Verb.ISSUE_REPORTED,
            ]
        )
        .order_by("-seq")
        .first()
    )
    if (
        since is None
        or since.verb != Verb.CONTACT_ANSWERED
        or not since.particulars.get("ended_wait")
    ):
        raise Refused("There is no answer to a question of ours that could be ruled inadequate.")
    case.wait_on_contact(at=instants.now())
    return record_said(case, Verb.RULED_INADEQUATE, by=by, text=reason)


@transaction.atomic
def note(case: Case, *, by: User, text: str) -> CaseEvent:
    """Write something that Care alone sees. It meets no promise.

    Colleagues and teams that it mentions are told.
    """
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    text = require_text(text, "a note")
    event = record_said(case, Verb.NOTED, by=by, text=text, facing=Facing.INTERNAL)
    if not instants.is_replaying():
        mentions.tell(event, text)
    return event


@transaction.atomic
def log_call(
    case: Case,
    *,
    by: User,
    reached: bool,
    text: str,
    whom: str = "",
    number: str = "",
    called_at: str | None = None,
) -> CaseEvent:
    """Write down a call to the contact. One that reached them is an answer (§9), one that did not
    is evidence (§6).

    Whom, at which number and when stand beside it. A promise is met when the call is written down,
    not before: what is said later about an earlier hour proves nothing.
    """
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    require_open(case)
    text = require_text(text, "what was said, or how the attempt ended")
    _take_if_new(case, by)
    if reached:
        case.answered_at = case.answered_at or instants.now()
    said = {"whom": whom.strip()[:150], "number": number.strip()[:40], "called_at": called_at}
    more: dict[str, Any] = {name: value for name, value in said.items() if value}
    return record_said(case, Verb.CALL_LOGGED, by=by, text=text, reached=reached, **more)


@transaction.atomic
def escalate(case: Case, *, by: User, reproduction: str, team: Team | None = None) -> CaseEvent:
    """Give a reproducible error to an investigation team; the clocks go on (§10)."""
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    reproduction = require_text(reproduction, "the steps that reproduce the error")
    if team is not None and not team.investigates:
        raise Refused(f"{team} is no investigation team.")
    if case.assignee_id is None and by.is_care:
        case.assignee = by
    case.investigate()
    before, case.team = case.team_id, team or case.team
    return record_said(
        case, Verb.ESCALATED, by=by, text=reproduction, team=case.team_id, team_before=before
    )


@transaction.atomic
def hand_back(case: Case, *, by: User, findings: str) -> CaseEvent:
    """Return an escalated case with what the investigation found (§10)."""
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    findings = require_text(findings, "the findings")
    case.hand_back()
    return record_said(case, Verb.HANDED_BACK, by=by, text=findings)


@transaction.atomic
def request_escalation(case: Case, *, by: User, reason: str) -> CaseEvent:
    """The customer asks for escalation; its own clock runs until Care answers (§10).

    Refused while the ball is with the customer or another request is open; `sla` objects before the
    policy's wait.
    """
    case = Case.objects.locked(case.pk)
    permissions.require_contact(by, case)
    require_open(case)
    if case.is_contacts_turn:
        raise Refused("The case waits for your organisation: please answer first.")
    if has_open_escalation_request(case):
        raise Refused("A request for escalation is open already.")
    reason = require_reason(reason, "why the case should be escalated")
    ask(case, Verb.ESCALATION_REQUESTED, by)
    return record_said(case, Verb.ESCALATION_REQUESTED, by=by, text=reason)


@transaction.atomic
def answer_escalation_request(case: Case, *, by: User, text: str, granted: bool) -> CaseEvent:
    """Answer the customer's request for escalation, with the outcome (§10)."""
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    if not has_open_escalation_request(case):
        raise Refused("No request for escalation is open.")
    return record_said(
        case,
        Verb.ESCALATION_ANSWERED,
        by=by,
        text=require_text(text, "an answer to the request"),
        granted=granted,
    )


def has_open_escalation_request(case: Case) -> bool:
    """Whether the customer asked for escalation and Care has not answered yet."""
    verbs = [Verb.ESCALATION_REQUESTED, Verb.ESCALATION_ANSWERED, Verb.CLOSED]  # closing ends it
    last = (
        case.events.filter(verb__in=verbs).order_by("-seq").values_list("verb", flat=True).first()
    )
    return last == Verb.ESCALATION_REQUESTED
