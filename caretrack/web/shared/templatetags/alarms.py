"""SLA alerts and on-call alerts on the pages of a case (§10)."""

from typing import Any

from django import template

from cases.models import Case
from routing.models import Alert
from sla import fact_texts
from sla.models import ClockFact

register = template.Library()


@register.simple_tag
def waiting_page(case: Case) -> Alert | None:
    """The on-call alert of a Critical case that nobody has acknowledged.

    Only Critical cases cost a statement.
    """
    if not case.is_critical or not case.is_open:
        return None
    alert: Alert | None = Alert.objects.waiting().filter(case=case).select_related("rota").first()
    return alert


@register.simple_tag
def sla_alerts(case: Case) -> list[tuple[Any, str]]:
    """Every warning and breach of the case with its recipients, oldest first: (instant, text)."""
    facts = ClockFact.objects.filter(
        organisation_id=case.organisation_id, case=case
    ).select_related("clock")
    return [(fact.at, fact_texts.sentence_of(fact)) for fact in facts.order_by("at", "pk")]
