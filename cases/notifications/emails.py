"""A notice as a mail: the plain words of its row, and the same as HTML from a template, in the
reader's language.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Notification
from cases.notifications import texts
from contacts.models import User

PARAGRAPHS = re.compile(r"\n{2,}")


def of_notice(notice: Notification, *, connection: Any, message_id: str) -> EmailMultiAlternatives:
    """The message that tells of one notice. What people wrote is escaped in its HTML part."""
    reader = notice.recipient
    *said, footer = PARAGRAPHS.split(notice.text.strip())
    about, _sep, link = footer.rpartition("\n")
    with translation.override(reader.language):
        context = {
            "language": reader.language,
            "title": notice.subject,
            "paragraphs": [_with_link(one) for one in said],
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


def _with_link(said: str) -> tuple[str, str]:
    """A paragraph, and what is to be clicked at its end: an address of ours, and nobody else's."""
    before, _space, last = said.rpartition(" ")
    return (before, last) if last.startswith(f"{settings.BASE_URL}/") else (said, "")


def _method(invitation: str) -> str:
    """What a calendar is to do with it: the file says so itself."""
    found = re.search(r"^METHOD:([A-Z]+)", invitation, re.MULTILINE)
    return found[1] if found else "PUBLISH"


def digest(
    reader: User, notices: Sequence[Notification], *, connection: Any, message_id: str
) -> EmailMultiAlternatives:
    """One message about everything a person has not been told yet: by case, with whose turn it is
    now.
    """
    with translation.override(reader.language):
        cases: dict[int, dict[str, Any]] = {}
        for notice in notices:
            case = notice.case
            door = "console" if reader.is_care else "portal"
            about = cases.setdefault(
                case.pk,
                {
                    "code": case.code,
                    "title": case.title,
                    "happened": [],
                    "turn": texts.turn(case.state, reader.is_care),
                    "link": f"{settings.BASE_URL}/{door}/cases/{case.code}/",
                },
            )
            at = texts.instant(notice.created_at, reader.zone, short=True)
            about["happened"].append((at, notice.lead))
        count = len(cases)
        subject = ngettext(
            "CareTrack: news of {count} case", "CareTrack: news of {count} cases", count
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


def preferences_of(reader: User) -> str:
    """Where a person says how they want to be told."""
    return f"{settings.BASE_URL}{'' if reader.is_care else '/portal'}/preferences/"


def _message(
    subject: str, text: str, html: str, address: str, connection: Any, message_id: str
) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject, text, to=[address], connection=connection, headers={"Message-ID": message_id}
    )
    message.attach_alternative(html, "text/html")
    return message
