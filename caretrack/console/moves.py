"""What Care can do to a case now: every verb with its form, its button and the states in which it is offered.

A page shows the moves that are legal and no others; what a verb really allows is decided by the verb itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.db import transaction

from caretrack.console import forms
from cases import actions
from cases.models import Case, LinkKind
from cases.models.case import OPEN_STATES, WORKED_STATES
from cases.verbs import Kind, State, Verb
from contacts.errors import Refused
from contacts.models import User
from rca import actions as rca_actions
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
        answers = {Verb.CONTACT_ANSWERED, Verb.INFORMATION_REQUESTED, Verb.RULED_INADEQUATE, Verb.ISSUE_REPORTED}
        last, said = next(((v, s) for v, s in reversed(verbs) if v in answers), ("", {}))
        severities = {Verb.SEVERITY_SET, Verb.SEVERITY_UPHELD, Verb.SEVERITY_CONTESTED}
        escalations = {Verb.ESCALATION_REQUESTED, Verb.ESCALATION_ANSWERED, Verb.CLOSED}
        return cls(
            case=case, by=by, analysis=analysis, can_reopen=can_reopen, held=held,
            answer_can_be_ruled=last == Verb.CONTACT_ANSWERED and bool(said.get("ended_wait")),
            is_contested=_last_of(verbs, severities) == Verb.SEVERITY_CONTESTED,
            asks_for_escalation=_last_of(verbs, escalations) == Verb.ESCALATION_REQUESTED,
        )  # fmt: skip

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
    """A verb as a page offers it. `place` is the composer or the list of actions; `noun` is its address."""

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

    def form_for(self, standing: Standing) -> type[django_forms.Form]:
        """The form as this case needs it: a Critical proposal brings the initial root cause analysis along (§12)."""
        if self.noun == "resolution" and standing.owes_initial_rca:
            return forms.CriticalResolutionForm
        return self.form


def _propose(case: Case, by: User, said: Said) -> None:
    with transaction.atomic():
        event = actions.propose_resolution(case, by=by, summary=said["summary"])
        if said.get("initial_rca"):
            rca_actions.send_initial(Analysis.objects.get(case=event.case), by=by, text=said["initial_rca"])


def _link(case: Case, by: User, said: Said) -> None:
    other = Case.objects.visible_to(by).filter(number=said["other"]).first()
    if other is None:
        raise Refused("There is no case of that number.")
    actions.link(case, by=by, other=other, kind=LinkKind(said["kind"]))


def _send_initial(case: Case, by: User, said: Said) -> None:
    analysis = Analysis.objects.filter(case=case).first()
    if analysis is None:
        raise Refused("No root cause analysis is owed for this case.")
    rca_actions.send_initial(analysis, by=by, text=said["text"])


def _in(*states: State) -> Callable[[Standing], bool]:
    return lambda standing: standing.case.state in states


def _open(standing: Standing) -> bool:
    return standing.case.is_open


BEFORE_PROPOSAL = (State.NEW, *WORKED_STATES)
MOVES = (
    Move(
        "answer",
        "Answer the contact",
        "Send to the contact",
        "Your answer was sent.",
        forms.AnswerForm,
        lambda case, by, said: actions.answer(case, by=by, text=said["text"]),
        _open,
        "composer",
        tab="Answer the contact",
    ),
    Move(
        "note",
        "Internal note",
        "Keep internal note",
        "Your note is kept.",
        forms.NoteForm,
        lambda case, by, said: actions.note(case, by=by, text=said["text"]),
        lambda standing: True,
        "composer",
        "btn-note",
        "Internal note",
    ),
    Move(
        "information",
        "Ask for information",
        "Ask the contact",
        "The contact was asked; it is their turn.",
        forms.InformationForm,
        lambda case, by, said: actions.request_information(case, by=by, text=said["text"]),
        _in(*BEFORE_PROPOSAL),
        "composer",
        tab="Ask for information",
    ),
    Move(
        "call",
        "Log a call",
        "Log the call",
        "The call is logged.",
        forms.CallForm,
        lambda case, by, said: actions.log_call(case, by=by, reached=said["reached"], text=said["text"]),
        _open,
        "composer",
        tab="Log a call",
    ),
    Move(
        "assignment",
        "Take",
        "Take the case",
        "The case is yours.",
        forms.Nothing,
        lambda case, by, said: actions.take(case, by=by),
        lambda s: s.case.is_open and s.case.assignee_id != s.by.pk,
        "direct",
    ),
    Move(
        "inadequacy",
        "Rule the answer inadequate",
        "Rule inadequate",
        "The contact was told; their clock goes on.",
        forms.ReasonForm,
        lambda case, by, said: actions.rule_inadequate(case, by=by, reason=said["reason"]),
        lambda s: s.answer_can_be_ruled and s.case.state in (State.NEW, State.IN_PROGRESS, State.INVESTIGATING),
    ),
    Move(
        "restoration",
        "Record: it works again",
        "Record restoration",
        "The restoration is recorded.",
        forms.RestorationForm,
        lambda case, by, said: actions.restore(case, by=by, text=said["text"]),
        lambda s: s.case.state in WORKED_STATES and s.case.restored_at is None and s.case.kind == Kind.PROBLEM,
    ),
    Move(
        "resolution",
        "Propose a resolution",
        "Propose resolution",
        "The resolution is proposed.",
        forms.ResolutionForm,
        _propose,
        _in(*WORKED_STATES),
    ),
    Move(
        "initial-rca",
        "Send the initial root cause analysis",
        "Send to the contact",
        "The initial analysis was sent.",
        forms.InitialRcaForm,
        _send_initial,
        lambda s: s.analysis is not None and s.analysis.initial_sent_at is None,
    ),
    Move(
        "escalation",
        "Escalate for investigation",
        "Escalate",
        "The case is escalated.",
        forms.EscalationForm,
        lambda case, by, said: actions.escalate(case, by=by, reproduction=said["reproduction"], team=said["team"]),
        _in(State.NEW, State.IN_PROGRESS),
    ),
    Move(
        "findings",
        "Hand back with findings",
        "Hand back",
        "The case is handed back.",
        forms.FindingsForm,
        lambda case, by, said: actions.hand_back(case, by=by, findings=said["findings"]),
        _in(State.INVESTIGATING),
    ),
    Move(
        "escalation-answer",
        "Answer the escalation request",
        "Answer the request",
        "The request is answered.",
        forms.EscalationAnswerForm,
        lambda case, by, said: actions.answer_escalation_request(
            case, by=by, text=said["text"], granted=said["granted"]
        ),
        lambda s: s.asks_for_escalation,
    ),
    Move(
        "severity",
        "Set the severity",
        "Set severity",
        "The severity is set.",
        forms.SeverityForm,
        lambda case, by, said: actions.set_severity(case, by=by, severity=said["severity"], reason=said["reason"]),
        _open,
    ),
    Move(
        "severity-upholding",
        "Uphold the contested severity",
        "Uphold severity",
        "The severity stands; the contact was told.",
        forms.ReasonForm,
        lambda case, by, said: actions.uphold_severity(case, by=by, reason=said["reason"]),
        lambda s: s.is_contested and s.case.is_open,
    ),
    Move(
        "file",
        "Attach a file",
        "Attach",
        "The file is attached.",
        forms.FileForm,
        lambda case, by, said: actions.attach(case, by=by, upload=said["file"], facing=said["facing"]),
        _open,
    ),
    Move("link", "Link another case", "Link", "The cases are linked.", forms.LinkForm, _link, lambda standing: True),
    Move(
        "closure",
        "Close with a reason",
        "Close the case",
        "The case is closed.",
        forms.ClosingForm,
        lambda case, by, said: actions.close(case, by=by, reason=said["reason"], text=said["text"]),
        lambda s: s.case.state in OPEN_STATES and not s.held,
        button_class="btn-danger",
    ),
    Move(
        "reopening",
        "Reopen",
        "Reopen the case",
        "The case is open again.",
        forms.ReopeningForm,
        lambda case, by, said: actions.reopen(case, by=by, text=said["text"]),
        lambda s: s.can_reopen,
    ),
)
BY_NOUN = {move.noun: move for move in MOVES}
# What the contact waits for comes first and stands open.
FIRST = ("severity-upholding", "escalation-answer", "inadequacy")


def legal(standing: Standing) -> list[Move]:
    """The moves of this state, those somebody waits for first."""
    moves = [move for move in MOVES if move.legal(standing)]
    return sorted(moves, key=lambda move: move.noun not in FIRST)
