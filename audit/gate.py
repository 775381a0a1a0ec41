"""Checks the gate (§12): no Critical case closed before its initial RCA was sent and its complete
RCA published.

Computed from events alone, independently of the gate's code. Needs Care's scope; changes nothing.
"""

from collections.abc import Collection, Iterator
from itertools import groupby

from cases.choices import CaseKind, EventType, Severity
from cases.events import Filed, SeveritySet
from cases.models import CaseEvent

WATCHED = (
    EventType.FILED,
    EventType.SEVERITY_SET,
    EventType.RESOLUTION_PROPOSED,
    EventType.ISSUE_REPORTED,
    EventType.REOPENED,
    EventType.INITIAL_RCA_SENT,
    EventType.RCA_PUBLISHED,
    EventType.CLOSED,
)


def closings_past_the_gate(only: Collection[int] | None = None) -> Iterator[tuple[int, str]]:
    """(case, finding) for each closing of a case that was Critical then, or at its proposal,
    without its RCA.
    """
    events = CaseEvent.objects.filter(case__kind=CaseKind.PROBLEM, verb__in=WATCHED).select_related(
        "case"
    )
    events = (events if only is None else events.filter(case__in=only)).order_by("case_id", "seq")
    for case_id, past in groupby(events.iterator(chunk_size=2000), key=lambda event: event.case_id):
        for finding in _of_one(past):
            yield case_id, finding


def _of_one(past: Iterator[CaseEvent]) -> Iterator[str]:
    severity, at_proposal, has = Severity.LOW.value, None, set()
    for event in past:
        data = event.data
        if isinstance(data, Filed):
            severity = data.severity
        elif isinstance(data, SeveritySet):
            severity = data.after
        elif event.verb == EventType.RESOLUTION_PROPOSED:
            at_proposal = severity
        elif event.verb in (EventType.ISSUE_REPORTED, EventType.REOPENED):
            at_proposal = None
        elif event.verb in (EventType.INITIAL_RCA_SENT, EventType.RCA_PUBLISHED):
            has.add(event.verb)
        elif event.verb == EventType.CLOSED and Severity.CRITICAL in (severity, at_proposal):
            for owed in (EventType.INITIAL_RCA_SENT, EventType.RCA_PUBLISHED):
                if owed not in has:
                    yield (
                        f"{event.case.code}: closed at event {event.seq} while it was "
                        f"Critical and without “{owed}”."
                    )
