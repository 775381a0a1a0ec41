"""Policies (§9, §11, §12, §13): versions never change, and a case retains the version of its
filing.
"""

from datetime import datetime

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value

from cases.choices import Severity
from contacts.models import User

# Who can be notified of a step before a breach, or at it (§10).
ESCALATION_RECIPIENTS = ("assignee", "team", "manager", "on_call")
NEVER_CHANGED = pgtrigger.Protect(
    name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete
)


class Policy(models.Model):
    """A customer care policy; its content is in its versions."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name

    def in_force(self, at: datetime) -> "PolicyVersion":
        """The version to which a case filed at that instant is pinned (§14)."""
        version = (
            self.versions.filter(effective_at__lte=at).order_by("-number").first()
            or self.versions.order_by("number").first()
        )
        if version is None:
            raise PolicyVersion.DoesNotExist(
                f"The policy {self.key!r} has no version: run `manage.py load_policy`."
            )
        return version


class PolicyVersion(models.Model):
    """One immutable version of a policy: the numbers that are not targets by severity."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    effective_at = models.DateTimeField()
    hours_per_business_day = models.PositiveSmallIntegerField(
        help_text="A business day as an amount, in business hours."
    )
    customer_response_days = models.PositiveSmallIntegerField(
        help_text="Business days a contact has to answer (§13)."
    )
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(),
        help_text="Business days of waiting after which to remind.",
    )
    notice_days = models.PositiveSmallIntegerField(
        help_text="Business days between advance notice and closure (§13)."
    )
    closure_days = models.PositiveSmallIntegerField(
        help_text="A proposal closes at the end of this business day (§13)."
    )
    longest_hold_days = models.PositiveSmallIntegerField(
        help_text="Business days for which a wait can be on hold; 0: no hold (§13)."
    )
    reopen_window_days = models.PositiveSmallIntegerField(
        help_text="Business days in which a closed case reopens (§13)."
    )
    warning_percentages = ArrayField(
        models.PositiveSmallIntegerField(), help_text="Of the target used, before a breach (§10)."
    )
    ladder = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text='Recipients of each step (§10): {"50": ["assignee"], "breach": ["manager"]}.',
    )
    credential_hours = models.PositiveSmallIntegerField(
        help_text="Business hours to issue credentials (§1)."
    )
    escalation_request_wait_hours = models.PositiveSmallIntegerField(
        help_text=(
            "Hours since the last update before a customer may ask for escalation of a "
            "High case (§10)."
        )
    )
    created_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    why = models.CharField(
        max_length=500, blank=True, db_default="", help_text="What is new in it, and why."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="one_policy_version_a_number")
        ]
        triggers = [NEVER_CHANGED]

    def __str__(self) -> str:
        return f"{self.policy} (version {self.number})"

    @property
    def short(self) -> str:
        """A short name such as “Customer Care v2”, for events and lists, in any language."""
        return f"{self.policy.name} v{self.number}"


class TargetKind(models.TextChoices):
    """What a target by severity measures."""

    RESPONSE = "response", "First response"
    RESTORE = "restore", "Restoration"
    RCA = "rca", "Root cause analysis"
    ESCALATION = "escalation", "Response to an escalation request"
    UPDATE = "update", "Next update"


class Unit(models.TextChoices):
    """How an amount of a target counts."""

    MINUTES = "minutes", "minutes, 24×7"
    HOURS = "hours", "hours, 24×7"
    BUSINESS_HOURS = "business_hours", "business hours"
    BUSINESS_DAYS = "business_days", "business days"


class PolicyTarget(models.Model):
    """The service target of a severity.

    Without a row there is no target, but the time is still measured.
    """

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="targets")
    promise = models.CharField(max_length=20, choices=TargetKind)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=20, choices=Unit)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "promise", "severity"], name="one_target_a_promise_and_severity"
            )
        ]
        triggers = [NEVER_CHANGED]

    def __str__(self) -> str:
        return f"{self.promise} {self.severity}: {self.amount} {self.unit}"

    @property
    def is_around_the_clock(self) -> bool:
        return self.unit in (Unit.MINUTES, Unit.HOURS)

    def seconds(self, hours_per_business_day: int) -> int:
        """The target in seconds of counted time."""
        hour = 3600
        return (
            self.amount
            * {
                Unit.MINUTES: 60,
                Unit.HOURS: hour,
                Unit.BUSINESS_HOURS: hour,
                Unit.BUSINESS_DAYS: hours_per_business_day * hour,
            }[Unit(self.unit)]
        )
