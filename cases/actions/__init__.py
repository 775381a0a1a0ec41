"""Actions on a case, one function each: lock, guard, change, record.

Pages, API, sweeps and replay all call these. Each runs in one transaction, takes its arguments by
name and returns the event that it recorded (watching records none). Afterwards the caller's `case`
is stale; `event.case` is current. Each raises Refused where the policy or a right forbids it, and
TransitionNotAllowed from a wrong state.
"""

from cases.actions.alerting import acknowledge_page, page_on_call, pages_ran_out
from cases.actions.assigning import assign
from cases.actions.attachments import attach, attach_staged, block_file
from cases.actions.closing import (
    announce_closure,
    close,
    defer_closure,
    hold_closure,
    remark,
    reopen,
    resume_wait,
    suspend_wait,
    withdraw,
)
from cases.actions.correcting import change_contact, correct_details
from cases.actions.escalation import (
    answer_escalation_request,
    escalate,
    hand_back,
    request_escalation,
)
from cases.actions.filing import file_case, file_follow_up
from cases.actions.follow_ups import continue_case, end_follow_up, file_similar
from cases.actions.handover import leave_care, open_cases_of
from cases.actions.holding import end_hold, put_on_hold
from cases.actions.information import (
    answer_as_contact,
    request_information,
    rule_inadequate,
    settle_question,
)
from cases.actions.linking import link, open_children, unlink
from cases.actions.merging import merge
from cases.actions.policy_change import Moved, require_unmoved
from cases.actions.rating import rate
from cases.actions.reminding import change_reminder, remove_reminder, set_reminder
from cases.actions.replies import answer, log_call, note
from cases.actions.resolution import accept, propose_resolution, report_issue, restore
from cases.actions.severity import contest_severity, set_severity, uphold_severity
from cases.actions.side_conversations import (
    end_side_conversation,
    log_side_reply,
    open_side_conversation,
    reopen_side_conversation,
    send_side_message_again,
    write_in_side_conversation,
)
from cases.actions.splitting import split
from cases.actions.tagging import tag
from cases.actions.taking import take, take_free
from cases.actions.watching import add_follower, remove_follower, unwatch, watch

__all__ = [
    "Moved",
    "accept",
    "acknowledge_page",
    "add_follower",
    "announce_closure",
    "answer",
    "answer_as_contact",
    "answer_escalation_request",
    "assign",
    "attach",
    "attach_staged",
    "block_file",
    "change_contact",
    "change_reminder",
    "close",
    "contest_severity",
    "continue_case",
    "correct_details",
    "defer_closure",
    "end_follow_up",
    "end_hold",
    "end_side_conversation",
    "escalate",
    "file_case",
    "file_follow_up",
    "file_similar",
    "hand_back",
    "hold_closure",
    "leave_care",
    "link",
    "log_call",
    "log_side_reply",
    "merge",
    "note",
    "open_cases_of",
    "open_children",
    "open_side_conversation",
    "page_on_call",
    "pages_ran_out",
    "propose_resolution",
    "put_on_hold",
    "rate",
    "remark",
    "remove_follower",
    "remove_reminder",
    "reopen",
    "reopen_side_conversation",
    "report_issue",
    "request_escalation",
    "request_information",
    "require_unmoved",
    "restore",
    "resume_wait",
    "rule_inadequate",
    "send_side_message_again",
    "set_reminder",
    "set_severity",
    "settle_question",
    "split",
    "suspend_wait",
    "tag",
    "take",
    "take_free",
    "unlink",
    "unwatch",
    "uphold_severity",
    "watch",
    "withdraw",
    "write_in_side_conversation",
]
