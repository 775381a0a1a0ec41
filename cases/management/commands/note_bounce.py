"""`note_bounce < MESSAGE`: process the message that a mail server returned as undeliverable (§13).

Meant for the end of a pipe: the sender address of notifications delivers into it.
"""

import email
import email.policy
import re
import sys
from email.message import EmailMessage
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.notifications import undelivered
from cases.notifications.outgoing import is_message_id_of
from core.tenancy import care_scope

OURS = re.compile(r"<notice-(\d{1,18})-[0-9a-f]{24}@caretrack>")
LARGEST = 2_000_000


class Command(BaseCommand):
    help = (
        "Read a delivery report from standard input; a notice that came back is tried "
        "with the next contact."
    )

    def handle(self, **options: Any) -> None:
        raw = sys.stdin.buffer.read(LARGEST)
        report = email.message_from_bytes(raw, policy=email.policy.default)
        match = OURS.search(raw.decode("utf-8", "replace"))
        if match is None or not is_message_id_of(int(match[1]), match[0]):
            raise CommandError(
                "This message names no notice of ours (Message-ID “notice-…@caretrack”).",
                returncode=2,
            )
        status, why = _verdict(report)
        if not status.startswith("5"):
            self.stdout.write(
                f"Notice {match[1]}: not failed for good ({status or 'no status'}); "
                "nothing is changed."
            )
            return
        with care_scope():
            notice = undelivered.bounced(int(match[1]), why=why)
        self.stdout.write(
            f"Notice {match[1]}: "
            + (
                "noted, and the next contact is tried."
                if notice
                else "not there, or noted already."
            )
        )


def _verdict(report: EmailMessage) -> tuple[str, str]:
    """The status of RFC 3464, such as “5.1.1”, and the server's explanation."""
    for part in report.walk():
        if part.get_content_type() == "message/delivery-status":
            text = part.as_string()
            status = re.search(r"^Status:\s*(\d\.\d{1,3}\.\d{1,3})", text, re.M | re.I)
            why = re.search(
                r"^Diagnostic-Code:\s*(?:[\w-]+;\s*)?(.+(?:\n[ \t].+)*)", text, re.M | re.I
            )
            diagnostic = " ".join(why[1].split()) if why else "The mail came back."
            return (status[1] if status else ""), diagnostic[:300]
    return "", ""
