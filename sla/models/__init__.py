"""Policies as immutable versions, the terms of each case, its clocks with their facts, and its
queue entry.
"""

from sla.models.case_terms import CaseTerms
from sla.models.clock import Clock, ClockFact, ClockOutcome, FactKind
from sla.models.policy import Policy, PolicyTarget, PolicyVersion
from sla.models.policy_choice import OfferingPolicy, OrganisationPolicy
from sla.models.policy_draft import MigrationState, PolicyDraft, PolicyMigration, PolicyMigrationRow
from sla.models.queue_entry import QueueEntry

__all__ = [
    "CaseTerms",
    "Clock",
    "ClockFact",
    "ClockOutcome",
    "FactKind",
    "MigrationState",
    "OfferingPolicy",
    "OrganisationPolicy",
    "Policy",
    "PolicyDraft",
    "PolicyMigration",
    "PolicyMigrationRow",
    "PolicyTarget",
    "PolicyVersion",
    "QueueEntry",
]
