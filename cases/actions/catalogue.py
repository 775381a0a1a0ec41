"""Every action on a case: its name, its actors, and when it is possible.

Portal, console, command palette, bulk actions and API are views of this list. They add labels and
forms, and offer what `possible` returns.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cases.actions import (
    assigning,
    attachments,
    closing,
    correcting,
    escalation,
    follow_ups,
    holding,
    information,
    linking,
    merging,
    rating,
    reminding,
    replies,
    resolution,
    severity,
    side_conversations,
    splitting,
    tagging,
    taking,
    watching,
)
from cases.actions.context import ActionContext, Refusal

BY_CONTACT, BY_CARE, BY_BOTH = "contact", "care", "both"


@dataclass(frozen=True)
class CaseAction:
    """An action on a case: `run` performs it, `refusal` says why it is not possible now."""

    name: str
    run: Callable[..., Any]
    refusal: Callable[[ActionContext], Refusal | None]
    taken_by: str


def _by_name(*actions: CaseAction) -> Mapping[str, CaseAction]:
    return {action.name: action for action in actions}


CATALOGUE = _by_name(
    # Actions of contacts
    CaseAction(
        "answer_as_contact",
        information.answer_as_contact,
        information.refusal_to_answer_as_contact,
        BY_CONTACT,
    ),
    CaseAction("accept", resolution.accept, resolution.refusal_to_accept, BY_CONTACT),
    CaseAction(
        "report_issue", resolution.report_issue, resolution.refusal_to_report_issue, BY_CONTACT
    ),
    CaseAction(
        "contest_severity",
        severity.contest_severity,
        severity.refusal_to_contest_severity,
        BY_CONTACT,
    ),
    CaseAction(
        "request_escalation",
        escalation.request_escalation,
        escalation.refusal_to_request_escalation,
        BY_CONTACT,
    ),
    CaseAction("withdraw", closing.withdraw, closing.refusal_to_withdraw, BY_CONTACT),
    CaseAction("remark", closing.remark, closing.refusal_to_remark, BY_CONTACT),
    CaseAction("rate", rating.rate, rating.refusal_to_rate, BY_CONTACT),
    CaseAction("continue", follow_ups.continue_case, follow_ups.refusal_to_continue, BY_CONTACT),
    # Actions of Care
    CaseAction("take", taking.take, taking.refusal_to_take, BY_CARE),
    CaseAction("assign", assigning.assign, assigning.refusal_to_assign, BY_CARE),
    CaseAction("answer", replies.answer, replies.refusal_to_answer, BY_CARE),
    CaseAction("note", replies.note, replies.refusal_to_note, BY_CARE),
    CaseAction("log_call", replies.log_call, replies.refusal_to_log_call, BY_CARE),
    CaseAction(
        "request_information",
        information.request_information,
        information.refusal_to_request_information,
        BY_CARE,
    ),
    CaseAction(
        "settle_question",
        information.settle_question,
        information.refusal_to_settle_question,
        BY_CARE,
    ),
    CaseAction(
        "rule_inadequate",
        information.rule_inadequate,
        information.refusal_to_rule_inadequate,
        BY_CARE,
    ),
    CaseAction("put_on_hold", holding.put_on_hold, holding.refusal_to_put_on_hold, BY_CARE),
    CaseAction("end_hold", holding.end_hold, holding.refusal_to_end_hold, BY_CARE),
    CaseAction("set_severity", severity.set_severity, severity.refusal_to_set_severity, BY_CARE),
    CaseAction(
        "uphold_severity", severity.uphold_severity, severity.refusal_to_uphold_severity, BY_CARE
    ),
    CaseAction("escalate", escalation.escalate, escalation.refusal_to_escalate, BY_CARE),
    CaseAction("hand_back", escalation.hand_back, escalation.refusal_to_hand_back, BY_CARE),
    CaseAction(
        "answer_escalation_request",
        escalation.answer_escalation_request,
        escalation.refusal_to_answer_escalation_request,
        BY_CARE,
    ),
    CaseAction("restore", resolution.restore, resolution.refusal_to_restore, BY_CARE),
    CaseAction(
        "propose_resolution",
        resolution.propose_resolution,
        resolution.refusal_to_propose_resolution,
        BY_CARE,
    ),
    CaseAction("close", closing.close, closing.refusal_to_close, BY_CARE),
    CaseAction("merge", merging.merge, merging.refusal_to_merge, BY_CARE),
    CaseAction("split", splitting.split, splitting.refusal_to_split, BY_CARE),
    CaseAction("link", linking.link, linking.refusal_to_link, BY_CARE),
    CaseAction("tag", tagging.tag, tagging.refusal_to_tag, BY_CARE),
    CaseAction(
        "correct_details",
        correcting.correct_details,
        correcting.refusal_to_correct_details,
        BY_CARE,
    ),
    CaseAction(
        "change_contact",
        correcting.change_contact,
        correcting.refusal_to_change_contact,
        BY_CARE,
    ),
    CaseAction(
        "open_side_conversation",
        side_conversations.open_side_conversation,
        side_conversations.refusal_to_open_side_conversation,
        BY_CARE,
    ),
    CaseAction(
        "set_reminder",
        reminding.set_reminder,
        reminding.refusal_to_set_reminder,
        BY_CARE,
    ),
    # Actions of both sides
    CaseAction("reopen", closing.reopen, closing.refusal_to_reopen, BY_BOTH),
    CaseAction("attach", attachments.attach, attachments.refusal_to_attach, BY_BOTH),
    CaseAction("add_follower", watching.add_follower, watching.refusal_to_add_follower, BY_BOTH),
)


def is_possible(name: str, context: ActionContext) -> bool:
    """Whether the action of this name would be accepted now."""
    return CATALOGUE[name].refusal(context) is None


def possible(context: ActionContext) -> list[str]:
    """The names of the actions that are possible now, in the order of the catalogue."""
    return [name for name in CATALOGUE if is_possible(name, context)]
