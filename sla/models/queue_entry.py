"""Queue entries: the position of each open case in Care's queue (§8), and what the queue shows and
filters without reading the case.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from cases.choices import Severity
from cases.models import Case
from cases.models.case import OPEN_STATES
from contacts.models import Organisation, Site, Team, User

AROUND_THE_CLOCK, NO_CLOCK = 0, -1
LAST = 10**15  # the due_offset of a case without a running clock: after all others of its severity
ORDER = ("severity", "calendar_key", "due_offset", "priority", "opened_at", "number")


class QueueEntry(models.Model):
    """One row for each open case, saved with its clocks in the action's transaction; a closed case
    has none.

    `calendar_key` is the calendar of Care's nearest clock: a calendar version, 0 for around the
    clock, -1 without a running clock. `due_offset` is that calendar's running total at the due
    time. For one calendar key the remaining business time is the due offset minus one number, so an
    index has the right order at any time.
    """

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, related_name="queue_entry", db_constraint=False
    )
    number = models.BigIntegerField()
    severity = models.PositiveSmallIntegerField(choices=Severity)
    priority = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    calendar_key = models.BigIntegerField()
    due_offset = models.BigIntegerField()
    nearest_kind = models.CharField(max_length=20, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    target_seconds = models.PositiveIntegerField(null=True, blank=True)
    day_seconds = models.PositiveIntegerField(
        help_text="A business day of its policy as an amount; a day of 24 hours."
    )
    state = models.CharField(max_length=20, choices=[(state, state) for state in OPEN_STATES])
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    area = models.CharField(max_length=80, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_historical = models.BooleanField(default=False)
    contact_spoke_at = models.DateTimeField(
        help_text="The contact's last message: the filing, an answer, a request."
    )
    update_overdue_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the next update to the contact is due; none while none is promised.",
    )
    closing_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it is closed unless the contact answers, or reports an issue (§13).",
    )
    is_contacts_turn = models.BooleanField(
        default=False,
        db_default=False,
        help_text="As Care sees it: not while the contact waits for a reply, or for an analysis.",
    )
    is_escalation_requested = models.BooleanField(default=False)
    is_contested = models.BooleanField(default=False)
    on_hold_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when the contact's time is paused (§13)."
    )
    is_wait_suspended = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The contact's time is paused: nobody of the organisation may reply (§13).",
    )
    hold_ends_with = models.BigIntegerField(
        null=True, blank=True, help_text="The number of the case whose resolution ends the hold."
    )

    objects: ClassVar[models.Manager["QueueEntry"]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["is_historical", *ORDER], name="queue_order"),
            models.Index(fields=["team", "is_historical", *ORDER], name="queue_order_of_a_team"),
            models.Index(
                fields=["is_historical", *ORDER],
                condition=Q(assignee__isnull=True),
                name="queue_order_of_unassigned",
            ),
            models.Index(fields=["state", "is_historical", *ORDER], name="queue_order_of_a_state"),
            models.Index(fields=["calendar_key"], name="queue_calendar_keys"),
            models.Index(fields=["assignee"], name="queue_by_assignee"),
            models.Index(fields=["organisation", "case"], name="queue_by_organisation"),
            models.Index(
                fields=["due_at", "severity"],
                condition=Q(is_historical=False, due_at__isnull=False),
                name="queue_by_due",
            ),
            models.Index(
                fields=["update_overdue_at", "is_historical"],
                condition=Q(update_overdue_at__isnull=False),
                name="queue_update_overdue",
            ),
            models.Index(
                fields=["closing_at", "is_historical"],
                condition=Q(closing_at__isnull=False),
                name="queue_closing",
            ),
            models.Index(fields=["contact_spoke_at"], name="queue_by_the_contacts_word"),
            models.Index(
                fields=["case"],
                condition=Q(is_escalation_requested=True),
                name="queue_escalation_asked",
            ),
            models.Index(
                fields=["on_hold_until", "is_historical"],
                condition=Q(on_hold_until__isnull=False),
                name="queue_on_hold",
            ),
            models.Index(
                fields=["organisation", "hold_ends_with"],
                condition=Q(hold_ends_with__isnull=False),
                name="queue_hold_ends_with",
            ),
            GinIndex(fields=["tags"], name="queue_by_tag"),
        ]

    def __str__(self) -> str:
        return f"place of case {self.case_id}"
