"""What a macro does besides its text: assign, tag, set the severity, and what its message is.

Each effect is an action of its own with all its rules. They run with the message in one
transaction: what one of them refuses stops all, and nothing is sent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from django.db import transaction
from django.utils import timezone
from django_fsm import TransitionNotAllowed

from cases import actions
from cases.choices import Severity
from cases.models import Case, Macro, MacroUse
from contacts.models import Team, User
from core.errors import Refused

ME = "me"
SENT_AS = {
    "": "What the analyst chooses",
    "information": "A question: it is the contact's turn",
    "resolution": "A proposal of the resolution",
}


@dataclass(frozen=True)
class MacroEffects:
    """The effects of one macro. `assign` is `me`, `person:5` or `team:3`; empty for none."""

    assign: str = ""
    add: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)
    severity: int | None = None
    reason: str = ""  # of the severity; the contact reads it
    send_as: str = ""
    article: str = ""

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        """The effects as a row has them; what is unknown is left out."""
        names = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in names})

    def stored(self) -> dict[str, Any]:
        """The effects as a row has them: only those that are set."""
        return {name: value for name, value in asdict(self).items() if value}


def refusal_of_effects(effects: MacroEffects) -> str:
    """Why a macro cannot have these effects; empty if it can."""
    if effects.send_as not in SENT_AS:
        return "Choose what the message is."
    if effects.severity is not None and not effects.reason.strip():
        return "A severity needs a reason, which the contact reads (§7)."
    return ""


def apply(case: Case, effects: MacroEffects, *, by: User) -> None:
    """Run the effects, before the message. Refused with the name of the effect that is refused."""
    for label, run in _steps(case, effects, by):
        try:
            with transaction.atomic():
                run()
        except Refused as refusal:
            raise Refused(f"{label}: {refusal.reason} Nothing was sent.") from refusal
        except TransitionNotAllowed as error:
            raise Refused(f"{label}: not possible now. Nothing was sent.") from error


def previewed(case: Case, effects: MacroEffects, *, by: User) -> list[tuple[str, str]]:
    """(what it will do, why it is refused) of each effect. Everything is tried and rolled back."""
    outcomes = []
    with transaction.atomic():
        for label, run in _steps(case, effects, by):
            refusal = ""
            try:
                with transaction.atomic():
                    run()
            except Refused as refused:
                refusal = refused.reason
            except TransitionNotAllowed:
                refusal = "Not possible now."
            outcomes.append((label, refusal))
        transaction.set_rollback(True)
    return outcomes


def _steps(case: Case, effects: MacroEffects, by: User) -> Iterator[tuple[str, Any]]:
    """(label, function) of each effect that would change something."""
    case = Case.objects.get(pk=case.pk)
    add = [tag for tag in effects.add if tag not in case.tags]
    remove = [tag for tag in effects.remove if tag in case.tags]
    if add or remove:
        names = [*(f"+{tag}" for tag in add), *(f"−{tag}" for tag in remove)]
        yield (
            f"Tags {', '.join(names)}",
            lambda: actions.tag(case, by=by, add=add, remove=remove),
        )
    if effects.severity is not None and effects.severity != case.severity:
        severity = effects.severity
        yield (
            f"Severity {Severity(severity).label}",
            lambda: actions.set_severity(case, by=by, severity=severity, text=effects.reason),
        )
    if effects.assign:
        to = receiver(effects.assign, by)
        label = f"Assign to {to.name if to else 'somebody who is gone'}"
        if to is None:
            yield label, _gone
        elif to.pk != (case.team_id if isinstance(to, Team) else case.assignee_id):
            yield label, lambda: _assign(case, by, to)


def _assign(case: Case, by: User, to: User | Team) -> None:
    if isinstance(to, Team):
        actions.assign(case, by=by, team=to)
    elif to == by:
        actions.take(case, by=by)
    else:
        actions.assign(case, by=by, to=to)


def _gone() -> None:
    raise Refused("the person or the team is no longer there.")


def receiver(stored: str, by: User) -> User | Team | None:
    """To whom `assign` gives a case; None if they are gone."""
    if stored == ME:
        return by
    kind, _, key = stored.partition(":")
    model: Any = Team if kind == "team" else User
    one: User | Team | None = model.objects.filter(pk=key).first() if key.isdigit() else None
    return one if not isinstance(one, User) or one.is_active else None


def count_use(macro: Macro | None, *, by: User) -> None:
    """A message was sent with the macro."""
    if macro is None:
        return
    use, _ = MacroUse.objects.get_or_create(macro=macro, by=by, on=timezone.localdate())
    MacroUse.objects.filter(pk=use.pk).update(count=use.count + 1)
