"""Entry points of the worker: cases to be assigned, and on-call alerts to be sent and escalated."""

from celery import shared_task

from routing import alert_messages, alerts, assignment


@shared_task(ignore_result=True)
def assign_case(case_id: int) -> None:
    """Give a case that was just filed to a team, to somebody at work, or to whoever is on call."""
    assignment.assign(case_id)


@shared_task(ignore_result=True)
def assign_cases(limit: int = 200) -> None:
    """Place what a crash or an absent broker left; a full batch means there is more."""
    if assignment.assign_waiting(limit) >= limit:
        assign_cases.delay(limit)


@shared_task(ignore_result=True)
def escalate_alerts(limit: int = 100) -> None:
    """Page the next one where nobody acknowledged in time (§10); a full batch means there is
    more.
    """
    if alerts.escalate(limit) >= limit:
        escalate_alerts.delay(limit)


@shared_task(ignore_result=True)
def send_alert_messages(limit: int = 100) -> None:
    """Send pages that are due, by e-mail and webhook; a full batch means there is more."""
    if alert_messages.send(limit) >= limit:
        send_alert_messages.delay(limit)
