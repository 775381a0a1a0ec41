"""Whether an action is possible now, and why not: used by the action itself and by every page that
offers it.

Each action has a function `refusal_to_…(context)`, which returns the exception that the action
would raise, or None. Pages, API and command palette offer an action where it returns None, so every
offered action is accepted.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django_fsm import TransitionNotAllowed, can_proceed

from cases import permissions, signals
from cases.choices import EventType
from cases.facts import CaseFacts, facts_of
from cases.models import Case
from contacts.models import User
from core.errors import Refused

Refusal = Refused | TransitionNotAllowed


@dataclass
class ActionContext:
    """A case, the person who wants to act, and the facts of its past, read on demand.

    One context serves all actions of a page: nothing is read twice.
    """

    case: Case
    by: User
    _objections: dict[tuple[str, str], Refused | None] = field(default_factory=dict)

    @cached_property
    def facts(self) -> CaseFacts:
        return facts_of(self.case)

    def objection(self, verb: EventType, reason: str = "") -> Refused | None:
        """The objection of higher layers to an event of this type, such as a missing analysis."""
        key = (str(verb), str(reason))
        if key not in self._objections:
            self._objections[key] = None
            try:
                signals.before_event.send(
                    sender=Case,
                    case=self.case,
                    verb=verb,
                    by=self.by,
                    reason=reason,
                    context=self,
                )
            except Refused as refused:
                self._objections[key] = refused
        return self._objections[key]

    # --- Parts of refusals, for the actions

    def not_care(self) -> Refused | None:
        """Refused unless a person of Care, or CareTrack itself, acts."""
        if permissions.may_work(self.by, self.case):
            return None
        return Refused("Only Care's people can do this.")

    def not_contact(self) -> Refused | None:
        """Refused unless an active Designated Contact of the case's organisation acts (§1)."""
        if permissions.may_speak_for_customer(self.by, self.case):
            return None
        return Refused("Only an active Designated Contact of this organisation can do this.")

    def neither(self) -> Refused | None:
        """Refused unless Care or a Designated Contact of the organisation acts."""
        return self.not_contact() if self.not_care() else None

    def closed(self, text: str = "The case is closed.") -> TransitionNotAllowed | None:
        """TransitionNotAllowed on a closed case."""
        return None if self.case.is_open else TransitionNotAllowed(text)

    def wrong_state(self, transition: Any) -> TransitionNotAllowed | None:
        """TransitionNotAllowed where the case's state does not lead to this transition's."""
        if can_proceed(transition):
            return None
        text = f"{transition.__name__} is not possible from the state {self.case.state}."
        return TransitionNotAllowed(text, object=self.case, method=transition)


def require(refusal: Refusal | None) -> None:
    """Raise the refusal of an action, if there is one."""
    if refusal is not None:
        raise refusal
