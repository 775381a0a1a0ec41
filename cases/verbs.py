"""What can happen to a case, in the past tense, and who may see that it did."""

from django.db import models


class Facing(models.TextChoices):
    """Who sees it: the organisation's people and Care, or Care alone."""

    CONTACT = "contact", "Contact-facing"
    INTERNAL = "internal", "Internal"


class Verb(models.TextChoices):
    """A fact of a case's past. The label is its sentence on the timeline."""

    FILED = "filed", "filed the case"
    TAKEN = "taken", "took the case"
    ASSIGNED = "assigned", "assigned the case"
    ANSWERED = "answered", "answered"
    NOTED = "noted", "wrote an internal note"
    CALL_LOGGED = "call_logged", "logged a call"
    INFORMATION_REQUESTED = "information_requested", "asked for information"
    CONTACT_ANSWERED = "contact_answered", "answered"
    RULED_INADEQUATE = "ruled_inadequate", "ruled the answer inadequate"
    SEVERITY_SET = "severity_set", "set the severity"
    SEVERITY_CONTESTED = "severity_contested", "contested the severity"
    SEVERITY_UPHELD = "severity_upheld", "upheld the severity"
    ESCALATED = "escalated", "escalated the case for investigation"
    HANDED_BACK = "handed_back", "handed the case back with findings"
    ESCALATION_REQUESTED = "escalation_requested", "asked for escalation"
    ESCALATION_ANSWERED = "escalation_answered", "answered the request for escalation"
    RESTORED = "restored", "recorded that it works again"
    RESOLUTION_PROPOSED = "resolution_proposed", "proposed a resolution"
    ISSUE_REPORTED = "issue_reported", "reported an issue with the resolution"
    CLOSURE_ANNOUNCED = "closure_announced", "announced the closure"
    CLOSURE_HELD = "closure_held", "held the closure back"
    CLOSED = "closed", "closed the case"
    REOPENED = "reopened", "reopened the case"
    ATTACHED = "attached", "attached a file"
    FILE_BLOCKED = "file_blocked", "blocked a file that carries malware"
    LINKED = "linked", "linked a case"
    TAGGED = "tagged", "changed the tags"
    UNLINKED = "unlinked", "took a link away"
    SPLIT = "split", "made a case of its own of some words"
    MERGED = "merged", "merged a duplicate into this case"
    INITIAL_RCA_SENT = "initial_rca_sent", "sent the initial root cause analysis"
    RCA_PUBLISHED = "rca_published", "published the complete root cause analysis"
    PAGED = "paged", "paged"
    PAGE_ACKNOWLEDGED = "page_acknowledged", "acknowledged the page"
    PAGES_RAN_OUT = "pages_ran_out", "paged everybody on call and nobody acknowledged"


INTERNAL_VERBS = frozenset(
    {
        Verb.NOTED, Verb.TAKEN, Verb.ASSIGNED, Verb.CLOSURE_HELD, Verb.PAGED, Verb.PAGE_ACKNOWLEDGED,
        Verb.PAGES_RAN_OUT, Verb.TAGGED,
    }
)  # fmt: skip


class State(models.TextChoices):
    """Where a case stands."""

    NEW = "new", "New"
    IN_PROGRESS = "in_progress", "In progress"
    WAITING_ON_CONTACT = "waiting_on_contact", "Waiting on contact"
    INVESTIGATING = "investigating", "Investigating"
    RESOLUTION_PROPOSED = "resolution_proposed", "Resolution proposed"
    CLOSED = "closed", "Closed"


class ClosingReason(models.TextChoices):
    """Why a case was closed."""

    ACCEPTED = "accepted", "Accepted by the contact"
    UNOPPOSED = "unopposed", "No issue reported in three business days"
    UNANSWERED = "unanswered", "Not answered, after advance notice"
    WITHDRAWN = "withdrawn", "Withdrawn by the contact"
    DUPLICATE = "duplicate", "Duplicate of another case"
    OUT_OF_SCOPE = "out_of_scope", "Outside of what Care is responsible for"


class Kind(models.TextChoices):
    """What a case is for."""

    PROBLEM = "problem", "Problem"
    RCA_FOLLOW_UP = "rca_follow_up", "RCA follow-up"
    DOCUMENTATION = "documentation", "Documentation request"


class Severity(models.IntegerChoices):
    """Impact on the ability to do business, assigned by Care (§7)."""

    CRITICAL = 1, "Critical"
    HIGH = 2, "High"
    MEDIUM = 3, "Medium"
    LOW = 4, "Low"


class Priority(models.IntegerChoices):
    """The customer's own ranking: a weight in setting the severity (§7)."""

    HIGHEST = 1, "Highest"
    HIGH = 2, "High"
    NORMAL = 3, "Normal"
    LOW = 4, "Low"
