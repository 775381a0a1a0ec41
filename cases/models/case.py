"""The case: one issue of one organisation, from filing to closing."""

import re
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case as Choose
from django.db.models import F, Q, Value, When
from django_fsm import RETURN_VALUE, ConcurrentTransitionMixin, FSMField, transition

from cases import case_details
from cases.choices import CaseKind, CaseState, ClosingReason, Priority, Severity
from cases.querysets import CaseQuerySet
from contacts.models import Organisation, Site, Team, User
from core.fields import LineField
from core.rendered_html import RenderedField

OPEN_STATES = (
    CaseState.NEW,
    CaseState.IN_PROGRESS,
    CaseState.WAITING_ON_CONTACT,
    CaseState.INVESTIGATING,
    CaseState.RESOLUTION_PROPOSED,
)
WORKED_STATES = (CaseState.IN_PROGRESS, CaseState.WAITING_ON_CONTACT, CaseState.INVESTIGATING)


# 1 while Care waits for the organisation, for ORDER BY; the database equivalent of
# `Case.is_contacts_turn`.
IS_CONTACTS_TURN = Choose(
    When(state__in=(CaseState.WAITING_ON_CONTACT, CaseState.RESOLUTION_PROPOSED), then=Value(1)),
    default=Value(0),
)


def case_code(number: int) -> str:
    """A case number as people write it: CT-0004021."""
    return f"CT-{number:07d}"


CODE = r"CT-\d{1,18}"


def number_of(code: str) -> int:
    """The number in a code that matches `CODE`."""
    return int(code.removeprefix("CT-"))


def is_code(text: str) -> bool:
    """Whether a text can be the code of a case. Only ASCII digits are digits here."""
    return re.fullmatch(CODE, text, re.ASCII) is not None


class Case(ConcurrentTransitionMixin, models.Model):
    """A case: one issue, filed by a Designated Contact and worked by Care until it is closed with a
    reason.

    Its state changes only through the transitions below, which `cases.actions` call under the row's
    lock. `event_count` and `head_hash` are the length and the last hash of its event log.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    number = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=20, choices=CaseKind, default=CaseKind.PROBLEM)
    state = FSMField(default=CaseState.NEW, choices=CaseState.choices, protected=True)
    returns_to = models.CharField(max_length=20, choices=CaseState, default=CaseState.IN_PROGRESS)

    severity = models.PositiveSmallIntegerField(choices=Severity)
    proposed_severity = models.PositiveSmallIntegerField(choices=Severity)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    severity_at_proposal = models.PositiveSmallIntegerField(choices=Severity, null=True, blank=True)

    title = LineField(max_length=200)
    description = models.TextField()
    description_html = RenderedField("description")
    business_impact = models.TextField(blank=True)
    area = models.CharField(max_length=80, blank=True)
    conversation_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    tags = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        db_default=[],
        help_text="Care's own label for it.",
    )
    channel = models.CharField(max_length=20)
    call_back_number = models.CharField(max_length=40, blank=True)
    on_duty_name = LineField(
        max_length=150, blank=True, help_text="Who is there for a Critical case (§6)."
    )
    external_ref = models.CharField(
        max_length=60, blank=True, help_text="Its number in the system it was replayed from."
    )

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    contact = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="cases_filed", db_constraint=False
    )
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="cases_assigned"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    opened_at = models.DateTimeField()
    incident_started_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    resolution_proposed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_reason = models.CharField(max_length=20, choices=ClosingReason, blank=True)
    last_message_at = models.DateTimeField(help_text="The last contact-facing event.")

    event_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)

    objects: ClassVar = CaseQuerySet.as_manager()

    # The fields that actions may change; the others are fixed at filing.
    CHANGING = (
        "state",
        "returns_to",
        "severity",
        "priority",
        "severity_at_proposal",
        "assignee",
        "team",
        "tags",
        "answered_at",
        "waiting_since",
        "restored_at",
        "resolution_proposed_at",
        "closed_at",
        "closing_reason",
        "last_message_at",
        "event_count",
        "head_hash",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=CaseState.CLOSED, closed_at__isnull=False) & ~Q(closing_reason="")
                | ~Q(state=CaseState.CLOSED) & Q(closed_at__isnull=True, closing_reason=""),
                name="closed_means_an_instant_and_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.WAITING_ON_CONTACT, waiting_since__isnull=False)
                | ~Q(state=CaseState.WAITING_ON_CONTACT) & Q(waiting_since__isnull=True),
                name="waiting_means_since_when",
            ),
            models.UniqueConstraint(
                fields=["organisation", "external_ref"],
                condition=~Q(external_ref=""),
                name="one_case_a_replayed_number",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-opened_at", "-id"], name="cases_newest_first"),
            models.Index(
                fields=["severity", "priority", "opened_at", "id"],
                condition=~Q(state=CaseState.CLOSED),
                name="cases_open",
            ),
            models.Index(fields=["organisation", "state"], name="cases_by_state"),
            models.Index(
                fields=["organisation", "-opened_at", "-id"],
                condition=~Q(state=CaseState.CLOSED),
                name="cases_open_newest",
            ),
            models.Index(
                F("organisation"),
                IS_CONTACTS_TURN.desc(),
                F("opened_at").desc(),
                F("id").desc(),
                condition=~Q(state=CaseState.CLOSED),
                name="cases_contacts_turn_first",
            ),
            models.Index(
                fields=["organisation", "severity", "opened_at", "id"],
                condition=~Q(state=CaseState.CLOSED),
                name="cases_open_worst_first",
            ),
            models.Index(
                fields=["organisation", "-closed_at", "-id"],
                condition=Q(closed_at__isnull=False),
                name="cases_closed_lately",
            ),
            # Care's list of all cases is of all organisations (`bench console`: closed).
            models.Index(fields=["-opened_at", "-id"], name="cases_of_all_newest_first"),
            models.Index(
                fields=["-closed_at", "-id"],
                condition=Q(state=CaseState.CLOSED),
                name="cases_of_all_closed_lately",
            ),
            # Its order by last activity: all, and the open ones, which a walk from the quietest
            # side would meet last.
            models.Index(fields=["-last_message_at", "-id"], name="cases_of_all_by_activity"),
            models.Index(
                fields=["-last_message_at", "-id"],
                condition=~Q(state=CaseState.CLOSED),
                name="cases_open_by_activity",
            ),
            models.Index(
                fields=["-last_message_at", "-id"],
                condition=Q(state=CaseState.CLOSED),
                name="cases_closed_by_activity",
            ),
            models.Index(
                (Value(9) - F("severity")).desc(),
                F("opened_at").desc(),
                F("id").desc(),
                name="cases_of_all_worst_first",
            ),
            models.Index(
                fields=["id"], condition=Q(description_html__isnull=True), name="cases_not_rendered"
            ),
            models.Index(
                fields=["assignee"],
                condition=~Q(state=CaseState.CLOSED),
                name="cases_open_by_assignee",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def details(self) -> list[tuple[Any, str]]:
        """(label, text) of each detail that the case came with (`cases.case_details`)."""
        return list(case_details.labelled(self))

    @property
    def is_historical(self) -> bool:
        """Whether the case was imported only for measurement: it notifies nobody."""
        cached = self._state.fields_cache.get("organisation")
        organisation = cached or Organisation.objects.get(pk=self.organisation_id)
        return bool(organisation.is_historical)

    @property
    def code(self) -> str:
        """The case number as people write it."""
        return case_code(self.number)

    @property
    def is_open(self) -> bool:
        return self.state != CaseState.CLOSED

    @property
    def is_critical(self) -> bool:
        return self.severity == Severity.CRITICAL

    @property
    def was_critical(self) -> bool:
        """Whether it is Critical, or was at the current proposal: a lower severity does not remove
        the gate (§12).
        """
        return Severity.CRITICAL in (self.severity, self.severity_at_proposal)

    @property
    def is_contacts_turn(self) -> bool:
        """Whether Care waits for the organisation."""
        return self.state in (CaseState.WAITING_ON_CONTACT, CaseState.RESOLUTION_PROPOSED)

    @property
    def can_be_rated(self) -> bool:
        """Whether the contact can rate Care's work on the case.

        Not for a duplicate, whose work is elsewhere, nor for a withdrawn case, nor for Care's own
        follow-up of a case that is rated already.
        """
        return (
            self.state == CaseState.CLOSED
            and self.closing_reason not in (ClosingReason.DUPLICATE, ClosingReason.WITHDRAWN)
            and self.kind != CaseKind.RCA_FOLLOW_UP
        )

    # --- Transitions: fields of this row and nothing else

    @transition(field=state, source=CaseState.NEW, target=CaseState.IN_PROGRESS)
    def start(self) -> None:
        """A person of Care begins work."""

    @transition(
        field=state,
        source=[CaseState.NEW, CaseState.IN_PROGRESS, CaseState.INVESTIGATING],
        target=CaseState.WAITING_ON_CONTACT,
    )
    def wait_on_contact(self, *, at: datetime) -> None:
        """Care waits for the contact; afterwards the case returns to its former state."""
        self.returns_to = (
            CaseState.INVESTIGATING
            if self.state == CaseState.INVESTIGATING
            else CaseState.IN_PROGRESS
        )
        self.waiting_since = at

    @transition(
        field=state,
        source=CaseState.WAITING_ON_CONTACT,
        target=RETURN_VALUE(CaseState.IN_PROGRESS, CaseState.INVESTIGATING),
    )
    def resume(self) -> str:
        """The contact replied."""
        self.waiting_since = None
        return CaseState(self.returns_to)

    @transition(
        field=state, source=[CaseState.NEW, CaseState.IN_PROGRESS], target=CaseState.INVESTIGATING
    )
    def investigate(self) -> None:
        """An investigation team takes over (§10)."""

    @transition(field=state, source=CaseState.INVESTIGATING, target=CaseState.IN_PROGRESS)
    def hand_back(self) -> None:
        """The investigation ends, with or without findings."""

    @transition(field=state, source=list(WORKED_STATES), target=CaseState.RESOLUTION_PROPOSED)
    def propose_resolution(self, *, at: datetime) -> None:
        """Care proposes a resolution; the contact has three business days to object (§13)."""
        self.waiting_since = None
        self.resolution_proposed_at = at
        self.severity_at_proposal = self.severity

    @transition(field=state, source=CaseState.RESOLUTION_PROPOSED, target=CaseState.IN_PROGRESS)
    def report_issue(self) -> None:
        """The contact rejects the proposal."""
        self.resolution_proposed_at = None
        self.severity_at_proposal = None

    @transition(field=state, source=list(OPEN_STATES), target=CaseState.CLOSED)
    def close(self, *, at: datetime, reason: ClosingReason) -> None:
        """The case ends, for a reason."""
        self.waiting_since = None
        self.closed_at = at
        self.closing_reason = reason

    @transition(field=state, source=CaseState.CLOSED, target=CaseState.IN_PROGRESS)
    def reopen(self) -> None:
        """The contact continues the case within the reopening period (§13)."""
        self.closed_at = None
        self.closing_reason = ""
        self.resolution_proposed_at = None
        self.severity_at_proposal = None
