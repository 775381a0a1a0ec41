"""Entry points of the worker: send emails, end designations that are due, and warn about
calendars.

A missed run costs nothing.
"""

import logging

from celery import shared_task

from contacts import calendar_reviews, eligibility, emails

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def send_emails(limit: int = 100) -> None:
    """Send emails that are due; a full batch means that more are waiting."""
    if emails.send(limit) >= limit:
        send_emails.delay(limit)


@shared_task(ignore_result=True)
def review_eligibility() -> None:
    """Lapse designations with the last licence, and suspend contacts whose training was not renewed
    (§1, §3).
    """
    eligibility.review()


@shared_task(ignore_result=True)
def warn_about_calendars() -> None:
    """Email managers before the holidays of a calendar run out (§9)."""
    calendar_reviews.warn()
