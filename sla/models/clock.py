"""Clocks, one row each, folded from the events; and their facts, which nothing removes."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from cases.choices import Severity
from cases.models import Case
from contacts.models import CalendarVersion, DesignatedContact, Organisation
from sla.models.policy import PolicyVersion
from sla.querysets import ClockQuerySet


class ClockKindChoices(models.TextChoices):
    """What a clock measures, and whose time it is."""

    RESPONSE = "response", _("First response")
    RESTORE = "restore", _("Restoration")
    RESOLVE = "resolve", _("Resolution")
    RCA = "rca", _("Root cause analysis")
    CUSTOMER_RESPONSE = "customer_response", _("Customer response")
    CLOSURE = "closure", _("Closure")
    CREDENTIAL = "credential", _("Credentials")
    ESCALATION = "escalation", _("Response to the escalation request")
    UPDATE = "update", _("Next update")


# A reopening promises a response and a restoration again (§13).
AFTER_REOPENING = {
    ClockKindChoices.RESPONSE: _("Response after reopening"),
    ClockKindChoices.RESTORE: _("Restoration after reopening"),
}
# The customer's people read what is theirs.
FOR_CUSTOMERS = {ClockKindChoices.CUSTOMER_RESPONSE: _("Your reply")}
CARES_PROMISES = (
    ClockKindChoices.RESPONSE,
    ClockKindChoices.RESTORE,
    ClockKindChoices.UPDATE,
    ClockKindChoices.RCA,
    ClockKindChoices.ESCALATION,
    ClockKindChoices.CREDENTIAL,
)


class ClockOutcome(models.TextChoices):
    """The outcome of a clock. Whether a running one is overdue is computed, never read from
    here.
    """

    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    MET = "met", "Met"
    BREACHED = "breached", "Missed"
    MEASURED = "measured", "Measured"
    ANSWERED = "answered", "Answered"
    RAN_OUT = "ran_out", "Ran out"
    CANCELLED = "cancelled", "No longer needed"


class Clock(models.Model):
    """A clock of a case, or of an application (§1): start, target, pauses, due time and outcome.

    `target_seconds` counts business time of the calendar version, or time around the clock;
    `target_days` means the end of the n-th business day. `due_steps` lists what is still to do and
    when; `check_at` is its first time.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="clocks",
        db_constraint=False,
    )
    designation = models.ForeignKey(
        DesignatedContact,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="clocks",
        db_constraint=False,
    )
    kind = models.CharField(max_length=20, choices=ClockKindChoices)
    ordinal = models.PositiveSmallIntegerField(default=1)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    calendar_version = models.ForeignKey(
        CalendarVersion, on_delete=models.PROTECT, related_name="+"
    )
    severity = models.PositiveSmallIntegerField(choices=Severity, null=True, blank=True)
    is_around_the_clock = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    target_seconds = models.PositiveIntegerField(null=True, blank=True)
    target_days = models.PositiveSmallIntegerField(null=True, blank=True)
    pauses = models.JSONField(default=list, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    closure_due_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=20, blank=True)
    breaches_at = models.DateTimeField(
        null=True, blank=True, help_text="From when it is missed, unless it stops before."
    )
    used_seconds = models.BigIntegerField(
        null=True, blank=True, help_text="Counted time until it stopped."
    )
    outcome = models.CharField(max_length=10, choices=ClockOutcome)
    due_steps = models.JSONField(
        default=list, blank=True, help_text='What is still to do: [["warn:75", "2026-…Z"], …].'
    )
    done = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, help_text="Steps taken already."
    )
    next_step = models.CharField(max_length=20, blank=True)
    check_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ClockQuerySet.as_manager()

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "case", "kind", "ordinal"], name="one_clock_a_promise"
            ),
            models.UniqueConstraint(
                fields=["organisation", "designation", "kind", "ordinal"],
                name="one_clock_a_promise_to_an_applicant",
            ),
            models.CheckConstraint(
                condition=Q(case__isnull=False, designation__isnull=True, severity__isnull=False)
                | Q(
                    case__isnull=True,
                    designation__isnull=False,
                    severity__isnull=True,
                    kind="credential",
                ),
                name="a_promise_is_on_a_case_or_to_an_applicant",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(check_at__isnull=True),
                name="nothing_to_check_once_stopped",
            ),
        ]
        indexes = [
            models.Index(
                fields=["check_at", "id"],
                condition=Q(check_at__isnull=False),
                name="clocks_to_check",
            ),
            models.Index(fields=["organisation", "kind", "outcome"], name="clocks_by_outcome"),
            models.Index(
                fields=["due_at"],
                condition=Q(stopped_at__isnull=True),
                name="clocks_running_by_due",
            ),
            models.Index(
                fields=["stopped_at"],
                condition=Q(stopped_at__isnull=False),
                name="clocks_by_their_stop",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.kind} clock {self.ordinal} of "
            f"{f'case {self.case_id}' if self.case_id else 'an applicant'}"
        )

    @property
    def label(self) -> str:
        """What the clock promises: the first response, or the answer after a reopening."""
        again = AFTER_REOPENING.get(ClockKindChoices(self.kind)) if self.ordinal > 1 else None
        return str(again or self.get_kind_display())

    @property
    def is_running(self) -> bool:
        """Neither stopped nor ended; the Python equivalent of `ClockQuerySet.running`."""
        return self.stopped_at is None


class FactKind(models.TextChoices):
    """What was done about a clock, or happened to it."""

    WARNED = "warned", "Warned"
    REMINDED = "reminded", "Reminded"
    BREACHED = "breached", "Missed"
    HELD = "held", "Held"


class ClockFact(models.Model):
    """A permanent fact about a clock: a warning, a reminder, a breach (§14).

    `step` makes it unique on its clock; `at` is when it became true, `recorded_at` when it was
    noticed.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="clock_facts",
        db_constraint=False,
    )
    clock = models.ForeignKey(
        Clock, on_delete=models.PROTECT, related_name="facts", db_constraint=False
    )
    kind = models.CharField(max_length=12, choices=FactKind)
    step = models.CharField(max_length=20)
    severity = models.PositiveSmallIntegerField(choices=Severity, null=True, blank=True)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    notified = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
        help_text="Who was notified of it (§10).",
    )

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "clock", "step"], name="one_fact_a_step"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "case"], name="facts_of_a_case"),
            models.Index(fields=["at"], condition=Q(kind="breached"), name="breaches_by_instant"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.step} at {self.at:%Y-%m-%d %H:%M:%S}"
