"""The shapes and inputs of side conversations and reminders."""

from typing import Any

from rest_framework import serializers

from caretrack.web.api.serializers import Input, ShortList, Text
from cases.actions.reminding import LONGEST_NOTE
from cases.actions.side_conversations import LONGEST_SUBJECT, MOST_RECIPIENTS
from cases.models import Reminder, ReminderState, SideConversation, SideMessage

MOST_FILES = 50
LONGEST_ADDRESS = 254
LARGEST_KEY = 2**63 - 1


class SideConversationShape(serializers.ModelSerializer[SideConversation]):
    """A side conversation. `recipients` get its next message."""

    by: Any = serializers.SlugRelatedField("name", read_only=True)

    class Meta:
        model = SideConversation
        fields = ("id", "subject", "recipients", "by", "opened_at", "ended_at")
        read_only_fields = fields


class SideMessageShape(serializers.ModelSerializer[SideMessage]):
    """A message that Care sent, or a reply of `sender` that Care logged. `attachments` are the
    keys of the case's files that went along.
    """

    by = serializers.CharField(source="event.by.name", read_only=True)
    at = serializers.DateTimeField(source="event.at", read_only=True)
    text = serializers.CharField(source="event.update.text", read_only=True)

    class Meta:
        model = SideMessage
        fields = (
            "id",
            "state",
            "by",
            "at",
            "sender",
            "recipients",
            "text",
            "attachments",
            "sent_at",
            "last_error",
        )
        read_only_fields = fields


class ReminderShape(serializers.ModelSerializer[Reminder]):
    """A reminder of the token's person. `why_not` says why one was not sent."""

    case = serializers.CharField(source="case.code", read_only=True)

    class Meta:
        model = Reminder
        fields = ("id", "case", "due_at", "note", "state", "why_not", "created_at")
        read_only_fields = fields


def _recipients(**options: Any) -> ShortList:
    return ShortList(
        child=serializers.CharField(max_length=LONGEST_ADDRESS),
        max_length=MOST_RECIPIENTS,
        help_text="Email addresses of third parties, none of the customer's people.",
        **options,
    )


class SideMessageInput(Text):
    """A message to third parties. Nothing of the case is quoted."""

    recipients = _recipients(required=False)
    files = ShortList(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_KEY),
        required=False,
        default=list,
        max_length=MOST_FILES,
        help_text="The keys of the case's files that go along.",
    )


class SideConversationInput(SideMessageInput):
    """A new side conversation with its first message."""

    subject = serializers.CharField(max_length=LONGEST_SUBJECT)
    recipients = _recipients()


class SideReplyInput(Text):
    """What a third party answered."""

    sender = serializers.CharField(max_length=LONGEST_ADDRESS)


class ReminderInput(Input):
    """When the reminder comes, and a note that only its person reads."""

    due_at = serializers.DateTimeField(help_text="At most a year ahead.")
    note = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=LONGEST_NOTE
    )


class ReminderQuery(Input):
    """The query parameters of the list of reminders."""

    state = serializers.ChoiceField(ReminderState.choices, required=False)
    cursor = serializers.CharField(required=False)
