"""A policy as a small TOML file, loaded as a new immutable version if its content is new."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from cases.choices import Severity
from contacts.models import Channel, Offering, WorkCalendar
from core.translations import LANGUAGES
from sla import policy_content
from sla.models import Policy, PolicyTarget, PolicyVersion
from sla.models.policy import ESCALATION_RECIPIENTS, TargetKind, Unit
from sla.policy_content import PolicyContent

SHIPPED = Path(__file__).parent / "policies" / "default.toml"
DEFAULT_KEY = "customer-care"
NUMBERS = (
    "hours_per_business_day",
    "customer_response_days",
    "reminder_days",
    "notice_days",
    "closure_days",
    "longest_hold_days",
    "reopen_window_days",
    "warning_percentages",
    "credential_hours",
    "escalation_request_wait_hours",
)


class BadPolicyFile(ValueError):
    """The file is not a valid policy; the text names what is wrong and where."""


def find(name: str) -> Path:
    """The file of a shipped policy by its name, or the path itself. Raises BadPolicyFile."""
    path = SHIPPED.parent / f"{name}.toml" if not name.endswith(".toml") else Path(name)
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in SHIPPED.parent.glob("*.toml")))
        raise BadPolicyFile(
            f"There is no policy {name!r}. Shipped: {known}; or give the path of a .toml file."
        )
    return path


def read(path: Path) -> tuple[dict[str, Any], PolicyContent]:
    """The head of a file, and its checked content. Uses no database.

    Raises BadPolicyFile.
    """
    content = _read(path)
    targets = {
        (promise, severity): (amount, unit)
        for promise, severity, amount, unit in _targets(content, path)
    }
    written = PolicyContent(
        **{name: content[name] for name in NUMBERS}, targets=targets, ladder=_ladder(content, path)
    )
    try:
        policy_content.check(written)
    except (ValidationError, TypeError) as error:
        wrong = (
            error.message_dict.items()
            if isinstance(error, ValidationError)
            else [("a number", [str(error)])]
        )
        raise BadPolicyFile(
            f"{path}: " + " ".join(f"{name}: {' '.join(words)}" for name, words in wrong)
        ) from None
    return content, written


@transaction.atomic
def load(path: Path = SHIPPED) -> tuple[PolicyVersion, bool]:
    """The version with the content of the file, created if there is none; and whether it is new
    (§14).

    A policy whose newest version a person published is left alone: otherwise each upgrade would
    revert their changes.
    """
    content, written = read(path)
    _load_offerings(content, path)
    policy, _ = Policy.objects.get_or_create(key=content["key"], defaults={"name": content["name"]})
    last = policy.versions.order_by("-number").first()
    if last is not None and (
        last.published_by_id or policy_content.same(policy_content.content_of(last), written)
    ):
        return last, False
    return save_version(policy, written, effective_at=content["effective_at"]), True


def save_version(
    policy: Policy, written: PolicyContent, *, effective_at: datetime, **more: Any
) -> PolicyVersion:
    """Save content as the next version of a policy; it never changes afterwards."""
    last = policy.versions.order_by("-number").first()
    version = PolicyVersion.objects.create(
        policy=policy,
        number=last.number + 1 if last else 1,
        effective_at=effective_at,
        **written.columns(),
        **more,
    )
    PolicyTarget.objects.bulk_create(
        PolicyTarget(version=version, promise=promise, severity=severity, amount=amount, unit=unit)
        for (promise, severity), (amount, unit) in sorted(written.targets.items())
    )
    return version


def _load_offerings(content: dict[str, Any], path: Path) -> None:
    """Load the offerings (§3); changes of administrators remain."""
    calendars = {key: _calendar(row) for key, row in content.get("calendars", {}).items()}
    for position, row in enumerate(content.get("offerings", [])):
        if row.get("channel") not in Channel.values:
            raise BadPolicyFile(
                f"{path}: {row.get('channel')!r} is no channel; known: {', '.join(Channel.values)}."
            )
        Offering.objects.get_or_create(
            key=row["key"],
            defaults={
                "name": row["name"],
                "channel": row["channel"],
                "region": row.get("region", ""),
                "calendar": calendars[row["calendar"]] if "calendar" in row else None,
                "severities": row.get("severities", []),
                "products": content["products"][row["products"]] if "products" in row else [],
                "phone_number": row.get("phone_number", ""),
                "position": position,
                "translations": {
                    language: row[language] for language in LANGUAGES if language in row
                },
            },
        )


def _calendar(row: dict[str, Any]) -> WorkCalendar:
    calendar, _ = WorkCalendar.objects.get_or_create(name=row["name"])
    if not calendar.versions.exists():
        calendar.revise(
            zone=row["zone"],
            week=row["week"],
            holidays=row.get("holidays", {}),
            special_hours=row.get("special_hours", {}),
        )
    return calendar


def _read(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadPolicyFile(f"{path}: {error}") from None
    missing = [name for name in ("key", "name", "effective_at", *NUMBERS) if name not in content]
    if missing:
        raise BadPolicyFile(f"{path}: missing {', '.join(missing)}.")
    if not isinstance(content["effective_at"], datetime) or content["effective_at"].tzinfo is None:
        raise BadPolicyFile(
            f"{path}: effective_at must be an instant with its zone, such as 2026-01-01T00:00:00Z."
        )
    return content


def _targets(content: dict[str, Any], path: Path) -> set[tuple[str, int, int, str]]:
    targets = set()
    for promise in TargetKind.values:
        for severity, target in content.get(promise, {}).items():
            if (
                int(severity) not in Severity.values
                or target.get("unit") not in Unit.values
                or int(target["amount"]) < 1
            ):
                raise BadPolicyFile(f"{path}: [{promise}] {severity} = {target} is no target.")
            targets.add((str(promise), int(severity), int(target["amount"]), str(target["unit"])))
    return targets


def _ladder(content: dict[str, Any], path: Path) -> dict[str, list[str]]:
    """Who is notified at each step (§10). Without a setting the assignee is."""
    ladder = {str(step): list(recipients) for step, recipients in content.get("ladder", {}).items()}
    known = {"breach", *(str(share) for share in content["warning_percentages"])}
    for step, recipients in ladder.items():
        if step not in known:
            raise BadPolicyFile(
                f"{path}: [ladder] {step} is no step; known: {', '.join(sorted(known))}."
            )
        if not recipients or set(recipients) - set(ESCALATION_RECIPIENTS):
            raise BadPolicyFile(
                f"{path}: [ladder] {step} = {recipients}; "
                f"say some of {', '.join(ESCALATION_RECIPIENTS)}."
            )
    return ladder
