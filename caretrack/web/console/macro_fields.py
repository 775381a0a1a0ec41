"""The values of a macro's fields on one case."""

from datetime import datetime
from typing import Any

from django.utils import translation

from cases import macros
from cases.models import Case
from cases.notifications import texts
from contacts.models import User
from sla.models import Clock
from sla.models.clock import ClockKindChoices

DUE = (ClockKindChoices.RESPONSE, ClockKindChoices.RESTORE, ClockKindChoices.UPDATE)


def filled(text: str, case: Case, by: User) -> str:
    """The text of a macro for this case."""
    return macros.fill(text, values(case, by))


def values(case: Case, by: User) -> dict[str, str]:
    """Every field's value. Instants are in the contact's zone and language."""
    contact = case.contact
    due: dict[Any, datetime | None] = dict(
        Clock.objects.running().filter(case=case, kind__in=DUE).values_list("kind", "due_at")
    )
    return {
        "contact.name": contact.name,
        "contact.first_name": contact.name.split()[0],
        "organisation.name": case.organisation.name,
        "case.code": case.code,
        "case.title": case.title,
        "case.severity": case.get_severity_display(),
        "analyst.name": by.name,
        "due.response": _instant_text(due.get(ClockKindChoices.RESPONSE), contact),
        "due.restore": _instant_text(due.get(ClockKindChoices.RESTORE), contact),
        "due.update": _instant_text(due.get(ClockKindChoices.UPDATE), contact),
    }


def _instant_text(at: datetime | None, contact: User) -> str:
    with translation.override(contact.language):
        return texts.instant(at, contact.zone) if at else ""
