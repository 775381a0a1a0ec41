"""What Care sees of one case: whose turn, the conversation, the promises, the verbs of its state, the customer."""

from dataclasses import replace
from typing import Any

from django.forms import Form, Textarea
from django.utils import timezone

from caretrack import clockviews, timelines, turns
from caretrack.console import moves
from caretrack.console.moves import Standing
from cases.models import Attachment, Case, CaseLink
from cases.verbs import State
from contacts.models import User
from rca import gate
from rca.models import Analysis
from sla.closures import has_unanswered_word
from sla.models.clock import Kind
from sla.receivers import reopens_until


def whose(case: Case) -> str:
    """Whose turn it is, in one word for a row."""
    if case.state == State.CLOSED:
        return "nobody"
    return "customer" if case.is_contacts_turn else "us"


def standing(case: Case, user: User) -> Standing:
    """What decides which verbs are offered, in three statements at most."""
    verbs = list(case.events.order_by("seq").values_list("verb", "particulars"))
    until = reopens_until(case) if not case.is_open else None
    analysis = Analysis.objects.filter(case=case).select_related("author", "follow_up").first()
    return Standing.of(
        case, user, verbs, analysis, held=gate.why_held(case), can_reopen=until is not None and timezone.now() <= until
    )


def context(case: Case, user: User, *, noun: str = "", bound: Form | None = None, tab: str = "") -> dict[str, Any]:
    """Everything `console/case.html` shows. `bound` is the form of `noun` that was not taken, shown again as it was."""
    now = timezone.now()
    stands = standing(case, user)
    clocks = [_for_care(clock) for clock in clockviews.of_case(case, now)]
    told = timelines.entries(case, user)
    until = reopens_until(case) if not case.is_open else None
    theirs = Case.objects.visible_to(user).filter(organisation=case.organisation).exclude(pk=case.pk)
    offered = [(move, _form(move, stands, noun, bound)) for move in moves.legal(stands)]
    return {
        "case": case,
        "turn": turns.sentence(
            case,
            clocks,
            user,
            asker=timelines.asker(told),
            reopens_until=until,
            held=stands.held,
            has_written=has_unanswered_word(case),
        ),
        "entries": told,
        "clocks": clocks,
        "composer": [(move, form) for move, form in offered if move.place == "composer"],
        "tab": _tab(offered, noun or tab),
        "actions": [
            (move, form, move.noun == noun or move.noun in moves.FIRST)
            for move, form in offered
            if move.place == "actions"
        ],
        "take": next((move for move, _ in offered if move.place == "direct"), None),
        "stray": bound if noun and noun not in {move.noun for move, _ in offered} else None,
        "written": _written(bound),
        "refused": bound if noun == "assignment" else None,
        "held": stands.held if case.is_open else "",
        "analysis": stands.analysis,
        "files": Attachment.objects.filter(case=case).select_related("by"),
        "links": CaseLink.objects.filter(case=case).select_related("other"),
        "linked_from": CaseLink.objects.filter(other=case).select_related("case"),
        "licences": case.organisation.licences.in_force(timezone.localdate()),
        "contacts": case.organisation.people.filter(is_active=True, designation__state="active").order_by("name")[:6],
        "others": theirs.being_worked().order_by("severity", "opened_at", "id")[:8],
        "last": theirs.filter(state=State.CLOSED).order_by("-opened_at", "-id")[:3],
        "there": f"{now.astimezone(case.terms.calendar_version.tzinfo):%a %H:%M}",
        "is_open_there": case.terms.calendar_version.is_open(now),
        "contact_there": f"{now.astimezone(case.contact.tzinfo):%a %H:%M}",
    }


def _for_care(clock: clockviews.ClockView) -> clockviews.ClockView:
    """What a contact reads as «your answer» is theirs when Care reads it."""
    return replace(clock, label="Their answer") if clock.kind == Kind.CUSTOMER_RESPONSE else clock


def _written(bound: Form | None) -> list[str]:
    """The words of a form that is no longer on the page, so that they are not lost."""
    if bound is None:
        return []
    return [str(field.value()) for field in bound if isinstance(field.field.widget, Textarea) and field.value()]


def _form(move: moves.Move, stands: Standing, noun: str, bound: Form | None) -> Form:
    if move.noun == noun and bound is not None:
        return bound
    initial = {"severity": stands.case.severity} if move.noun == "severity" else {}
    return move.form_for(stands)(auto_id=f"{move.noun}_%s", initial=initial)


def _tab(offered: list[tuple[moves.Move, Form]], wanted: str) -> str:
    nouns = [move.noun for move, _ in offered if move.place == "composer"]
    return wanted if wanted in nouns else nouns[0] if nouns else ""
