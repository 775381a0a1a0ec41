"""The serializers of the API. They validate and present; the actions decide."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from cases.actions.rating import LONGEST, SCORES
from cases.case_details import DETAIL_NAMES
from cases.choices import CaseState, ClosingReason, Facing, Priority, SettledBy, Severity
from cases.models import Attachment, Case, CaseEvent, Watch
from cases.models.case import CODE
from cases.severity import CONTRADICTION, Impact, contradicts
from contacts.models import Site
from sla.models import Clock


class CaseShape(serializers.ModelSerializer[Case]):
    """A case as its reader may see it."""

    code = serializers.CharField(read_only=True)
    organisation: Any = serializers.SlugRelatedField("short_name", read_only=True)
    site = serializers.StringRelatedField[Site]()
    contact: Any = serializers.SlugRelatedField("email", read_only=True)
    assignee: Any = serializers.SlugRelatedField("name", read_only=True)
    severity_label = serializers.CharField(source="get_severity_display", read_only=True)
    is_contacts_turn = serializers.BooleanField(read_only=True)

    class Meta:
        model = Case
        fields = (
            "code",
            "organisation",
            "site",
            "kind",
            "state",
            "severity",
            "severity_label",
            "proposed_severity",
            "priority",
            "title",
            "description",
            *DETAIL_NAMES,
            "area",
            "conversation_ids",
            "channel",
            "contact",
            "assignee",
            "is_contacts_turn",
            "opened_at",
            "incident_started_at",
            "answered_at",
            "restored_at",
            "resolution_proposed_at",
            "closed_at",
            "closing_reason",
            "last_message_at",
        )
        read_only_fields = fields


class EventShape(serializers.ModelSerializer[CaseEvent]):
    """An event of a case. `text` is its message."""

    by: Any = serializers.SlugRelatedField("name", read_only=True)
    text = serializers.SerializerMethodField()

    class Meta:
        model = CaseEvent
        fields = ("seq", "verb", "by", "at", "facing", "text", "particulars", "hash")
        read_only_fields = fields

    def get_text(self, event: CaseEvent) -> str:
        update = getattr(event, "update", None)
        return update.text if update else ""


class ClockShape(serializers.ModelSerializer[Clock]):
    """A clock: start, target, due time, outcome.

    `missed_due_at` is the due time that was missed first. It remains when the target changes.
    """

    missed_due_at = serializers.DateTimeField(read_only=True, allow_null=True)
    policy_version = serializers.IntegerField(source="policy_version.number", read_only=True)
    calendar = serializers.SerializerMethodField()

    class Meta:
        model = Clock
        fields = (
            "kind",
            "ordinal",
            "severity",
            "policy_version",
            "calendar",
            "started_at",
            "target_seconds",
            "target_days",
            "pauses",
            "due_at",
            "closure_due_at",
            "stopped_at",
            "breaches_at",
            "missed_due_at",
            "used_seconds",
            "outcome",
        )
        read_only_fields = fields

    def get_calendar(self, clock: Clock) -> str:
        return "24×7" if clock.is_around_the_clock else str(clock.calendar_version)


class AttachmentShape(serializers.ModelSerializer[Attachment]):
    """An attachment of a case."""

    class Meta:
        model = Attachment
        fields = (
            "id",
            "name",
            "size",
            "content_type",
            "sha256",
            "at",
            "facing",
            "scan_state",
            "finding",
        )
        read_only_fields = fields


class ShortList(serializers.ListField):
    """A list with a limit on its length, which is checked before its items are read."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().run_validation(data)


class ActionsShape(serializers.Serializer[Any]):
    """The actions that can be POSTed to now."""

    actions = serializers.ListField(child=serializers.CharField())


class Input(serializers.Serializer[Any]):
    """The body of a request. Unknown fields are reported, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError(
                dict.fromkeys(sorted(unknown), "There is no such field.")
            )
        return super().to_internal_value(data)


class Filing(Input):
    """A new case (§4). Only Care sends `contact` (an email address) and `channel`."""

    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=settings.MESSAGE_MAX_CHARACTERS)
    function_down = serializers.BooleanField()
    workaround = serializers.BooleanField()
    degraded = serializers.ChoiceField([(word.value, word.value) for word in Impact])
    priority = serializers.ChoiceField(Priority.choices, default=Priority.NORMAL)
    site = serializers.CharField(
        required=False, help_text="The name of a site; the main one if not given."
    )
    area = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)
    conversation_ids = ShortList(
        child=serializers.UUIDField(),
        required=False,
        default=list,
        max_length=settings.CONVERSATION_IDS_MAX,
    )
    on_duty_name = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=150,
        help_text="Who is there for a Critical case; whoever stands on the roster if not given.",
    )
    call_back_number = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=40
    )
    contact = serializers.EmailField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask back where the answers contradict each other (§7)."""
        if contradicts(
            function_down=attrs["function_down"],
            workaround=attrs["workaround"],
            degraded=attrs["degraded"],
        ):
            raise serializers.ValidationError({"degraded": str(CONTRADICTION)})
        return attrs

    def get_fields(self) -> dict[str, Any]:
        """With the details that a case may come with."""
        details = {
            name: serializers.CharField(
                required=False,
                default="",
                allow_blank=True,
                max_length=settings.REASON_MAX_CHARACTERS,
            )
            for name in DETAIL_NAMES
        }
        return {**super().get_fields(), **details}


class Text(Input):
    text = serializers.CharField(max_length=settings.MESSAGE_MAX_CHARACTERS)


class ReasonSerializer(Input):
    """A text that is shorter than a message may be."""

    text = serializers.CharField(max_length=settings.REASON_MAX_CHARACTERS)


class Rating(Input):
    score = serializers.IntegerField(min_value=SCORES.start, max_value=SCORES.stop - 1)
    text = serializers.CharField(required=False, default="", allow_blank=True, max_length=LONGEST)


class Call(Text):
    reached = serializers.BooleanField()
    answers_question = serializers.BooleanField(
        required=False, default=False, help_text="The call ends the wait for the contact."
    )


class Settlement(Text):
    how = serializers.ChoiceField(SettledBy.choices)


class HoldInput(ReasonSerializer):
    until = serializers.DateTimeField(help_text="When the hold ends automatically.")
    after = serializers.RegexField(
        f"^{CODE}$",
        required=False,
        help_text="The code of a case of the same organisation whose resolution ends the hold "
        "earlier.",
    )


class SeverityChoice(ReasonSerializer):
    severity = serializers.ChoiceField(Severity.choices)


class ContestSerializer(ReasonSerializer):
    severity = serializers.ChoiceField(
        Severity.choices, required=False, help_text="The severity that it should be."
    )


class CorrectionSerializer(Input):
    """What is given is corrected; the rest stays."""

    title = serializers.CharField(required=False, max_length=200)
    area = serializers.CharField(required=False, allow_blank=True, max_length=80)
    site = serializers.CharField(required=False, help_text="The name of a site.")
    text = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=settings.REASON_MAX_CHARACTERS,
        help_text="The reason; the contact reads it.",
    )


class ContactChange(Input):
    contact = serializers.EmailField(help_text="The email address of the new contact.")
    text = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=settings.REASON_MAX_CHARACTERS,
        help_text="The reason; the contacts read it.",
    )


class FollowerInput(Input):
    person = serializers.EmailField(help_text="The email address of the person.")


class FollowerShape(serializers.ModelSerializer[Watch]):
    """A person who follows a case, and who added them."""

    name = serializers.CharField(source="watcher.name")
    email = serializers.EmailField(source="watcher.email")
    added_by = serializers.CharField(source="added_by.name", default=None, allow_null=True)

    class Meta:
        model = Watch
        fields = ("name", "email", "since", "added_by")


class Closing(Text):
    reason = serializers.ChoiceField(ClosingReason.choices)


class EscalationAnswer(Text):
    granted = serializers.BooleanField()


class EmptySerializer(Input):
    """No fields."""


class Upload(serializers.Serializer[Any]):
    """One file, as multipart/form-data."""

    file = serializers.FileField(help_text="Its ending must be one that the installation accepts.")
    facing = serializers.ChoiceField(Facing.choices, default=Facing.CONTACT)


class ListQuery(Input):
    """The query parameters of the case list."""

    state = serializers.ChoiceField(CaseState.choices, required=False)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    cursor = serializers.CharField(required=False)
