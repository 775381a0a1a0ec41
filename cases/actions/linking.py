"""Links between cases: related cases, parents and children, and removing a link."""

from django.db import transaction

from cases import event_log, events
from cases.actions.context import ActionContext, Refusal, require
from cases.choices import CaseKind, ClosingReason
from cases.models import Case, CaseEvent, CaseLink, LinkKind
from contacts.models import User
from core.errors import Refused


def refusal_to_link(context: ActionContext) -> Refusal | None:
    return context.not_care()


@transaction.atomic
def link(case: Case, *, by: User, other: Case, kind: LinkKind) -> CaseEvent:
    """Link a case to another of the same organisation.

    A child has one parent and no children of its own, so that a parent shows everything. No clock
    changes.
    """
    case, other = both(case, other, by=by)
    if kind == LinkKind.SPLIT_FROM:
        raise Refused("Only splitting an update makes that link.")
    if kind == LinkKind.CHILD_OF:
        _require_room_for_a_parent(case, other)
    _, is_new = CaseLink.objects.get_or_create(
        organisation_id=case.organisation_id, case=case, other=other, kind=kind
    )
    if not is_new:
        raise Refused(f"{case.code} already {LinkKind(kind).label} {other.code}.")
    return event_log.record(case, events.Linked(other=other.code, kind=kind), by=by)


@transaction.atomic
def unlink(case: Case, *, by: User, other: Case, kind: LinkKind) -> CaseEvent:
    """Remove a link between cases.

    Links of a merge, a split or a follow-up remain.
    """
    case, other = both(case, other, by=by)
    is_ours = kind in (LinkKind.SPLIT_FROM, LinkKind.CONTINUES) or (
        kind == LinkKind.FOLLOWS_UP and case.kind != CaseKind.PROBLEM
    )
    if is_ours or (kind == LinkKind.DUPLICATES and case.closing_reason == ClosingReason.DUPLICATE):
        raise Refused(f"How {case.code} came about or ended is a fact: that link stays.")
    gone, _ = CaseLink.objects.filter(
        organisation_id=case.organisation_id, case=case, other=other, kind=kind
    ).delete()
    if not gone:
        raise Refused(f"{case.code} and {other.code} are not linked like that.")
    return event_log.record(case, events.Unlinked(other=other.code, kind=kind), by=by)


def both(case: Case, other: Case, *, by: User) -> tuple[Case, Case]:
    """Two cases of one organisation, both locked, the older row first to avoid deadlocks."""
    if other.pk == case.pk:
        raise Refused("That is the same case. Choose another one.")
    held = {pk: Case.objects.locked(pk) for pk in sorted((case.pk, other.pk))}
    case, other = held[case.pk], held[other.pk]
    require(refusal_to_link(ActionContext(case, by)))
    if other.organisation_id != case.organisation_id:
        raise Refused("Cases of two organisations cannot be linked.")
    return case, other


def open_children(case: Case) -> list[Case]:
    """The open children of a case."""
    links = CaseLink.objects.filter(
        organisation_id=case.organisation_id, other=case, kind=LinkKind.CHILD_OF
    )
    children = (link.case for link in links.select_related("case").order_by("case__number"))
    return [child for child in children if child.is_open]


def left_open(case: Case) -> list[str] | None:
    """The children that a parent leaves open when it closes, so that its event names them."""
    return [child.code for child in open_children(case)] or None


def _require_room_for_a_parent(child: Case, parent: Case) -> None:
    children = CaseLink.objects.filter(
        organisation_id=child.organisation_id, kind=LinkKind.CHILD_OF
    )
    above = children.filter(case=child).exclude(other=parent).select_related("other").first()
    if above is not None:
        raise Refused(
            f"{child.code} is a child of {above.other.code} already: a case has one parent."
        )
    if children.filter(case=parent).exists():
        raise Refused(f"{parent.code} is a child itself: choose its parent instead.")
    if children.filter(other=child).exists():
        raise Refused(f"{child.code} has children of its own, so it cannot become a child.")
