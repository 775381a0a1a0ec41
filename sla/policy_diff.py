"""A policy as text, line by line, and the differences of two versions.

Only Care reads it, in English.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cases.choices import Severity
from sla.models.policy import TargetKind, Unit
from sla.policy_content import BREACH, PolicyContent

ONE = {
    Unit.MINUTES: "minute, 24×7",
    Unit.HOURS: "hour, 24×7",
    Unit.BUSINESS_HOURS: "business hour",
    Unit.BUSINESS_DAYS: "business day",
}
RECIPIENT_LABELS = {
    "assignee": "whoever has the case",
    "team": "its team",
    "manager": "a manager",
    "on_call": "whoever is on call",
}
CONTACTS = "The contact's time"
CARES = "At work"
NUMBERS = (
    ("hours_per_business_day", CARES, "A business day counts as", "business hour"),
    ("credential_hours", CARES, "Credentials are issued within", "business hour"),
    (
        "escalation_request_wait_hours",
        CARES,
        "Escalation of a High case can be asked for after",
        "hour",
    ),
    ("customer_response_days", CONTACTS, "Customer response to a question of ours", "business day"),
    ("notice_days", CONTACTS, "Notice before a silent case is closed", "business day"),
    ("closure_days", CONTACTS, "A proposed resolution closes at the end of", "business day"),
    ("longest_hold_days", CONTACTS, "A wait can be on hold for", "business day"),
    ("reopen_window_days", CONTACTS, "A closed case can be reopened for", "business day"),
)


@dataclass(frozen=True)
class PolicyLine:
    """One line of a policy: its section, its subject, and its text."""

    part: str
    about: str
    text: str


@dataclass(frozen=True)
class Difference:
    """One difference between two versions."""

    part: str
    about: str
    before: str
    after: str


def amount(number: int, unit: str) -> str:
    """An amount as text: “2 business hours”, “1 hour, 24×7”."""
    return counted(number, ONE[Unit(unit)])


def counted(number: int, one: str) -> str:
    word, comma, rest = one.partition(",")
    plural = "" if number == 1 else "s"
    return f"{number} {word}{plural}{comma}{rest}"


def lines(edition: PolicyContent) -> list[PolicyLine]:
    """Every line of a policy, in a fixed order; the same lines for every version."""
    return [*_targets(edition), *_numbers(edition), *_steps(edition)]


def _targets(edition: PolicyContent) -> Iterator[PolicyLine]:
    for promise in TargetKind:
        for severity in Severity:
            target = edition.targets.get((promise, severity))
            yield PolicyLine(
                promise.label,
                str(severity.label),
                amount(*target) if target else "no target",
            )


def _numbers(edition: PolicyContent) -> Iterator[PolicyLine]:
    for name, part, about, one in NUMBERS:
        yield PolicyLine(part, about, counted(getattr(edition, name), one))
    days = ", ".join(map(str, edition.reminder_days))
    yield PolicyLine(CONTACTS, "Reminders after", f"{days} business days" if days else "none")


def _steps(edition: PolicyContent) -> Iterator[PolicyLine]:
    for share in edition.warning_percentages:
        yield PolicyLine(
            "Warnings", f"{share} % of the time used", _recipients(edition.ladder.get(str(share)))
        )
    yield PolicyLine("Warnings", "A missed target", _recipients(edition.ladder.get(BREACH)))


def _recipients(recipients: list[str] | None) -> str:
    return ", ".join(
        RECIPIENT_LABELS.get(recipient, recipient) for recipient in recipients or ["assignee"]
    )


def difference(before: PolicyContent, after: PolicyContent) -> list[Difference]:
    """The differences, in the order of `after`; removed lines come last."""
    was = {(line.part, line.about): line.text for line in lines(before)}
    now = {(line.part, line.about): line.text for line in lines(after)}
    return [
        Difference(*key, was.get(key, "none"), now.get(key, "none"))
        for key in dict.fromkeys([*now, *was])
        if was.get(key) != now.get(key)
    ]
