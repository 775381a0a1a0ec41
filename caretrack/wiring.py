"""The event listeners of the product, in order.

`cases` and `contacts` send the signals and do not know the listeners. Listeners run in the
transaction of the action and only touch rows; an exception rolls the action back. They return
nothing. `NOTICE_DETAILS` adds details to a notification.
"""

from cases import live, successors
from cases import signals as cases
from cases.actions import splitting
from cases.actions.holding import begin_of_day_from
from cases.notifications import outgoing
from contacts import signals as people
from rca import receivers as rca
from rca.actions import meetings
from routing import alerts, assignment
from sla import answering, auto_closure, credentials, holding, sweeps
from sla import receivers as sla

# Before a change of a case. The first listener that raises Refused decides.
OBJECTIONS = (
    sla.object_to_closing,  # §13: only when due, after a closing notice that was sent
    rca.object_to_closing,  # §12: not while a root cause analysis is owed
    sla.object_to_reopening,  # §13: within the window
    holding.object_to_hold,  # §13: not longer than the policy allows
    sla.object_to_escalation_request,  # §10: a High case after some hours of silence
    alerts.object_to_acknowledging,  # §10: only an alert that waits
)

# After an event of a case was recorded.
CASE_LISTENERS = (
    rca.open_analysis,  # §12: before the clocks, which a follow-up case also has
    rca.end_follow_up,  # §12: a published analysis ends its follow-up case
    sla.follow,  # clocks, breaches and the queue entry
    answering.follow_case,  # §13: after the clocks, which it suspends
    holding.follow_case,  # §13: a Critical case and a resolved one end holds
    alerts.end_alert,  # an action by Care ends the alert of the case
    assignment.assign_new_case,  # a new case needs an assignment
    live.follow,  # open pages learn of it
)

# After an event of an organisation's people was recorded.
PEOPLE_LISTENERS = (
    credentials.sync_clocks,
    successors.follow_people,  # §1: the open cases of a contact who leaves
    answering.follow_people,  # §13: waits for contacts who may not answer
)

# Details that a notification adds to the event's text.
NOTICE_DETAILS = (
    sla.promised,
    rca.update_at_closing,
    meetings.meeting_details,
    successors.details,
)
# What writes a notification that has no event and goes out late.
NOTICE_WRITERS = (sweeps.write_notification,)
# After a notification was really sent.
SENT_LISTENERS = (auto_closure.follow_sending,)  # §13: a late notice has its whole period


def connect() -> None:
    """Connect everything. Called once, when a program starts."""
    for signal, listeners in (
        (cases.before_event, OBJECTIONS),
        (cases.event_recorded, CASE_LISTENERS),
        (people.event_recorded, PEOPLE_LISTENERS),
    ):
        for listener in listeners:
            name = f"{listener.__module__}.{listener.__name__}"
            signal.connect(listener, dispatch_uid=name)
    outgoing.details_from(*NOTICE_DETAILS)
    outgoing.written_by(*NOTICE_WRITERS)
    outgoing.after_sending(*SENT_LISTENERS)
    outgoing.after_saving(live.follow_notifications)
    splitting.first_response_from(sla.first_response_on_origin)
    begin_of_day_from(holding.allowed_end_on)
