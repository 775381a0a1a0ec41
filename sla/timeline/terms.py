"""The numbers of a policy version that the fold needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .events import UnknownSeverity


@dataclass(frozen=True, slots=True)
class Target:
    """A target: `seconds` of the customer's business time, or of real time around the clock.

    Policy §9, §11, §12.
    """

    seconds: int
    around_the_clock: bool = False


Targets = Mapping[int, Target | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of a policy: for each severity a target, or None where there is none.

    `customer_response_seconds` is the business time in which the customer may reply,
    `notice_seconds` the business time between the closing notice and the closing, and
    `closure_days` the business days after a proposal at whose end it closes. A further question
    leaves the customer at least `reminder_seconds`, the time after which they are reminded of the
    first. A severity without an `update` is promised no next update. Every number comes from the
    policy. `version` identifies the version in its clocks. Policy §9 to §14.
    """

    response: Targets
    restore: Targets
    rca: Targets
    escalation: Targets
    customer_response_seconds: int
    notice_seconds: int
    closure_days: int
    version: int | None = None
    reminder_seconds: int = 0
    update: Targets = field(default_factory=dict)


def promised(targets: Targets, severity: int) -> Target | None:
    """The target of a severity.

    Raises UnknownSeverity rather than omitting a target by accident.
    """
    try:
        return targets[severity]
    except KeyError:
        raise UnknownSeverity(
            f"The policy says nothing about severity {severity!r}: give it a target, or None."
        ) from None
