"""Which listener hears which event, in order: the whole wiring of the product on one page.

`cases` and `contacts` announce what happens and never learn who listens. Listeners run in the
transaction of the action and touch rows only; one that raises takes the whole action back. They
return nothing: what a notification says beside the event's own words is asked of `NOTICE_DETAILS`.
"""

from cases import signals as cases
from cases.notifications import outgoing
from contacts import signals as people
from rca import receivers as rca
from routing import alerts, assignment
from sla import credentials
from sla import receivers as sla

# Before a change of a case; the first one that raises Refused decides.
OBJECTIONS = (
    sla.object_to_closing,  # §13: only what is due, after a notice that was sent
    rca.object_to_closing,  # §12: not while a root cause analysis is owed
    sla.object_to_reopening,  # §13: within the window
    sla.object_to_escalation_request,  # §10: a High case after some hours of silence
    alerts.object_to_acknowledging,  # §10: only a page that waits
)

# After an event of a case was recorded.
CASE_LISTENERS = (
    rca.open_analysis,  # §12: before the clocks, which a follow-up case has as well
    sla.follow,  # clocks, breaches and the place in the queue
    alerts.end_alert,  # whoever came ends a page
    assignment.assign_new_case,  # a new case is to be given to somebody
)

# After an event of an organisation's people was recorded.
PEOPLE_LISTENERS = (credentials.sync_clocks,)

# What a notification of an event says beside its words.
NOTICE_DETAILS = (sla.promised, rca.update_at_closing)


def connect() -> None:
    """Connect everything; once, when the programs start."""
    for signal, listeners in (
        (cases.before_event, OBJECTIONS),
        (cases.event_recorded, CASE_LISTENERS),
        (people.event_recorded, PEOPLE_LISTENERS),
    ):
        for listener in listeners:
            name = f"{listener.__module__}.{listener.__name__}"
            signal.connect(listener, dispatch_uid=name)
    outgoing.details_from(*NOTICE_DETAILS)
