"""Policies as immutable versions, the terms each case is worked under, its clocks, and the facts
about them; cases to be placed, and pages of whoever is on call."""

from sla.models.choice import OfferingPolicy, OrganisationPolicy
from sla.models.clock import Clock, ClockFact, FactKind, Outcome
from sla.models.drafting import PolicyDraft, RunState, TermsRow, TermsRun
from sla.models.paging import MessageChannel, Page, PageMessage, PageState, PageStep, Rung
from sla.models.place import QueuePlace
from sla.models.placing import Placement
from sla.models.policy import Policy, PolicyTarget, PolicyVersion
from sla.models.terms import CaseTerms

__all__ = [
    "CaseTerms",
    "Clock",
    "ClockFact",
    "FactKind",
    "MessageChannel",
    "OfferingPolicy",
    "OrganisationPolicy",
    "Outcome",
    "Page",
    "PageMessage",
    "PageState",
    "PageStep",
    "Placement",
    "Policy",
    "PolicyDraft",
    "PolicyTarget",
    "PolicyVersion",
    "QueuePlace",
    "RunState",
    "Rung",
    "TermsRow",
    "TermsRun",
]
