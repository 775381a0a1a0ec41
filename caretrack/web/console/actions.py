"""What a move is: a verb as a page offers it, and what decides whether it is offered.

A page shows the moves that are possible and no others; the action itself says whether it is
(`cases.actions.catalogue`). The moves themselves stand in `movelist`.
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
    """What decides which moves are offered: the case and who asks, and its root cause analysis."""

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
    def owes_initial_rca(self) -> bool:
        return (
            self.case.is_critical
            and self.case.kind == CaseKind.PROBLEM
            and (self.analysis is None or self.analysis.initial_sent_at is None)
        )


@dataclass(frozen=True)
class ConsoleAction:
    """A verb as a page offers it.

    `place` is the composer or the list of actions; `noun` is its address.
    """

    noun: str
    label: str
    submit: str
    done: str
    form: type[django_forms.Form]
    act: Callable[[Case, User, FormData], Any]
    action: str  # its name in the catalogue of actions, which says when it is possible
    place: str = "actions"
    button_class: str = "btn-primary"
    tab: str = ""
    key: str = ""  # the key that opens it
    help: str = ""
    reads_first: bool = False  # held back where somebody else spoke meanwhile
    preview: Callable[[Case, User, FormData], Any] | None = None  # shown before it is done
    beside: str = ""  # a template for what stands beside the form

    def form_for(self, standing: CaseSituation) -> type[django_forms.Form]:
        """The form as this case needs it: a Critical proposal brings the initial root cause
        analysis along (§12).
        """
        if self.noun == "resolution" and standing.owes_initial_rca:
            return forms.CriticalResolutionForm
        return self.form

    def is_possible(self, standing: CaseSituation) -> bool:
        """Whether its action would be accepted now."""
        if self.action == INITIAL_RCA:
            return refusal_to_send_initial(standing.context, standing.analysis) is None
        return is_possible(self.action, standing.context)

    @property
    def is_previewed(self) -> bool:
        """Whether what it would do is shown before it is done."""
        return self.preview is not None

    def new_form(
        self, standing: CaseSituation, data: Any = None, files: Any = None, **initial: Any
    ) -> django_forms.Form:
        """The form, empty or as it was sent."""
        form_class = self.form_for(standing)
        if getattr(form_class, "knows_case", False):
            more: Any = {"standing": standing}
            return form_class(data, files, auto_id=f"{self.noun}_%s", initial=initial, **more)
        return form_class(data, files, auto_id=f"{self.noun}_%s", initial=initial)


# What the contact waits for comes first and stands open.
FIRST = ("severity-upholding", "escalation-answer", "inadequacy")


def offered(standing: CaseSituation, moves: Sequence[ConsoleAction]) -> list[ConsoleAction]:
    """The moves that are possible now, those somebody waits for first."""
    possible = [move for move in moves if move.is_possible(standing)]
    return sorted(possible, key=lambda move: move.noun not in FIRST)
