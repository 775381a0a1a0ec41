"""Cases on hold as the portal's home shows them: until when, and why (§13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from caretrack.web.portal.case_rows import CaseRow
from cases.choices import EventType
from cases.models import CaseUpdate
from cases.models.case import case_code
from sla.models import QueueEntry


@dataclass(frozen=True)
class HeldRow:
    """A case on hold as a list row. `after` is the case whose resolution ends the hold earlier."""

    row: CaseRow
    until: datetime | None
    after: str
    reason: str


def held_entry() -> Exists:
    """Whether a case is on hold, for a query of cases."""
    entries = QueueEntry.objects.filter(
        organisation_id=OuterRef("organisation_id"), case_id=OuterRef("pk")
    )
    return Exists(entries.filter(on_hold_until__isnull=False))


def with_holds(rows: Sequence[CaseRow]) -> list[HeldRow]:
    """The rows with their holds, in two statements for any number of them."""
    keys = [row.case.pk for row in rows]
    entries = QueueEntry.objects.filter(case__in=keys)
    ends = {
        pk: (until, case_code(number) if number else "")
        for pk, until, number in entries.values_list("case_id", "on_hold_until", "hold_ends_with")
    }
    updates = CaseUpdate.objects.filter(case__in=keys, event__verb=EventType.ON_HOLD)
    newest = updates.order_by("case_id", "-event__seq").distinct("case_id")
    reasons = dict(newest.values_list("case_id", "text"))
    return [
        HeldRow(row, *ends.get(row.case.pk, (None, "")), reasons.get(row.case.pk, ""))
        for row in rows
    ]
