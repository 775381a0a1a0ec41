"""The orders of the contact's case list, each with its keys for keyset pagination."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Case as Choose
from django.db.models import DateTimeField, F, IntegerField, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from caretrack.web.shared.case_pages import CaseOrder
from cases.models.case import IS_CONTACTS_TURN

FAR = datetime(2095, 1, 1, tzinfo=UTC)  # where nothing is due
LEAST_SEVERE_FIRST = F("severity")
MOST_SEVERE_FIRST = Value(9) - F("severity")


def _urgency(now: datetime) -> list[Any]:
    """Missed targets first, the worst severity among them first; then what is due soonest.

    While it is the contact's turn, what is due is their reply.
    """
    due_at = F("queue_entry__due_at")
    next_at = Choose(
        When(queue_entry__is_contacts_turn=True, then=F("queue_entry__closing_at")),
        default=due_at,
        output_field=DateTimeField(),
    )
    is_missed = When(queue_entry__due_at__lt=now, then=Value(0))
    missed_severity = When(queue_entry__due_at__lt=now, then=F("severity"))
    return [
        Choose(is_missed, default=Value(1), output_field=IntegerField()),
        Choose(missed_severity, default=Value(0), output_field=IntegerField()),
        Choose(
            When(queue_entry__due_at__lt=now, then=due_at),
            default=Coalesce(next_at, Value(FAR)),
            output_field=DateTimeField(),
        ),
    ]


ORDERS: dict[str, CaseOrder] = {
    "urgent": CaseOrder(
        _("Missed and soonest due first"), _urgency, is_descending=False, open_only=True
    ),
    "turn": CaseOrder(_("Waiting for you first"), lambda now: [IS_CONTACTS_TURN, F("opened_at")]),
    "newest": CaseOrder(_("Newest first"), lambda now: [F("opened_at")]),
    "oldest": CaseOrder(_("Oldest first"), lambda now: [F("opened_at")], is_descending=False),
    "severe": CaseOrder(_("Most severe first"), lambda now: [MOST_SEVERE_FIRST, F("opened_at")]),
    "mild": CaseOrder(_("Least severe first"), lambda now: [LEAST_SEVERE_FIRST, F("opened_at")]),
    "active": CaseOrder(_("Last activity first"), lambda now: [F("last_message_at")]),
    "quiet": CaseOrder(
        _("Longest without activity first"),
        lambda now: [F("last_message_at")],
        is_descending=False,
    ),
    "person": CaseOrder(
        _("By contact, A to Z"), lambda now: [F("contact__name")], is_descending=False
    ),
    "person-back": CaseOrder(_("By contact, Z to A"), lambda now: [F("contact__name")]),
    "area": CaseOrder(_("By area, A to Z"), lambda now: [F("area")], is_descending=False),
    "area-back": CaseOrder(_("By area, Z to A"), lambda now: [F("area")]),
}
# What a click on a column's header leads to: the first order, and when that is shown the second.
COLUMNS = (
    (_("Severity"), ("severe", "mild")),
    (_("Case"), ("newest", "oldest")),
    (_("State"), ("turn",)),
    (_("Next target"), ("urgent",)),
    (_("Last activity"), ("active", "quiet")),
    (_("Area"), ("area", "area-back")),
    (_("Opened by"), ("person", "person-back")),
)
