"""The bulk actions: each changes one case by its own action, with inputs that a job can store.

Pages ask for the inputs (`caretrack.web.console.queue.bulk`); a job reads them again later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from cases import actions
from cases.models import Case
from cases.models.case import case_code
from contacts.models import Team, User
from core.errors import Refused

Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class BulkAction:
    """An action on many cases. `act` runs it on one case, with plain inputs."""

    noun: str
    action: str  # its name in the catalogue of actions
    label: str
    act: Callable[[Case, User, Inputs], object]


def _assign(case: Case, by: User, inputs: Inputs) -> object:
    to = User.objects.filter(pk=inputs["assignee"]).first() if inputs["assignee"] else None
    team = Team.objects.filter(pk=inputs["team"]).first() if inputs["team"] else None
    if (inputs["assignee"] and to is None) or (inputs["team"] and team is None):
        raise Refused("The analyst or the team does not exist any more.")
    return actions.assign(case, by=by, to=to, team=team)


def _tag(case: Case, by: User, inputs: Inputs) -> object:
    add, remove = inputs["add"].split(","), inputs["remove"].split(",")
    return actions.tag(case, by=by, add=add, remove=remove)


def _put_on_hold(case: Case, by: User, inputs: Inputs) -> object:
    day = date.fromisoformat(str(inputs["day"]))
    return actions.put_on_hold(case, by=by, until=day, text=inputs["text"])


def _merge(case: Case, by: User, inputs: Inputs) -> object:
    survivor = Case.objects.visible_to(by).filter(number=inputs["other"]).first()
    if survivor is None:
        raise Refused(f"There is no case {case_code(inputs['other'])}.")
    return actions.merge(case, by=by, survivor=survivor, text=inputs["text"])


BULK_ACTIONS = (
    BulkAction(
        "assignment", "take", "Take them", lambda case, by, inputs: actions.take(case, by=by)
    ),
    BulkAction("handover", "assign", "Give them to", _assign),
    BulkAction("tags", "tag", "Tag", _tag),
    BulkAction(
        "information",
        "request_information",
        "Ask the contacts",
        lambda case, by, inputs: actions.request_information(case, by=by, text=inputs["text"]),
    ),
    BulkAction("hold", "put_on_hold", "Put on hold", _put_on_hold),
    BulkAction("merge", "merge", "Merge into one", _merge),
    BulkAction(
        "resolution",
        "propose_resolution",
        "Propose a resolution",
        lambda case, by, inputs: actions.propose_resolution(case, by=by, text=inputs["text"]),
    ),
)
BY_NOUN = {action.noun: action for action in BULK_ACTIONS}


def refusal_of(action: BulkAction, case: Case, by: User, inputs: Inputs) -> str:
    """Run the action on one case. Returns why it was refused; empty if it was done."""
    try:
        with transaction.atomic():
            action.act(case, by, inputs)
    except Refused as refusal:
        return refusal.reason or "Refused."
    except TransitionNotAllowed:
        return _(
            "This is not possible while it is in the state “{state}”. Perhaps somebody "
            "was faster: please look again."
        ).format(state=Case.objects.get(pk=case.pk).get_state_display())
    return ""


def plain(data: Inputs) -> dict[str, Any]:
    """The values of a form as a job stores them: rows by their key, days as ISO text."""
    return {
        name: value.isoformat() if isinstance(value, date) else getattr(value, "pk", value)
        for name, value in data.items()
    }
