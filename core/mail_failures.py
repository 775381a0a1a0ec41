"""Which refusals of a mail server are final for one message, and which are temporary (RFC 5321, RFC
3463).

A final refusal is about this recipient or this message, so another attempt changes nothing.
Everything else is tried again, even a permanent code about the sender, authentication, relaying or
reputation. The operator can repair those, and giving up would lose every message of a misconfigured
hour.
"""

import re
import smtplib

# The subject of an enhanced status code that concerns the recipient, its mail system, the route or
# the content: 5.1.1 no such mailbox, 5.2.1 mailbox disabled, 5.3.4 message too big, 5.6.x.
ABOUT_THE_MESSAGE = frozenset({"1", "2", "3", "4", "6"})
ABOUT_THE_SENDER = frozenset(
    {"5.1.7", "5.1.8", "5.3.5", "5.4.6"}
)  # bad sender; misconfigured; loop
WITHOUT_STATUS = frozenset({550, 551, 552, 553, 554})
TOO_BIG = frozenset({"5.2.3", "5.3.4"})
STATUS = re.compile(r"\b(5)\.(\d{1,3})\.(\d{1,3})\b")
POLICY = re.compile(
    r"relay|authenti|polic|block|black|spam|reputation|\bspf\b|dkim|dmarc|access denied", re.I
)


def is_final(error: Exception) -> bool:
    """Whether another attempt to send this message to this recipient would fail with the same
    error.
    """
    match error:
        case smtplib.SMTPRecipientsRefused():
            replies = [(int(code), _text(reply)) for code, reply in error.recipients.values()]
            return bool(replies) and all(
                _is_about_the_message(code, text) for code, text in replies
            )
        case smtplib.SMTPDataError():
            return _is_about_the_message(error.smtp_code, _text(error.smtp_error))
        case smtplib.SMTPSenderRefused():  # the size is announced together with the sender
            return error.smtp_code == 552 or _status(_text(error.smtp_error)) in TOO_BIG
    return False


def _is_about_the_message(code: int, text: str) -> bool:
    if not 500 <= code < 600:
        return False
    if status := _status(text):
        return status.split(".")[1] in ABOUT_THE_MESSAGE and status not in ABOUT_THE_SENDER
    return code in WITHOUT_STATUS and not POLICY.search(text)


def _status(text: str) -> str:
    """The enhanced status code at the start of a reply; empty if there is none."""
    match = STATUS.match(text.lstrip())
    return match[0] if match else ""


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
