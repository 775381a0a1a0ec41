"""Actions on policies, and on the terms of cases, one function each: lock, guard, change, record
(§14).
"""

from sla.actions.policies import (
    choose_for_offering,
    choose_for_organisation,
    discard_draft,
    make_policy,
    publish,
    save_draft,
)
from sla.actions.policy_change import move_terms

__all__ = [
    "choose_for_offering",
    "choose_for_organisation",
    "discard_draft",
    "make_policy",
    "move_terms",
    "publish",
    "save_draft",
]
