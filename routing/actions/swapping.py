"""Swaps of on-call nights: one person asks, a colleague of the rota accepts (§10).

Nobody else has to agree, unless the rota says that a manager confirms swaps. A night that has begun
is not swapped.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from contacts import emails
from contacts.admin_log import record_change
from contacts.email_texts import EmailKind
from contacts.models import User
from contacts.permissions import require_manager
from core import current_time
from core.errors import Refused
from routing import on_call
from routing.models import OnCallOverride, OnCallRota, SwapRequest, SwapState
from routing.on_call import Rota

Period = tuple[datetime, datetime]
MOST_OPEN = 50  # requests of one person that wait for an answer


def refusal_to_swap(rota: Rota, request: SwapRequest, *, at: datetime) -> Refused | None:
    """Why the nights of a request cannot be swapped at that instant, or None."""
    asker, colleague = request.asked_by, request.colleague
    if not rota.row.is_active:
        return Refused("This rota is not in use.")
    if colleague.pk == asker.pk:
        return Refused("Choose a colleague.")
    if colleague.pk not in {person.pk for person in on_call.members(rota)}:
        return Refused(f"{colleague.name} is not on this rota.")
    if not (colleague.is_care and colleague.is_active and asker.is_care and asker.is_active):
        return Refused("Both must be active people of Care.")
    if request.first_start <= at:
        return Refused("A night that has begun cannot be swapped.")
    periods: list[tuple[User, User, datetime, datetime]] = [
        (asker, colleague, request.starts_at, request.ends_at)
    ]
    if request.return_starts_at and request.return_ends_at:
        periods.append((colleague, asker, request.return_starts_at, request.return_ends_at))
    for holder, taker, start, end in periods:
        if not rota.has_throughout(holder, start, end):
            return Refused(f"{holder.name} is not on call then any more.")
        if on_call.is_away(taker, start):
            return Refused(f"{taker.name} is away then.")
    return None


@transaction.atomic
def ask_swap(
    rota: OnCallRota,
    *,
    by: User,
    colleague: User,
    night: Period,
    in_return: Period | None = None,
    note: str = "",
) -> SwapRequest:
    """Ask a colleague to take a night, and offer to take one of theirs. They are emailed.

    Idempotent: the same request for the same night is one request.
    """
    held, now = _locked(rota), current_time.now()
    waiting = SwapRequest.objects.filter(asked_by=by, state=SwapState.OPEN, starts_at__gt=now)
    same = waiting.filter(rota=held, colleague=colleague, starts_at=night[0]).first()
    start, end = in_return or (None, None)
    if same is not None and (same.return_starts_at, same.return_ends_at) == (start, end):
        return same
    if same is not None:
        raise Refused(f"{colleague.name} has a request for this night. Withdraw that first.")
    if waiting.count() >= MOST_OPEN:
        raise Refused(f"At most {MOST_OPEN} of your requests can wait for an answer.")
    request = SwapRequest(
        rota=held,
        asked_by=by,
        colleague=colleague,
        starts_at=night[0],
        ends_at=night[1],
        return_starts_at=start,
        return_ends_at=end,
        note=note.strip()[:200],
        asked_at=now,
    )
    _require_possible(held, request, now)
    SwapRequest.objects.filter(
        rota=held, asked_by=by, colleague=colleague, starts_at__lte=now, state=SwapState.OPEN
    ).update(state=SwapState.WITHDRAWN, ended_at=now)
    request.save()
    _email(request, EmailKind.SWAP_ASKED, colleague)
    return request


@transaction.atomic
def accept_swap(request: SwapRequest, *, by: User) -> SwapRequest:
    """Take the night: the colleague is on call then. Where a manager confirms swaps, after that.

    Both are emailed. Idempotent. Other requests for the same night are withdrawn.
    """
    held = _locked(request.rota)
    request = _held(request)
    if by.pk != request.colleague_id:
        raise Refused("Only the colleague who was asked can accept.")
    if request.state in (SwapState.ACCEPTED, SwapState.ARRANGED):
        return request
    _require_open(request)
    now = current_time.now()
    _require_possible(held, request, now)
    if not held.swaps_need_manager:
        return _arrange(request, by=by, now=now)
    request.state = SwapState.ACCEPTED
    request.save(update_fields=["state"])
    _email(request, EmailKind.SWAP_ACCEPTED, request.asked_by)
    for manager in [held.manager] if held.manager else emails.managers():
        _email(request, EmailKind.SWAP_TO_CONFIRM, manager)
    return request


@transaction.atomic
def confirm_swap(request: SwapRequest, *, by: User) -> SwapRequest:
    """Agree to an accepted swap, as a manager. Idempotent."""
    require_manager(by)
    held = _locked(request.rota)
    request = _held(request)
    if request.state == SwapState.ARRANGED:
        return request
    if request.state != SwapState.ACCEPTED:
        raise Refused(f"This request is not waiting for a manager: {request.get_state_display()}.")
    now = current_time.now()
    _require_possible(held, request, now)
    request.confirmed_by = by
    return _arrange(request, by=by, now=now)


@transaction.atomic
def decline_swap(request: SwapRequest, *, by: User) -> SwapRequest:
    """Say no: as the colleague who was asked, or as a manager who does not confirm. Idempotent."""
    _locked(request.rota)
    request = _held(request)
    is_confirming = request.state == SwapState.ACCEPTED and by.is_manager
    if by.pk != request.colleague_id and not is_confirming:
        raise Refused("Only the colleague who was asked can decline.")
    if request.state == SwapState.DECLINED:
        return request
    if not request.is_waiting:
        raise Refused(f"This request has ended: {request.get_state_display()}.")
    _end(request, SwapState.DECLINED)
    _email(request, EmailKind.SWAP_DECLINED, request.asked_by)
    if by.pk != request.colleague_id:
        _email(request, EmailKind.SWAP_DECLINED, request.colleague)
    return request


@transaction.atomic
def withdraw_swap(request: SwapRequest, *, by: User) -> SwapRequest:
    """Take back one's own request. Idempotent."""
    _locked(request.rota)
    request = _held(request)
    if by.pk != request.asked_by_id:
        raise Refused("Only who asked can withdraw a request.")
    if request.state == SwapState.WITHDRAWN:
        return request
    if not request.is_waiting:
        raise Refused(f"This request has ended: {request.get_state_display()}.")
    _end(request, SwapState.WITHDRAWN)
    _email(request, EmailKind.SWAP_WITHDRAWN, request.colleague)
    return request


def _arrange(request: SwapRequest, *, by: User, now: datetime) -> SwapRequest:
    """Change the plan, withdraw what is no longer possible, and email both."""
    _override(request, request.colleague, request.asked_by, by=by)
    if request.return_starts_at is not None:
        _override(request, request.asked_by, request.colleague, by=by, is_return=True)
    request.state, request.ended_at = SwapState.ARRANGED, now
    request.save(update_fields=["state", "ended_at", "confirmed_by"])
    others = SwapRequest.objects.filter(
        rota=request.rota_id,
        asked_by=request.asked_by,
        starts_at__lt=request.ends_at,
        ends_at__gt=request.starts_at,
        state__in=[SwapState.OPEN, SwapState.ACCEPTED],
    )
    for other in others.select_related("rota", "asked_by", "colleague"):
        _end(other, SwapState.WITHDRAWN)
        _email(other, EmailKind.SWAP_WITHDRAWN, other.colleague)
    for person in (request.asked_by, request.colleague):
        _email(request, EmailKind.SWAP_ARRANGED, person)
    return request


def _override(
    request: SwapRequest, person: User, instead_of: User, *, by: User, is_return: bool = False
) -> None:
    start = request.return_starts_at if is_return else request.starts_at
    end = request.return_ends_at if is_return else request.ends_at
    assert start is not None
    assert end is not None
    row = OnCallOverride.objects.create(
        rota_id=request.rota_id,
        person=person,
        instead_of=instead_of,
        starts_at=start,
        ends_at=end,
        reason=request.note,
    )
    after = {
        "person": person.name,
        "instead_of": instead_of.name,
        "starts_at": start,
        "ends_at": end,
        "reason": row.reason,
        "asked_by": request.asked_by.name,
        "accepted_by": request.colleague.name,
    }
    record_change(by=by, kind="swap", key=row.pk, name=request.rota.name, after=after)


def _end(request: SwapRequest, state: SwapState) -> None:
    request.state, request.ended_at = state, current_time.now()
    request.save(update_fields=["state", "ended_at"])


def _locked(rota: OnCallRota) -> OnCallRota:
    """The rota, locked: requests and answers of one rota come one after the other."""
    return OnCallRota.objects.select_for_update(no_key=True).get(pk=rota.pk)


def _held(request: SwapRequest) -> SwapRequest:
    rows = SwapRequest.objects.select_related("rota__manager", "asked_by", "colleague")
    return rows.get(pk=request.pk)


def _require_open(request: SwapRequest) -> None:
    if request.state != SwapState.OPEN:
        raise Refused(f"This request has ended: {request.get_state_display()}.")


def _require_possible(rota: OnCallRota, request: SwapRequest, now: datetime) -> None:
    refusal = refusal_to_swap(on_call.read([rota], now)[0], request, at=now)
    if refusal is not None:
        raise refusal


def _email(request: SwapRequest, kind: EmailKind, recipient: User) -> None:
    values: dict[str, Any] = {
        "asker": request.asked_by.name,
        "colleague": request.colleague.name,
        "rota": request.rota.name,
        "start": request.starts_at,
        "end": request.ends_at,
        "note": f"\n\n{request.note}" if request.note else "",
        "link": f"{settings.BASE_URL}/console/on-call/nights/",
    }
    if request.return_starts_at is not None and kind in IN_RETURN:
        kind = IN_RETURN[kind]
        values |= {
            "return_start": request.return_starts_at,
            "return_end": request.return_ends_at,
        }
    emails.write(
        kind,
        organisation_id=None,
        recipient=recipient,
        key=f"{kind}:{request.pk}:{recipient.pk}",
        **values,
    )


IN_RETURN = {
    EmailKind.SWAP_ASKED: EmailKind.SWAP_ASKED_IN_RETURN,
    EmailKind.SWAP_TO_CONFIRM: EmailKind.SWAP_TO_CONFIRM_IN_RETURN,
    EmailKind.SWAP_ARRANGED: EmailKind.SWAP_ARRANGED_IN_RETURN,
}
