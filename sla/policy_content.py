"""The content of a policy version as one plain value: from a form or a file, checked here, read as
terms (§14).

Draft, published version and file share this value, so that previews, publications and simulations
use the same numbers as the fold.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError

from cases.choices import CaseKind as CaseKind
from cases.choices import Severity
from sla.models import PolicyTarget, PolicyVersion
from sla.models.policy import ESCALATION_RECIPIENTS, TargetKind, Unit
from sla.timeline import Target, Terms

BREACH = "breach"
SECONDS = {Unit.MINUTES: 60, Unit.HOURS: 3600, Unit.BUSINESS_HOURS: 3600}
AROUND_THE_CLOCK = (Unit.MINUTES, Unit.HOURS)
# The minimum and maximum of each number.
NUMBERS = {
    "hours_per_business_day": (1, 24),
    "customer_response_days": (1, 60),
    "notice_days": (1, 30),
    "closure_days": (1, 60),
    "longest_hold_days": (0, 60),
    "reopen_window_days": (0, 250),
    "credential_hours": (1, 1000),
    "escalation_request_wait_hours": (0, 1000),
}
MOST_WARNINGS = 5  # as many as the form has
LISTS = {"reminder_days": 60, "warning_percentages": 99}
MOST = {
    Unit.MINUTES: 10_080,
    Unit.HOURS: 8_760,
    Unit.BUSINESS_HOURS: 2_000,
    Unit.BUSINESS_DAYS: 250,
}
Targets = Mapping[tuple[str, int], tuple[int, str]]


@dataclass(frozen=True)
class PolicyContent:
    """Every number of one policy: targets by kind and severity, the contact's days, and who is
    warned when.
    """

    hours_per_business_day: int
    customer_response_days: int
    reminder_days: list[int]
    notice_days: int
    closure_days: int
    longest_hold_days: int
    reopen_window_days: int
    warning_percentages: list[int]
    credential_hours: int
    escalation_request_wait_hours: int
    targets: Targets
    ladder: dict[str, list[str]] = field(default_factory=dict)

    def target(self, promise: str, severity: int) -> Target | None:
        """A target in counted seconds; None where there is none."""
        stored = self.targets.get((promise, severity))
        if stored is None:
            return None
        amount, unit = stored
        seconds = SECONDS.get(Unit(unit), self.hours_per_business_day * 3600)
        return Target(amount * seconds, unit in AROUND_THE_CLOCK)

    def terms(self, kind: str = CaseKind.PROBLEM, version: int | None = None) -> Terms:
        """The terms for a kind of case, as the fold needs them.

        Only a problem has a restoration target. A follow-up that Care files needs no first
        response: its target is the RCA clock of the original case (§12).
        """

        def targets(promise: TargetKind, applies: bool = True) -> dict[int, Target | None]:
            return {
                value: self.target(promise, value) if applies else None for value in Severity.values
            }

        day = self.hours_per_business_day * 3600
        return Terms(
            response=targets(TargetKind.RESPONSE, kind != CaseKind.RCA_FOLLOW_UP),
            restore=targets(TargetKind.RESTORE, kind == CaseKind.PROBLEM),
            rca=targets(TargetKind.RCA, kind == CaseKind.PROBLEM),
            escalation=targets(TargetKind.ESCALATION),
            update=targets(TargetKind.UPDATE, kind != CaseKind.RCA_FOLLOW_UP),
            customer_response_seconds=self.customer_response_days * day,
            notice_seconds=self.notice_days * day,
            closure_days=self.closure_days,
            version=version,
            reminder_seconds=min(self.reminder_days, default=self.customer_response_days) * day,
        )

    def plain(self) -> dict[str, Any]:
        """The content as JSON, for a draft."""
        values = asdict(self)
        values["targets"] = [
            [promise, severity, *amount]
            for (promise, severity), amount in sorted(self.targets.items())
        ]
        return values

    def columns(self) -> dict[str, Any]:
        """The columns of a version; its targets are separate rows."""
        return {name: getattr(self, name) for name in (*NUMBERS, *LISTS, "ladder")}


def content_of(version: PolicyVersion) -> PolicyContent:
    """The content of a published version."""
    rows = PolicyTarget.objects.filter(version=version).values_list(
        "promise", "severity", "amount", "unit"
    )
    fields = {name: getattr(version, name) for name in (*NUMBERS, *LISTS, "ladder")}
    return PolicyContent(
        **fields,
        targets={(promise, severity): (amount, unit) for promise, severity, amount, unit in rows},
    )


@lru_cache(maxsize=256)
def of_key(version_id: int) -> PolicyContent:
    """The same by its key; a version never changes, so one copy per process is enough."""
    return content_of(PolicyVersion.objects.get(pk=version_id))


def read(values: Mapping[str, Any]) -> PolicyContent:
    """The content of a draft, without checking whether it may be published."""
    targets = {
        (promise, int(severity)): (int(amount), unit)
        for promise, severity, amount, unit in values["targets"]
    }
    return PolicyContent(**{**values, "targets": targets})


def same(one: PolicyContent, other: PolicyContent) -> bool:
    """Whether two contents are equal."""
    return one.plain() == other.plain()


# --- What may be published


def check(edition: PolicyContent) -> None:
    """Raise ValidationError, by field, for invalid content; “restore:2” is the field of a
    target.
    """
    wrong: dict[str, list[str]] = {}
    for name, (least, most) in NUMBERS.items():
        if not least <= getattr(edition, name) <= most:
            wrong.setdefault(name, []).append(f"Write a number from {least} to {most}.")
    for name, most in LISTS.items():
        chosen = getattr(edition, name)
        if any(not 1 <= one <= most for one in chosen) or sorted(set(chosen)) != list(chosen):
            wrong.setdefault(name, []).append(f"Write rising numbers from 1 to {most}, each once.")
    if len(edition.warning_percentages) > MOST_WARNINGS:
        wrong.setdefault("warning_percentages", []).append(f"Warn at most {MOST_WARNINGS} times.")
    is_late = edition.reminder_days and max(edition.reminder_days) >= edition.customer_response_days
    if is_late and "reminder_days" not in wrong:
        wrong["reminder_days"] = ["Remind before the contact's time is over."]
    for key, text in (*_wrong_targets(edition), *_wrong_steps(edition)):
        wrong.setdefault(key, []).append(text)
    if wrong:
        raise ValidationError(wrong)


def _wrong_targets(edition: PolicyContent) -> list[tuple[str, str]]:
    wrong = []
    for (promise, severity), (amount, unit) in edition.targets.items():
        if (
            unit not in Unit.values
            or promise not in TargetKind.values
            or severity not in Severity.values
        ):
            wrong.append((f"{promise}:{severity}", "Choose how it counts."))
        elif not 1 <= amount <= MOST[Unit(unit)]:
            wrong.append((f"{promise}:{severity}", f"Write a number from 1 to {MOST[Unit(unit)]}."))
    if wrong:
        return wrong
    wrong += [
        (
            f"{TargetKind.RESPONSE}:{severity}",
            "A first response is promised for every severity (§9).",
        )
        for severity in Severity.values
        if (TargetKind.RESPONSE, severity) not in edition.targets
    ]
    for promise in (TargetKind.RESPONSE, TargetKind.RESTORE):
        for severity in Severity.values[1:]:
            worse, this = edition.target(promise, severity - 1), edition.target(promise, severity)
            if (
                worse
                and this
                and worse.around_the_clock == this.around_the_clock
                and this.seconds < worse.seconds
            ):
                wrong.append(
                    (
                        f"{promise}:{severity}",
                        f"This is sooner than for {Severity(severity - 1).label}.",
                    )
                )
    return wrong


def _wrong_steps(edition: PolicyContent) -> list[tuple[str, str]]:
    known = {BREACH, *(str(share) for share in edition.warning_percentages)}
    wrong = [
        ("ladder", f"“{step}” is no step: choose {', '.join(sorted(known))}.")
        for step in edition.ladder
        if step not in known
    ]
    return wrong + [
        ("ladder", f"Say who is notified at “{step}”: some of {', '.join(ESCALATION_RECIPIENTS)}.")
        for step, recipients in edition.ladder.items()
        if not recipients or set(recipients) - set(ESCALATION_RECIPIENTS)
    ]
