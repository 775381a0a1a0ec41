"""Rows of the queue as the page shows them (`templates/jinja2/queue`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from caretrack.web.shared.queue.page import QueueRow
from caretrack.web.shared.templatetags.care import SIGNS, duration
from cases.choices import CaseKind, CaseState, Priority, Severity
from contacts import namesakes
from contacts.models import User
from sla.models.clock import ClockKindChoices
from sla.models.queue_entry import AROUND_THE_CLOCK

LABELS = {
    kind.value: "RCA" if kind == ClockKindChoices.RCA else str(kind.label)
    for kind in ClockKindChoices
}
LABELS[ClockKindChoices.ESCALATION.value] = "Escalation"
WHOLE_LABELS = {kind.value: str(kind.label) for kind in ClockKindChoices}
STATE_LABELS = {state.value: str(state.label) for state in CaseState}
PRIORITY_LABELS = {priority.value: str(priority.label) for priority in Priority}
SEVERITY_LABELS = {severity.value: str(severity.label) for severity in Severity}
NO_CLOCK = {
    CaseState.WAITING_ON_CONTACT: "paused: waiting for the contact",
    CaseState.RESOLUTION_PROPOSED: "a resolution is proposed",
}
MOST_TAGS = 3


@dataclass(frozen=True)
class DueView:
    """When the nearest service target of a case is due, for the analyst and for the customer."""

    label: str
    whole_label: str
    is_missed: bool
    state_label: str
    share: int
    is_around_the_clock: bool
    at: datetime
    there: str

    @property
    def state(self) -> str:
        """The class of its cell."""
        if self.is_missed:
            return "missed"
        return "due clock--pressing" if self.share >= 75 else "due"


@dataclass(frozen=True)
class RowView:
    """A row of the queue with its labels."""

    row: QueueRow
    due: DueView | None
    contact: str  # distinguished from people of the same name where the column is shown

    def __getattr__(self, name: str) -> object:
        return getattr(self.row, name)

    @property
    def severity_label(self) -> str:
        return SEVERITY_LABELS[self.row.severity]

    @property
    def severity_sign(self) -> str:
        return SIGNS[Severity(self.row.severity)]

    @property
    def priority_label(self) -> str:
        return PRIORITY_LABELS[self.row.priority]

    @property
    def state_label(self) -> str:
        if self.row.state == CaseState.WAITING_ON_CONTACT:
            if self.row.on_hold_until is not None:
                return "On hold"
            if self.row.is_wait_suspended:
                return "Paused"
        return STATE_LABELS[self.row.state]

    @property
    def turn(self) -> str:
        """Whose turn it is, as on the page of the case: nobody's during a hold, and while nobody of
        the organisation may reply.
        """
        if self.row.on_hold_until is not None or self.row.is_wait_suspended:
            return ""
        return "theirs" if self.row.is_contacts_turn else "ours"

    @property
    def without_clock(self) -> str:
        """Why no clock of Care's runs."""
        if self.row.on_hold_until is not None:
            return f"on hold until {_there(self.row.on_hold_until, self.row.zone)}"
        if self.row.is_wait_suspended:
            return "paused: nobody of the customer may reply"
        if self.row.kind == CaseKind.RCA_FOLLOW_UP:  # its target is a clock of the original case
            return "see its root cause analysis"
        return NO_CLOCK.get(CaseState(self.row.state), "no SLA running")

    @property
    def tags(self) -> list[str]:
        return self.row.tags[:MOST_TAGS]

    @property
    def alerts(self) -> list[str]:
        """What asks for somebody's attention."""
        labels = (
            (self.row.is_alerting, "on-call alert open"),
            (self.row.is_escalation_requested, "escalation requested"),
            (self.row.is_contested, "severity contested"),
            (self._has_overdue_update, "update overdue"),
        )
        return [label for is_so, label in labels if is_so]

    @property
    def _has_overdue_update(self) -> bool:
        """Said here unless the clock in the row says it already."""
        return self.row.is_update_overdue and self.row.nearest_kind != ClockKindChoices.UPDATE


USUAL = ("severity", "case", "title", "reason", "due", "state", "analyst")


def shown(rows: Iterable[QueueRow], now: datetime, columns: Sequence[str] = USUAL) -> SafeString:
    """The rows of the table, with these columns (`caretrack.web.console.list_columns`)."""
    listed = list(rows)
    names: dict[int, str] = {}
    if "contact" in columns:
        people = User.objects.filter(pk__in={row.contact_id for row in listed})
        names = namesakes.labels_of_shown(people)
    views = [RowView(row, _due(row, now), names.get(row.contact_id, row.contact)) for row in listed]
    return render_rows(views, columns, is_queue=True)


def render_rows(rows: Sequence[object], columns: Sequence[str], *, is_queue: bool) -> SafeString:
    """Rows of the queue or of the list of all cases, which have one template."""
    context = {"rows": rows, "columns": columns, "is_queue": is_queue}
    return SafeString(render_to_string("queue/rows.html", context, using="jinja2"))


def nav(views: Iterable[tuple[str, str, str, str, str]], here: str) -> SafeString:
    """The views with how many cases each holds: (key, label, number, address, meaning)."""
    context = {"views": views, "here": here}
    return SafeString(render_to_string("queue/views.html", context, using="jinja2"))


def _due(row: QueueRow, now: datetime) -> DueView | None:
    if not row.has_clock or row.due_at is None:
        return None
    is_missed = row.due_at < now
    if not is_missed:
        state_label = duration(row.left)
    else:
        state_label = f"missed by {duration(-row.left)}" if row.left < 0 else "missed"
    return DueView(
        label=LABELS[row.nearest_kind],
        whole_label=WHOLE_LABELS[row.nearest_kind],
        is_missed=is_missed,
        state_label=state_label,
        share=0 if is_missed else share_used(row),
        is_around_the_clock=row.calendar_key == AROUND_THE_CLOCK,
        at=row.due_at,
        there=_there(row.due_at, row.zone),
    )


def share_used(row: QueueRow) -> int:
    """How much of the target is used, in steps of 5."""
    if not row.target_seconds:
        return 0
    return max(0, min(100, round((row.target_seconds - row.left) / row.target_seconds * 20) * 5))


def _there(due_at: datetime, zone: str) -> str:
    """The due instant on the customer's clock."""
    there, city = _zone_and_city(zone)
    return f"{due_at.astimezone(there):%a %-d %b %H:%M} {city}"


@lru_cache(maxsize=1000)
def _zone_and_city(zone: str) -> tuple[ZoneInfo, str]:
    return ZoneInfo(zone), zone.rpartition("/")[2].replace("_", " ")


def reason(row: QueueRow, now: datetime) -> str:
    """Why a case comes next: “restoration due in 12 min, Critical, nobody has it”."""
    parts = []
    if row.has_clock and row.due_at is not None:
        label = (
            LABELS[row.nearest_kind].lower() if row.nearest_kind != ClockKindChoices.RCA else "RCA"
        )
        parts.append(
            f"{label} missed" if row.due_at < now else f"{label} due in {duration(row.left)}"
        )
    parts.append(SEVERITY_LABELS[row.severity])
    parts.append("yours" if row.assignee_id else "unassigned")
    return ", ".join(parts)
