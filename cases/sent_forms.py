"""A form that is sent twice acts once: by a double click, a retry, Back or a reload.

Each form has a key of its own. Sending and saving a draft hold that key, so a draft that is saved
while its form is being sent waits, and is then not saved.
"""

import re
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from cases.models import SentForm
from contacts.models import User

DAYS = 7  # a page may stay open over a weekend
KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_key(text: str) -> bool:
    """Whether a text can be the key of a form."""
    return KEY.fullmatch(text) is not None


def hold(key: str, *, by: User) -> None:
    """Let nothing else happen to this form until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"form:{by.pk}:{key}"]
        )


def result_of(key: str, digest: str, *, by: User) -> str:
    """The address to which the same form with the same content led. Empty if it was not sent."""
    sent = SentForm.objects.filter(person=by, key=key, digest=digest)
    return sent.values_list("result", flat=True).first() or ""


def was_sent(key: str, *, by: User) -> bool:
    """Whether the form was sent, with any content. Waits while it is being sent."""
    if not is_key(key):
        return False
    hold(key, by=by)
    return SentForm.objects.filter(person=by, key=key).exists()


def record(key: str, digest: str, result: str, *, by: User) -> None:
    """The form did its work and leads to `result`."""
    SentForm.objects.create(
        organisation_id=by.organisation_id,
        person=by,
        key=key,
        digest=digest,
        result=result,
        sent_at=timezone.now(),
    )


def sweep(limit: int = 10_000) -> int:
    """Delete the keys of forms that nobody has open any more. Needs Care's scope."""
    before = timezone.now() - timedelta(days=DAYS)
    old = SentForm.objects.filter(sent_at__lt=before).values_list("pk", flat=True)[:limit]
    return SentForm.objects.filter(pk__in=list(old)).delete()[0]
