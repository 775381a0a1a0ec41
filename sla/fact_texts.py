"""What was announced about a clock and to whom, for the case's page and event log (§10, §14)."""

from sla.due_steps import DueStep
from sla.models import ClockFact, FactKind


def sentence_of(fact: ClockFact) -> str:
    """One sentence about a fact: what happened to the clock, and who was notified."""
    promise = fact.clock.label
    to = f": notified {listed(fact.notified)}" if fact.notified else ""
    if fact.kind == FactKind.WARNED:
        share = DueStep.parse(fact.step).number
        return f"{share} % of the time for the {_small(promise)} used{to}"
    if fact.kind == FactKind.BREACHED:
        return f"{promise} missed{to}"
    if fact.kind == FactKind.REMINDED:
        return f"Reminded that an answer is waited for{to}"
    return f"Closure held back{to}"


def listed(names: list[str]) -> str:
    """“Kim”, “Kim and Lee”, “Kim, Lee and Maya”."""
    return (
        " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else ""
    )


def _small(promise: str) -> str:
    return promise[:1].lower() + promise[1:]
