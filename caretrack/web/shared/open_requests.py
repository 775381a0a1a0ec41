"""What the customer asked for beside their question and waits for: another severity, an escalation.

Both sides see it at the top of a case, with the answers that Care can give.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from caretrack.web.shared.clock_view import ClockView
from caretrack.web.shared.conversation import ConversationEntry
from cases.choices import EventType, Severity
from cases.facts import CaseFacts
from cases.models import Case
from sla.models.clock import ClockKindChoices


@dataclass(frozen=True)
class OpenRequest:
    """One request: who asked, when, in what words, and until when an answer is due. `wanted` is the
    severity that a contest asks for.
    """

    verb: EventType
    by: str
    at: datetime
    text: str
    due_at: datetime | None
    wanted: str = ""

    @property
    def is_contest(self) -> bool:
        return self.verb == EventType.SEVERITY_CONTESTED


def of_case(
    case: Case, facts: CaseFacts, entries: Sequence[ConversationEntry], clocks: Sequence[ClockView]
) -> list[OpenRequest]:
    """The requests of the customer that wait for an answer, the oldest first. None does on a closed
    case.
    """
    if not case.is_open:
        return []
    verbs = []
    if facts.is_severity_contested:
        verbs.append(EventType.SEVERITY_CONTESTED)
    if facts.is_escalation_requested:
        verbs.append(EventType.ESCALATION_REQUESTED)
    running = [clock for clock in clocks if clock.is_running]
    due = [clock.due_at for clock in running if clock.kind == ClockKindChoices.ESCALATION]
    requests = []
    for verb in verbs:
        entry = next((one for one in reversed(entries) if one.verb == verb), None)
        if entry is not None:
            due_at = due[0] if due and verb == EventType.ESCALATION_REQUESTED else None
            wanted = facts.severity_wanted if verb == EventType.SEVERITY_CONTESTED else None
            label = str(Severity(wanted).label) if wanted else ""
            requests.append(OpenRequest(verb, entry.by.name, entry.at, entry.text, due_at, label))
    return sorted(requests, key=lambda request: request.at)
