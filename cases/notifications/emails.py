"""A notification as an email: its plain text, and HTML from a template, in the recipient's
language.
"""

import re
from collections.abc import Sequence
from textwrap import indent
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import CaseUpdate, Notification
from cases.notifications import texts, turns
from contacts.models import User

PARAGRAPHS = re.compile(r"\n{2,}")
IN_DIGEST = 1000  # characters of a message that a digest repeats; its page has the rest


def of_notice(notice: Notification, *, connection: Any, message_id: str) -> EmailMultiAlternatives:
    """The email of one notification. User input is escaped in its HTML part."""
    reader = notice.recipient
    *paragraphs, footer = PARAGRAPHS.split(notice.text.strip())
    about, _sep, link = footer.rpartition("\n")
    with translation.override(reader.language):
        context = {
            "language": reader.language,
            "title": notice.subject,
            "paragraphs": [_with_link(paragraph) for paragraph in paragraphs],
            "about": about,
            "link": link,
            "preferences": preferences_of(reader),
        }
        html = render_to_string("notices/message.html", context)
    message = _message(notice.subject, notice.text, html, notice.address, connection, message_id)
    if notice.invitation:
        message.attach(
            "meeting.ics", notice.invitation, f"text/calendar; method={_method(notice.invitation)}"
        )
    return message


def _with_link(paragraph: str) -> tuple[str, str]:
    """A paragraph and the link at its end, if it is an address of CareTrack."""
    before, _space, last = paragraph.rpartition(" ")
    return (before, last) if last.startswith(f"{settings.BASE_URL}/") else (paragraph, "")


def _method(invitation: str) -> str:
    """The method of a calendar file, which tells calendars what to do with it."""
    match = re.search(r"^METHOD:([A-Z]+)", invitation, re.MULTILINE)
    return match[1] if match else "PUBLISH"


def digest(
    reader: User, notices: Sequence[Notification], *, connection: Any, message_id: str
) -> EmailMultiAlternatives:
    """One email about all pending notifications of a person: by case, with whose turn it is now."""
    words = _messages_of(notices)
    with translation.override(reader.language):
        cases: dict[int, dict[str, Any]] = {}
        for notice in notices:
            case = notice.case
            audience = "console" if reader.is_care else "portal"
            about = cases.setdefault(
                case.pk,
                {
                    "code": case.code,
                    "title": case.title,
                    "happened": [],
                    "turn": turns.turn_of(case, reader),
                    "link": f"{settings.BASE_URL}/{audience}/cases/{case.code}/",
                },
            )
            at = texts.instant(notice.created_at, reader.zone, short=True)
            message = words.get(notice.event_id or 0, "")
            about["happened"].append((at, notice.lead, message, indent(message, "  ")))
        count = len(cases)
        subject = ngettext(
            "CareTrack: updates on {count} case", "CareTrack: news of {count} cases", count
        ).format(count=count)
        context = {
            "language": reader.language,
            "title": subject,
            "reader": reader,
            "cases": list(cases.values()),
            "preferences": preferences_of(reader),
            "lead": _("What has happened since the last digest:"),
        }
        text, html = (
            render_to_string(f"notices/digest.{kind}", context) for kind in ("txt", "html")
        )
    return _message(subject, text, html, reader.email, connection, message_id)


def _messages_of(notices: Sequence[Notification]) -> dict[int, str]:
    """What was written at each event, as far as a digest repeats it. One statement."""
    keys = [notice.event_id for notice in notices if notice.event_id]
    texts_of_events = CaseUpdate.objects.filter(event_id__in=keys).values_list("event_id", "text")
    return {
        event_id: text if len(text) <= IN_DIGEST else f"{text[:IN_DIGEST].rstrip()} …"
        for event_id, text in texts_of_events
    }


def preferences_of(reader: User) -> str:
    """The page of a person's notification preferences."""
    return f"{settings.BASE_URL}{'' if reader.is_care else '/portal'}/preferences/"


def _message(
    subject: str, text: str, html: str, address: str, connection: Any, message_id: str
) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject, text, to=[address], connection=connection, headers={"Message-ID": message_id}
    )
    message.attach_alternative(html, "text/html")
    return message
