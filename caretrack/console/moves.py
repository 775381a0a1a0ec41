"""What a move is: a verb as a page offers it, and what decides whether it is offered.

A page shows the moves that are legal and no others; what a verb really allows is decided by the
verb itself. The moves themselves stand in `movelist`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms

from caretrack.console import forms
from cases.models import Case
from cases.verbs import Kind, Verb
from contacts.models import User
from rca.models import Analysis

Said = dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """What decides which moves are legal: the case, who asks, and what its past says."""

    case: Case
    by: User
    analysis: Analysis | None
    answer_can_be_ruled: bool = False
    is_contested: bool = False
    asks_for_escalation: bool = False
    can_reopen: bool = False
    held: str = ""

    @classmethod
    def of(
        cls,
        case: Case,
        by: User,
        verbs: list[tuple[str, Said]],
        analysis: Analysis | None,
        *,
        can_reopen: bool,
        held: str,
    ) -> "Standing":
        """From the verbs of the journal in order, with what they said."""
        answers = {
            Verb.CONTACT_ANSWERED,
            Verb.INFORMATION_REQUESTED,
            Verb.RULED_INADEQUATE,
            Verb.ISSUE_REPORTED,
        }
        last, said = next(((v, s) for v, s in reversed(verbs) if v in answers), ("", {}))
        severities = {Verb.SEVERITY_SET, Verb.SEVERITY_UPHELD, Verb.SEVERITY_CONTESTED}
        escalations = {Verb.ESCALATION_REQUESTED, Verb.ESCALATION_ANSWERED, Verb.CLOSED}
        return cls(
            case=case,
            by=by,
            analysis=analysis,
            can_reopen=can_reopen,
            held=held,
            answer_can_be_ruled=last == Verb.CONTACT_ANSWERED and bool(said.get("ended_wait")),
            is_contested=_last_of(verbs, severities) == Verb.SEVERITY_CONTESTED,
            asks_for_escalation=_last_of(verbs, escalations) == Verb.ESCALATION_REQUESTED,
        )

    @property
    def owes_initial_rca(self) -> bool:
        return (
            self.case.is_critical
            and self.case.kind == Kind.PROBLEM
            and (self.analysis is None or self.analysis.initial_sent_at is None)
        )


def _last_of(verbs: list[tuple[str, Said]], wanted: set[Verb]) -> str:
    return next((verb for verb, _ in reversed(verbs) if verb in wanted), "")


@dataclass(frozen=True)
class Move:
    """A verb as a page offers it.

    `place` is the composer or the list of actions; `noun` is its address.
    """

    noun: str
    label: str
    submit: str
    done: str
    form: type[django_forms.Form]
    act: Callable[[Case, User, Said], Any]
    legal: Callable[[Standing], bool]
    place: str = "actions"
    button_class: str = "btn-primary"
    tab: str = ""
    key: str = ""  # the key that opens it
    help: str = ""
    reads_first: bool = False  # held back where somebody else spoke meanwhile
    preview: Callable[[Case, User, Said], Any] | None = None  # shown before it is done
    beside: str = ""  # a template for what stands beside the form

    def form_for(self, standing: Standing) -> type[django_forms.Form]:
        """The form as this case needs it: a Critical proposal brings the initial root cause
        analysis along (§12).
        """
        if self.noun == "resolution" and standing.owes_initial_rca:
            return forms.CriticalResolutionForm
        return self.form

    @property
    def is_previewed(self) -> bool:
        """Whether what it would do is shown before it is done."""
        return self.preview is not None

    def new_form(
        self, standing: Standing, data: Any = None, files: Any = None, **initial: Any
    ) -> django_forms.Form:
        """The form, empty or as it was sent."""
        made = self.form_for(standing)
        if getattr(made, "knows_case", False):
            more: Any = {"standing": standing}
            return made(data, files, auto_id=f"{self.noun}_%s", initial=initial, **more)
        return made(data, files, auto_id=f"{self.noun}_%s", initial=initial)


# What the contact waits for comes first and stands open.
FIRST = ("severity-upholding", "escalation-answer", "inadequacy")


def legal(standing: Standing, moves: Sequence[Move]) -> list[Move]:
    """The moves of this state, those somebody waits for first."""
    return sorted(
        (move for move in moves if move.legal(standing)), key=lambda move: move.noun not in FIRST
    )
