"""Entry points of the worker: assign cases, send and escalate on-call alerts."""

from celery import shared_task

from routing import alert_messages, alerts, assignment


@shared_task(ignore_result=True)
def assign_case(case_id: int) -> None:
    """Assign a case that was just filed to a team, to an analyst at work, or to the person on
    call.
    """
    assignment.assign(case_id)


@shared_task(ignore_result=True)
def assign_cases(limit: int = 200) -> None:
    """Assign what a crash or an absent broker left; a full batch means that more are waiting."""
    if assignment.assign_waiting(limit) >= limit:
        assign_cases.delay(limit)


@shared_task(ignore_result=True)
def escalate_alerts(limit: int = 100) -> None:
    """Alert the next person where nobody acknowledged in time (§10); a full batch means that more
    are waiting.
    """
    if alerts.escalate(limit) >= limit:
        escalate_alerts.delay(limit)


@shared_task(ignore_result=True)
def send_alert_messages(limit: int = 100) -> None:
    """Send alert messages that are due, by email and webhook; a full batch means that more are
    waiting.
    """
    if alert_messages.send(limit) >= limit:
        send_alert_messages.delay(limit)
