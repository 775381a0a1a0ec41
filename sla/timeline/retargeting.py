"""The effect of other terms on running clocks: a longer time for the contact, another target for
Care.
"""

from collections.abc import Iterable

from .records import Record
from .terms import Target, Terms, promised


def extend(waits: list[Record], closures: list[Record], at: int, terms: Terms) -> None:
    """The contact's own time is never shortened, because they were notified of its end.

    Policy §13, §14.
    """
    for wait in waits[-1:]:
        if wait.stop_at is None:
            wait.move(
                at, terms, Target(max(terms.customer_response_seconds, wait.target_seconds or 0))
            )
            wait.notice = max(terms.notice_seconds, wait.notice or 0)
    for closure in closures[-1:]:
        if closure.stop_at is None:
            closure.days, closure.terms = max(terms.closure_days, closure.days or 0), terms


def retarget(rcas: Iterable[Record], escalations: Iterable[Record], at: int, terms: Terms) -> None:
    """Targets are never removed: where the other terms have none, the old target remains."""
    for clocks, targets in ((rcas, terms.rca), (escalations, terms.escalation)):
        for clock in clocks:
            target = promised(targets, clock.severity or 0)
            if clock.stop_at is None and target is not None:
                clock.move(at, terms, target)
