"""Console actions: an action of the catalogue with its form, and the rule when a page offers it.

A page shows exactly the possible actions, as `cases.actions.catalogue` decides. `action_registry`
lists them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms

from caretrack.web.console import forms
from cases.actions.catalogue import is_possible
from cases.actions.context import ActionContext
from cases.choices import CaseKind
from cases.models import Case
from contacts.models import User
from rca.actions.publication import refusal_to_send_initial
from rca.models import Analysis

FormData = dict[str, Any]
INITIAL_RCA = "send_initial"


@dataclass(frozen=True)
class CaseSituation:
    """What decides which actions are offered: the case, the user and the RCA."""

    context: ActionContext
    analysis: Analysis | None
    held: str = ""  # why the case cannot be closed yet (§12)

    @property
    def case(self) -> Case:
        return self.context.case

    @property
    def is_contested(self) -> bool:
        return self.context.facts.is_severity_contested

    @property
    def severity_wanted(self) -> int | None:
        """The severity that the contact asks for, while it is contested."""
        return self.context.facts.severity_wanted

    @property
    def owes_initial_rca(self) -> bool:
        return (
            self.case.is_critical
            and self.case.kind == CaseKind.PROBLEM
            and (self.analysis is None or self.analysis.initial_sent_at is None)
        )


@dataclass(frozen=True)
class ConsoleAction:
    """An action as a page offers it.

    `place` is the composer or the list of actions. `noun` is its URL segment.
    """

    noun: str
    label: str
    submit: str
    done: str
    form: type[django_forms.Form]
    act: Callable[[Case, User, FormData], Any]
    action: str  # its name in the catalogue of actions, which decides whether it is possible
    place: str = "actions"
    button_class: str = "btn-primary"
    tab: str = ""
    help: str = ""
    placeholder: str = ""  # of the composer's text box
    reads_first: bool = False  # held back if somebody else wrote meanwhile
    preview: Callable[[Case, User, FormData], Any] | None = None  # shown before it runs
    beside: str = ""  # a template beside the form

    def form_for(self, situation: CaseSituation) -> type[django_forms.Form]:
        """The form class for this case. A Critical proposal also asks for the initial RCA (§12)."""
        if self.noun == "resolution" and situation.owes_initial_rca:
            return forms.CriticalResolutionForm
        return self.form

    def is_possible(self, situation: CaseSituation) -> bool:
        """Whether the action would be accepted now."""
        if self.action == INITIAL_RCA:
            return refusal_to_send_initial(situation.context, situation.analysis) is None
        return is_possible(self.action, situation.context)

    @property
    def is_previewed(self) -> bool:
        """Whether the page shows the effect before the action runs."""
        return self.preview is not None

    def new_form(
        self, situation: CaseSituation, data: Any = None, files: Any = None, **initial: Any
    ) -> django_forms.Form:
        """The form, empty or bound to the input."""
        form_class = self.form_for(situation)
        if getattr(form_class, "knows_case", False):
            more: Any = {"situation": situation}
            return form_class(data, files, auto_id=f"{self.noun}_%s", initial=initial, **more)
        return form_class(data, files, auto_id=f"{self.noun}_%s", initial=initial)


# Actions that the contact waits for come first and are open.
FIRST = ("severity-upholding", "escalation-answer", "inadequacy")


def offered(situation: CaseSituation, actions: Sequence[ConsoleAction]) -> list[ConsoleAction]:
    """The possible actions, with those that the contact waits for first."""
    possible = [action for action in actions if action.is_possible(situation)]
    return sorted(possible, key=lambda action: action.noun not in FIRST)
