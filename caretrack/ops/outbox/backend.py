"""Django's email backend of the trial."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from caretrack.ops.outbox.models import OutboxMessage
from core.tenancy import NO_SCOPE, care_scope, current_scope


class OutboxBackend(BaseEmailBackend):
    """Stores each message as one row for each recipient."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        rows = [
            OutboxMessage(
                sender=message.from_email,
                to=to,
                subject=str(message.subject)[:300],
                text=str(message.body),
            )
            for message in email_messages
            for to in message.recipients()
        ]
        if current_scope() == NO_SCOPE:
            with care_scope():
                OutboxMessage.objects.bulk_create(rows)
        else:
            OutboxMessage.objects.bulk_create(rows)
        return len(email_messages)
