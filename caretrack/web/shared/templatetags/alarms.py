"""What a case's page and its journal show of warnings and pages (§10)."""

from typing import Any

from django import template

from cases.models import Case
from routing.models import Alert
from sla import fact_texts
from sla.models import ClockFact

register = template.Library()


@register.simple_tag
def waiting_page(case: Case) -> Alert | None:
    """The page of a Critical case that nobody has acknowledged.

    Only a Critical case is asked about.
    """
    if not case.is_critical or not case.is_open:
        return None
    alert: Alert | None = Alert.objects.waiting().filter(case=case).select_related("rota").first()
    return alert


@register.simple_tag
def sla_alerts(case: Case) -> list[tuple[Any, str]]:
    """Every warning and breach of the case with whom it was told to, oldest first: (instant,
    words).
    """
    facts = ClockFact.objects.filter(
        organisation_id=case.organisation_id, case=case
    ).select_related("clock")
    return [(fact.at, fact_texts.words_of(fact)) for fact in facts.order_by("at", "pk")]
