"""Policies as immutable versions, the terms each case is worked under, its clocks, and the facts about them."""

from sla.models.clock import Clock, ClockFact, FactKind, Outcome
from sla.models.place import QueuePlace
from sla.models.policy import Policy, PolicyTarget, PolicyVersion
from sla.models.terms import CaseTerms

__all__ = [
    "CaseTerms",
    "Clock",
    "ClockFact",
    "FactKind",
    "Outcome",
    "Policy",
    "PolicyTarget",
    "PolicyVersion",
    "QueuePlace",
]
