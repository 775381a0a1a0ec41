"""Policies as immutable versions, the terms each case is worked under, its clocks, and the facts
about them; cases to be placed, and pages of whoever is on call."""

from sla.models.choice import OfferingPolicy, OrganisationPolicy
from sla.models.clock import Clock, ClockFact, FactKind, Outcome
from sla.models.drafting import PolicyDraft, RunState, TermsRow, TermsRun
from sla.models.place import QueuePlace
from sla.models.policy import Policy, PolicyTarget, PolicyVersion
from sla.models.terms import CaseTerms

__all__ = [
    "CaseTerms",
    "Clock",
    "ClockFact",
    "FactKind",
    "OfferingPolicy",
    "OrganisationPolicy",
    "Outcome",
    "Policy",
    "PolicyDraft",
    "PolicyTarget",
    "PolicyVersion",
    "QueuePlace",
    "RunState",
    "TermsRow",
    "TermsRun",
]
