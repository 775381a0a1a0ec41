"""Policies as immutable versions, the terms each case is worked under, its clocks, and the facts
about them; cases to be placed, and pages of whoever is on call."""

from sla.models.case_terms import CaseTerms
from sla.models.clock import Clock, ClockFact, FactKind, Outcome
from sla.models.policy import Policy, PolicyTarget, PolicyVersion
from sla.models.policy_choice import OfferingPolicy, OrganisationPolicy
from sla.models.policy_draft import PolicyDraft, RunState, TermsRow, TermsRun
from sla.models.queue_entry import QueuePlace

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
