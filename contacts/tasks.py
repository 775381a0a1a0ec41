"""Doors for the worker: letters sent, designations that end by themselves.

A missed tick costs nothing.
"""

import logging

from celery import shared_task

from contacts import eligibility, emails

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def send_letters(limit: int = 100) -> None:
    """Send letters that are due; a full batch means there is more."""
    if emails.send(limit) >= limit:
        send_letters.delay(limit)


@shared_task(ignore_result=True)
def review_standing() -> None:
    """Let designations lapse with the last licence and suspend those whose training was not renewed
    (§1, §3).
    """
    eligibility.review()
