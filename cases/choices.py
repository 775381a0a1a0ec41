"""Event types of a case, its states, and its other fixed choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Facing(models.TextChoices):
    """Who can read it: the organisation's people and Care, or Care alone."""

    CONTACT = "contact", "Contact-facing"
    INTERNAL = "internal", "Internal"


class EventType(models.TextChoices):
    """The type of an event. The label is its sentence in the conversation."""

    FILED = "filed", _("opened the case")
    TAKEN = "taken", _("took the case")
    ASSIGNED = "assigned", _("assigned the case")
    ANSWERED = "answered", _("answered")
    NOTED = "noted", _("wrote an internal note")
    CALL_LOGGED = "call_logged", _("logged a call")
    INFORMATION_REQUESTED = "information_requested", _("requested information")
    CONTACT_ANSWERED = "contact_answered", _("answered")
    QUESTION_SETTLED = "question_settled", _("settled the question")
    RULED_INADEQUATE = "ruled_inadequate", _("ruled the answer inadequate")
    WAIT_SUSPENDED = "wait_suspended", _("paused the wait: no contact can reply now")
    WAIT_RESUMED = "wait_resumed", _("resumed the wait: a contact can reply again")
    ON_HOLD = "on_hold", _("put the case on hold")
    HOLD_ENDED = "hold_ended", _("ended the hold")
    SEVERITY_SET = "severity_set", _("set the severity")
    SEVERITY_CONTESTED = "severity_contested", _("contested the severity")
    SEVERITY_UPHELD = "severity_upheld", _("upheld the severity")
    DETAILS_CORRECTED = "details_corrected", _("corrected the details")
    CONTACT_CHANGED = "contact_changed", _("changed the contact")
    TERMS_MOVED = "terms_moved", _("changed the service targets")
    ESCALATED = "escalated", _("escalated the case for investigation")
    HANDED_BACK = "handed_back", _("handed the case back with findings")
    ESCALATION_REQUESTED = "escalation_requested", _("requested escalation")
    ESCALATION_ANSWERED = "escalation_answered", _("answered the request for escalation")
    RESTORED = "restored", _("restored service")
    RESOLUTION_PROPOSED = "resolution_proposed", _("proposed a resolution")
    ISSUE_REPORTED = "issue_reported", _("reported an issue with the resolution")
    CLOSURE_ANNOUNCED = "closure_announced", _("announced the closing")
    CLOSURE_DEFERRED = (
        "closure_deferred",
        _("moved the closing, because the notice went out late"),
    )
    CLOSURE_HELD = "closure_held", _("held the closing back")
    CLOSED = "closed", _("closed the case")
    REMARKED = "remarked", _("commented on the closed case")
    RATED = "rated", _("rated the case")
    REOPENED = "reopened", _("reopened the case")
    ATTACHED = "attached", _("attached a file")
    FILE_BLOCKED = "file_blocked", _("blocked a file that carries malware")
    LINKED = "linked", _("linked a case")
    TAGGED = "tagged", _("changed the tags")
    UNLINKED = "unlinked", _("removed a link")
    SPLIT = "split", _("split off a part")
    MERGED = "merged", _("merged a duplicate into this case")
    INITIAL_RCA_SENT = "initial_rca_sent", _("sent the initial root cause analysis")
    RCA_SUBMITTED = "rca_submitted", _("handed the root cause analysis to a reviewer")
    RCA_RETURNED = "rca_returned", _("returned the root cause analysis to its author")
    RCA_PUBLISHED = "rca_published", _("published the complete root cause analysis")
    RCA_ACKNOWLEDGED = "rca_acknowledged", _("acknowledged the root cause analysis")
    ACTION_MOVED = "action_moved", _("reported progress on a corrective action")
    DOCUMENTS_DELIVERED = "documents_delivered", _("delivered the documentation")
    TALK_REQUESTED = "talk_requested", _("requested a discussion")
    MEETING_ARRANGED = "meeting_arranged", _("arranged a meeting")
    MEETING_MOVED = "meeting_moved", _("moved the meeting")
    MEETING_CANCELLED = "meeting_cancelled", _("cancelled the meeting")
    MEETING_HELD = "meeting_held", _("recorded that the meeting took place")
    PAGED = "paged", _("alerted")
    PAGE_ACKNOWLEDGED = "page_acknowledged", _("acknowledged the alert")
    SIDE_CONVERSATION_OPENED = "side_conversation_opened", _("opened a side conversation")
    SIDE_MESSAGE_SENT = "side_message_sent", _("wrote in a side conversation")
    SIDE_REPLY_LOGGED = "side_reply_logged", _("logged a reply of a side conversation")
    SIDE_CONVERSATION_ENDED = "side_conversation_ended", _("ended a side conversation")
    SIDE_CONVERSATION_REOPENED = "side_conversation_reopened", _("reopened a side conversation")
    UNDELIVERED = "undelivered", _("could not deliver a message")
    PERSON_ERASED = "person_erased", _("erased the details of a person")
    PAGES_RAN_OUT = "pages_ran_out", _("alerted everyone on call, and nobody acknowledged")


class CaseState(models.TextChoices):
    """The state of a case."""

    NEW = "new", _("New")
    IN_PROGRESS = "in_progress", _("In progress")
    WAITING_ON_CONTACT = "waiting_on_contact", _("Waiting on contact")
    INVESTIGATING = "investigating", _("Investigating")
    RESOLUTION_PROPOSED = "resolution_proposed", _("Resolution proposed")
    CLOSED = "closed", _("Closed")


class SettledBy(models.TextChoices):
    """How a question to the contact was settled other than by their answer in CareTrack (§13)."""

    CALL = "call", _("answered by telephone")
    EMAIL = "email", _("answered by email")
    COLLEAGUE = "colleague", _("answered by a colleague")
    MEETING = "meeting", _("answered in a meeting")
    NOT_NEEDED = "not_needed", _("the question is no longer needed")


class ClosingReason(models.TextChoices):
    """Why a case was closed."""

    ACCEPTED = "accepted", _("Resolution accepted")
    UNOPPOSED = "unopposed", _("No issue reported in three business days")
    UNANSWERED = "unanswered", _("Not answered, after advance notice")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DUPLICATE = "duplicate", _("Duplicate of another case")
    OUT_OF_SCOPE = "out_of_scope", _("Not covered by Care")
    DELIVERED = "delivered", _("Its root cause analysis is published")


class FirstResponse(models.TextChoices):
    """What a split leaves of the first response to the same message (§5)."""

    ON_ORIGIN = "on_origin", "Answered on the first case, and counted there"
    FROM_SPLIT = "from_split", "Missed on the first case, and promised again"


class CaseKind(models.TextChoices):
    """The purpose of a case."""

    PROBLEM = "problem", "Problem"
    RCA_FOLLOW_UP = "rca_follow_up", "RCA follow-up"
    DOCUMENTATION = "documentation", "Documentation request"


class Severity(models.IntegerChoices):
    """Impact on the ability to do business, assigned by Care (§7)."""

    CRITICAL = 1, _("Critical")
    HIGH = 2, _("High")
    MEDIUM = 3, _("Medium")
    LOW = 4, _("Low")


class Priority(models.IntegerChoices):
    """The customer's own ranking, which affects the proposed severity (§7)."""

    HIGHEST = 1, _("Highest")
    HIGH = 2, _("High")
    NORMAL = 3, _("Normal")
    LOW = 4, _("Low")
