"""Every action of the console on a case, with its form, its button and its key."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from caretrack.web.console import case_forms, forms
from caretrack.web.console.actions import INITIAL_RCA, ConsoleAction, FormData
from caretrack.web.console.reminder_forms import ReminderForm
from caretrack.web.console.side_forms import SideConversationForm
from caretrack.web.shared.forms import EmptyForm
from cases import actions
from cases.choices import Facing
from cases.models import Case, LinkKind, SideConversation
from contacts.models import Team, User
from core.errors import Refused
from rca import actions as rca_actions
from rca.models import Analysis
from sla import preview


def _with_files(
    run: Callable[..., Any], facing: Facing = Facing.CONTACT
) -> Callable[[Case, User, FormData], Any]:
    """Run the action and attach its files, in one transaction."""

    def act(case: Case, by: User, data: FormData) -> None:
        with transaction.atomic():
            event = run(case, by=by, text=data["text"])
            actions.attach_staged(event.case, by=by, staged=data.get("staged", ()), facing=facing)
            for upload in data.get("files", ()):
                actions.attach(event.case, by=by, upload=upload, facing=facing)

    return act


def _call(case: Case, by: User, data: FormData) -> None:
    actions.log_call(
        case,
        by=by,
        reached=data["reached"],
        text=data["text"],
        whom=data.get("whom", ""),
        number=data.get("number", ""),
        called_at=data.get("called_at"),
        answers_question=data.get("answers_question", False),
    )


def _other(by: User, data: FormData) -> Case:
    return _case_of_number(by, data["other"])


def _case_of_number(by: User, number: int) -> Case:
    other = Case.objects.visible_to(by).filter(number=number).first()
    if not isinstance(other, Case):
        raise Refused("There is no case of that number.")
    return other


def _put_on_hold(case: Case, by: User, data: FormData) -> None:
    actions.put_on_hold(
        case,
        by=by,
        until=data["day"],
        text=data["text"],
        after=None if data.get("after") is None else _case_of_number(by, data["after"]),
    )


def _propose(case: Case, by: User, data: FormData) -> None:
    with transaction.atomic():
        event = actions.propose_resolution(case, by=by, text=data["text"])
        if data.get("initial_rca"):
            rca_actions.send_initial(
                Analysis.objects.get(case=event.case), by=by, text=data["initial_rca"]
            )


def _link(case: Case, by: User, data: FormData) -> None:
    actions.link(case, by=by, other=_other(by, data), kind=LinkKind(data["kind"]))


def _unlink(case: Case, by: User, data: FormData) -> None:
    first, second = case, _other(by, data)
    if data["side"] == "there":
        first, second = second, first
    actions.unlink(first, by=by, other=second, kind=LinkKind(data["kind"]))


def _merge(case: Case, by: User, data: FormData) -> None:
    actions.merge(case, by=by, survivor=_other(by, data), text=data["text"])


def _split(case: Case, by: User, data: FormData) -> Case:
    new: Case = actions.split(
        case,
        by=by,
        seq=data["seq"],
        title=data["title"],
        text=data["text"],
        severity=data["severity"],
    ).case
    return new


def _set_severity(case: Case, by: User, data: FormData) -> None:
    """Set another severity, or uphold a contested one: one form does both (§7)."""
    contested = data["situation"].is_contested if "situation" in data else False
    if contested and data["severity"] == case.severity:
        actions.uphold_severity(case, by=by, text=data["text"])
    else:
        actions.set_severity(case, by=by, severity=data["severity"], text=data["text"])


def _severity_preview(case: Case, by: User, data: FormData) -> Any:
    """The clocks that would change. None while the severity stays the same."""
    if data["severity"] == case.severity:
        return None
    return {
        "severity": data["severity"],
        "moving": preview.of_severity(case, data["severity"], timezone.now()),
    }


def _merge_preview(case: Case, by: User, data: FormData) -> Any:
    return {"survivor": _other(by, data)}


def _send_initial(case: Case, by: User, data: FormData) -> None:
    analysis = Analysis.objects.filter(case=case).first()
    if analysis is None:
        raise Refused("No root cause analysis is owed for this case.")
    rca_actions.send_initial(analysis, by=by, text=data["text"])


def _tag(case: Case, by: User, data: FormData) -> None:
    actions.tag(case, by=by, add=data["add"].split(","), remove=data["remove"])


def _assign(case: Case, by: User, data: FormData) -> None:
    to = data["to"]
    if isinstance(to, Team):
        actions.assign(case, by=by, team=to, reason=data["reason"])
    else:
        actions.assign(case, by=by, to=to, reason=data["reason"])


def _correct(case: Case, by: User, data: FormData) -> None:
    """Correct what differs: an area that is no longer active may stay."""
    actions.correct_details(
        case,
        by=by,
        title=data["title"],
        area=data["area"],
        site=data["site"],
        text=data["text"],
    )


def _remind(case: Case, by: User, data: FormData) -> None:
    actions.set_reminder(case, by=by, due_at=data["due_at"], note=data["note"])


def _open_side_conversation(case: Case, by: User, data: FormData) -> SideConversation:
    return actions.open_side_conversation(
        case,
        by=by,
        subject=data["subject"],
        recipients=data["recipients"],
        text=data["text"],
        files=data.get("files", ()),
    )


ACTIONS = (
    ConsoleAction(
        "answer",
        "Answer the contact",
        "Send to the contact",
        "Your answer was sent.",
        forms.TextForm,
        _with_files(actions.answer),
        "answer",
        "composer",
        tab="Answer the contact",
        help="Markdown. The contact reads it.",
        placeholder="Write to the contact",
        reads_first=True,
    ),
    ConsoleAction(
        "note",
        "Internal note",
        "Save internal note",
        "Your note is saved.",
        forms.TextForm,
        _with_files(actions.note, Facing.INTERNAL),
        "note",
        "composer",
        "btn-note",
        "Internal note",
        help="Markdown. Only Care reads it; no response. @name or @team notifies a colleague.",
        placeholder="Write an internal note",
    ),
    ConsoleAction(
        "information",
        "Ask for information",
        "Ask the contact",
        "The question is sent; it is the contact's turn.",
        forms.TextForm,
        _with_files(actions.request_information),
        "request_information",
        "composer",
        tab="Ask for information",
        help="Our restoration clock pauses and theirs runs until they answer.",
        placeholder="Ask the contact",
        reads_first=True,
    ),
    ConsoleAction(
        "call",
        "Log a call",
        "Log the call",
        "The call is logged.",
        case_forms.CallForm,
        _call,
        "log_call",
        "composer",
        tab="Log a call",
    ),
    ConsoleAction(
        "assignment",
        "Take",
        "Take the case",
        "The case is yours.",
        EmptyForm,
        lambda case, by, data: actions.take(case, by=by),
        "take",
        "direct",
    ),
    ConsoleAction(
        "assign",
        "Assign",
        "Assign",
        "The case is assigned.",
        case_forms.AssignToForm,
        _assign,
        "assign",
        help="To a colleague or a team. It is no response: the SLA clocks continue.",
    ),
    ConsoleAction(
        "tags",
        "Tags",
        "Save tags",
        "The tags are saved.",
        case_forms.CaseTagForm,
        _tag,
        "tag",
    ),
    ConsoleAction(
        "correction",
        "Correct title, area or site",
        "Save",
        "The details are corrected.",
        case_forms.CorrectionForm,
        _correct,
        "correct_details",
    ),
    ConsoleAction(
        "contact",
        "Change the contact",
        "Change the contact",
        "The case has another contact.",
        case_forms.ChangeContactForm,
        lambda case, by, data: actions.change_contact(
            case, data["contact"], by=by, text=data["text"]
        ),
        "change_contact",
    ),
    ConsoleAction(
        "reminder",
        "Remind me",
        "Set the reminder",
        "The reminder is set.",
        ReminderForm,
        _remind,
        "set_reminder",
        help="A notification for you alone at that time, in your time zone.",
    ),
    ConsoleAction(
        "side-conversation",
        "Open a side conversation",
        "Send",
        "The side conversation is open, and the message is sent.",
        SideConversationForm,
        _open_side_conversation,
        "open_side_conversation",
        help=(
            "An email to a third party, such as a carrier. It is internal: the contact never "
            "reads it, and no SLA clock moves."
        ),
    ),
    ConsoleAction(
        "follower",
        "Followers",
        "Add follower",
        "The person follows the case.",
        case_forms.FollowerForm,
        lambda case, by, data: actions.add_follower(case, data["person"], by=by),
        "add_follower",
        beside="console/_followers.html",
    ),
    ConsoleAction(
        "follower-removal",
        "Remove a follower",
        "Remove",
        "The person no longer follows the case.",
        case_forms.FollowerRemovalForm,
        lambda case, by, data: actions.remove_follower(case, data["person"], by=by),
        "add_follower",
        "hidden",
    ),
    ConsoleAction(
        "settlement",
        "Settle the question",
        "Settle the question",
        "The question is settled; it is our turn.",
        forms.SettlementForm,
        lambda case, by, data: actions.settle_question(
            case, by=by, how=data["how"], text=data["text"]
        ),
        "settle_question",
        help="§13: any answer of the contact ends the wait, however it came.",
    ),
    ConsoleAction(
        "hold",
        "Put on hold",
        "Put on hold",
        "The contact's time is paused until then; they are notified.",
        case_forms.HoldForm,
        _put_on_hold,
        "put_on_hold",
        help="§13: the contact's time is paused and a closing notice is withdrawn. Care's "
        "service targets do not change.",
    ),
    ConsoleAction(
        "hold-end",
        "End the hold",
        "End the hold",
        "The contact's time continues; they are notified.",
        EmptyForm,
        lambda case, by, data: actions.end_hold(case, by=by),
        "end_hold",
    ),
    ConsoleAction(
        "inadequacy",
        "Rule the reply inadequate",
        "Rule inadequate",
        "The contact is notified; their time continues.",
        forms.ContactFacingReasonForm,
        lambda case, by, data: actions.rule_inadequate(case, by=by, text=data["text"]),
        "rule_inadequate",
    ),
    ConsoleAction(
        "restoration",
        "Mark service restored",
        "Mark service restored",
        "Service is marked as restored.",
        forms.RestorationForm,
        lambda case, by, data: actions.restore(case, by=by, text=data["text"]),
        "restore",
    ),
    ConsoleAction(
        "resolution",
        "Propose a resolution",
        "Propose resolution",
        "The resolution is proposed.",
        forms.ResolutionForm,
        _propose,
        "propose_resolution",
        reads_first=True,
    ),
    ConsoleAction(
        "initial-rca",
        "Send the initial root cause analysis",
        "Send to the contact",
        "The initial analysis was sent.",
        forms.InitialRcaForm,
        _send_initial,
        INITIAL_RCA,
    ),
    ConsoleAction(
        "escalation",
        "Escalate for investigation",
        "Escalate",
        "The case is escalated.",
        forms.EscalationForm,
        lambda case, by, data: actions.escalate(case, by=by, text=data["text"], team=data["team"]),
        "escalate",
        help="§10: the case goes to the team's queue. The contact is notified; clocks continue.",
    ),
    ConsoleAction(
        "findings",
        "Hand back with findings",
        "Hand back",
        "The case is handed back.",
        forms.FindingsForm,
        lambda case, by, data: actions.hand_back(case, by=by, text=data["text"]),
        "hand_back",
    ),
    ConsoleAction(
        "escalation-answer",
        "Answer the escalation request",
        "Answer the request",
        "The request is answered.",
        forms.EscalationAnswerForm,
        lambda case, by, data: actions.answer_escalation_request(
            case, by=by, text=data["text"], granted=data["granted"]
        ),
        "answer_escalation_request",
    ),
    ConsoleAction(
        "severity",
        "Set the severity",
        "Set severity",
        "The severity is set.",
        case_forms.SeverityForm,
        _set_severity,
        "set_severity",
        preview=_severity_preview,
        beside="console/_severity_preview.html",
    ),
    ConsoleAction(
        "severity-upholding",
        "Uphold the contested severity",
        "Uphold severity",
        "The severity is upheld; the contact is notified.",
        forms.ContactFacingReasonForm,
        lambda case, by, data: actions.uphold_severity(case, by=by, text=data["text"]),
        "uphold_severity",
    ),
    ConsoleAction(
        "file",
        "Attach a file",
        "Attach",
        "The file is attached.",
        forms.FileForm,
        lambda case, by, data: actions.attach(
            case, by=by, upload=data["file"], facing=data["facing"]
        ),
        "attach",
    ),
    ConsoleAction(
        "merge",
        "Merge into another case",
        "Merge",
        "The duplicate is closed; its conversation and files are linked from here.",
        case_forms.MergeForm,
        _merge,
        "merge",
        preview=_merge_preview,
        beside="console/_merge_preview.html",
        help=(
            "§5: this case closes as a duplicate, and the older case continues. None of its "
            "clocks is shortened."
        ),
    ),
    ConsoleAction(
        "link",
        "Links, parent and children",
        "Link",
        "The cases are linked.",
        case_forms.LinkForm,
        _link,
        "link",
        beside="console/_links.html",
    ),
    ConsoleAction(
        "unlink",
        "Remove a link",
        "Remove the link",
        "The link is removed.",
        case_forms.UnlinkForm,
        _unlink,
        "link",
        "hidden",
    ),
    ConsoleAction(
        "split",
        "Split into a new case",
        "Open the new case",
        "",
        case_forms.SplitForm,
        _split,
        "split",
        "hidden",
        beside="console/_split.html",
        help=(
            "§5: one issue per case. The message stays here; the new case is linked, and its "
            "contact is notified."
        ),
    ),
    ConsoleAction(
        "closure",
        "Close with a reason",
        "Close the case",
        "The case is closed.",
        forms.ClosingForm,
        lambda case, by, data: actions.close(case, by=by, reason=data["reason"], text=data["text"]),
        "close",
        button_class="btn-danger",
        reads_first=True,
        beside="console/_open_children.html",
    ),
    ConsoleAction(
        "reopening",
        "Reopen",
        "Reopen the case",
        "The case is open again.",
        forms.ReopeningForm,
        lambda case, by, data: actions.reopen(case, by=by, text=data["text"]),
        "reopen",
    ),
)
BY_NOUN = {action.noun: action for action in ACTIONS}
