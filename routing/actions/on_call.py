"""Rotas for Critical cases outside working hours; each change is recorded with before and after
(§6, §10, §14).
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from contacts import emails
from contacts.admin_log import record_change
from contacts.email_texts import EmailKind
from contacts.models import Role, Team, User
from contacts.permissions import require_manager
from core import current_time, outgoing_http
from core.errors import Refused
from routing import on_call
from routing.models import OnCallOverride, OnCallPlace, OnCallRota, OnCallShift

MOST_PEOPLE = 12
KIND = "rota"


@transaction.atomic
def save_rota(
    rota: OnCallRota | None,
    *,
    by: User,
    name: str,
    zone: str,
    begins_on: date,
    hands_over: str,
    minutes: int,
    people: Sequence[User],
    team: Team | None = None,
    manager: User | None = None,
    webhook: str = "",
    is_active: bool = True,
    swaps_need_manager: bool = False,
) -> OnCallRota:
    """Create or change a rota: who is on call in which order, from when, and the time to
    acknowledge.

    One active rota serves a team, and one serves all teams without their own. The manager is
    alerted after the last person. `swaps_need_manager` says that a manager confirms the swaps that
    its people arrange.
    """
    require_manager(by)
    held = (
        OnCallRota.objects.select_for_update(no_key=True).get(pk=rota.pk)
        if rota is not None
        else OnCallRota()
    )
    before = _snapshot(held) if rota is not None else None
    _check_people(people, manager)
    if webhook:
        _check_webhook(webhook)
    other = OnCallRota.objects.filter(team=team, is_active=True).exclude(pk=held.pk).first()
    if is_active and other is not None:
        raise Refused(
            f"“{other.name}” serves {team or 'all teams'} already. Take it out of use first."
        )
    held.name, held.zone, held.begins_on, held.hands_over = (
        name.strip(),
        zone,
        begins_on,
        hands_over,
    )
    held.minutes, held.team, held.manager, held.webhook = minutes, team, manager, webhook
    held.is_active, held.swaps_need_manager = is_active, swaps_need_manager
    held.full_clean()
    held.save()
    if list(held.places.values_list("person_id", flat=True)) != [person.pk for person in people]:
        held.places.all().delete()
        OnCallPlace.objects.bulk_create(
            OnCallPlace(rota=held, person=person, position=position)
            for position, person in enumerate(people, start=1)
        )
    record_change(
        by=by, kind=KIND, key=held.pk, name=held.name, before=before, after=_snapshot(held)
    )
    return held


def _check_webhook(url: str) -> None:
    try:
        outgoing_http.check_url(url)
    except outgoing_http.AddressRefusedError as error:
        raise Refused(f"This webhook cannot be called. {error}")


def _check_people(people: Sequence[User], manager: User | None) -> None:
    if not people:
        raise Refused("A rota needs at least one person.")
    if len(people) > MOST_PEOPLE:
        raise Refused(f"A rota has at most {MOST_PEOPLE} people.")
    if len({person.pk for person in people}) < len(people):
        raise Refused("Each person stands in a rota once.")
    for person in [*people, *([manager] if manager else [])]:
        _require_care(person)
    if manager is not None and manager.role not in (Role.MANAGER, Role.ADMINISTRATOR):
        raise Refused(f"{manager.name} is no manager.")


def _require_care(person: User) -> None:
    if not (person.is_care and person.is_active):
        raise Refused(f"{person.name} is not one of Care's active people.")


@transaction.atomic
def add_shift(
    rota: OnCallRota,
    *,
    by: User,
    weekdays: Sequence[int],
    starts: str,
    ends: str,
    person: User | None = None,
) -> OnCallShift:
    """Cover these hours; an end before the start is on the next morning.

    With a person, they are always on call in these hours.
    """
    require_manager(by)
    held = _held(rota)
    if not weekdays or not set(weekdays) <= set(range(7)):
        raise Refused("Choose at least one weekday.")
    if starts == ends or starts == "24:00":
        raise Refused("A whole day is from 00:00 to 24:00.")
    if person is not None:
        _require_care(person)
    before = _snapshot(held)
    shift = OnCallShift(
        rota=held, person=person, weekdays=sorted(set(weekdays)), starts=starts, ends=ends
    )
    shift.full_clean()
    shift.save()
    record_change(
        by=by, kind=KIND, key=held.pk, name=held.name, before=before, after=_snapshot(held)
    )
    return shift


@transaction.atomic
def remove_shift(shift: OnCallShift, *, by: User) -> None:
    """Stop covering these hours."""
    require_manager(by)
    held = _held(shift.rota)
    before = _snapshot(held)
    OnCallShift.objects.filter(pk=shift.pk).delete()
    record_change(
        by=by, kind=KIND, key=held.pk, name=held.name, before=before, after=_snapshot(held)
    )


@transaction.atomic
def add_swap(
    rota: OnCallRota,
    *,
    by: User,
    person: User,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
) -> OnCallOverride:
    """Put a person on call for a period, regardless of the rotation.

    They are emailed, and so is the person who would have been on call as it begins.
    """
    require_manager(by)
    held, now = _held(rota), current_time.now()
    _require_care(person)
    if ends_at <= starts_at:
        raise Refused("A swap ends after it begins.")
    if ends_at <= now:
        raise Refused("That is over already.")
    relieved = _on_call_as_it_begins(held, starts_at, now)
    swap = OnCallOverride.objects.create(
        rota=held, person=person, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()[:200]
    )
    record_change(by=by, kind="swap", key=swap.pk, name=held.name, after=_swap_snapshot(swap))
    _email_swap(EmailKind.SWAP_SET, held, swap, {person, relieved}, by=by)
    return swap


@transaction.atomic
def remove_swap(swap: OnCallOverride, *, by: User) -> None:
    """Withdraw a swap. Who had the night by it and who gave it away are emailed, unless it is over.

    Idempotent.
    """
    require_manager(by)
    held, now = _held(swap.rota), current_time.now()
    rows = OnCallOverride.objects.select_related("person", "instead_of")
    row = rows.filter(pk=swap.pk).first()
    if row is None:
        return
    record_change(by=by, kind="swap", key=row.pk, name=held.name, before=_swap_snapshot(row))
    OnCallOverride.objects.filter(pk=row.pk).delete()
    if row.ends_at > now:
        _email_undone(held, row, by=by, now=now)


def _email_undone(rota: OnCallRota, swap: OnCallOverride, *, by: User, now: datetime) -> None:
    """Email both people of a swap that is undone, and who is on call now if that is neither."""
    holder = _on_call_as_it_begins(rota, swap.starts_at, now)
    kind = EmailKind.SWAP_UNDONE if holder else EmailKind.SWAP_UNDONE_IN_GAP
    affected = {swap.person, swap.instead_of, holder}
    _email_swap(kind, rota, swap, affected, by=by, holder=holder.name if holder else "")


def _on_call_as_it_begins(rota: OnCallRota, starts_at: datetime, now: datetime) -> User | None:
    return on_call.read([rota], now)[0].first(max(starts_at, now))


def _email_swap(
    kind: EmailKind,
    rota: OnCallRota,
    swap: OnCallOverride,
    people: Collection[User | None],
    *,
    by: User,
    holder: str = "",
) -> None:
    """Email these people about a swap. The person who did it needs none."""
    for person in people:
        if person is None or person == by or not person.is_active:
            continue
        emails.write(
            kind,
            organisation_id=None,
            recipient=person,
            key=f"{kind}:{swap.pk}:{person.pk}",
            by=by.name,
            person=swap.person.name,
            rota=rota.name,
            start=swap.starts_at,
            end=swap.ends_at,
            link=f"{settings.BASE_URL}/console/on-call/",
            holder=holder,
        )


@transaction.atomic
def renew_webhook_secret(rota: OnCallRota, *, by: User) -> str:
    """Create a new secret for the rota's webhook; the old one becomes invalid.

    Shown now, and to managers later.
    """
    require_manager(by)
    held = _held(rota)
    held.webhook_nonce = secrets.token_hex()
    held.save(update_fields=["webhook_nonce"])
    record_change(by=by, kind=KIND, key=held.pk, name=held.name, verb="renewed the secret of")
    return held.webhook_secret


def _held(rota: OnCallRota) -> OnCallRota:
    return OnCallRota.objects.select_for_update(no_key=True).get(pk=rota.pk)


def _snapshot(rota: OnCallRota) -> dict[str, Any]:
    names = rota.places.order_by("position").values_list("person__name", flat=True)
    return {
        "name": rota.name,
        "team": rota.team.name if rota.team else "all",
        "zone": rota.zone,
        "begins_on": rota.begins_on,
        "hands_over": rota.hands_over,
        "minutes": rota.minutes,
        "people": list(names),
        "manager": rota.manager.name if rota.manager else "",
        "webhook": rota.webhook,
        "in use": rota.is_active,
        "swaps need a manager": rota.swaps_need_manager,
        "shifts": [_shift_text(shift) for shift in rota.shifts.select_related("person")],
    }


def _shift_text(shift: OnCallShift) -> str:
    days = ", ".join(
        ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day] for day in shift.weekdays
    )
    return f"{days} {shift.starts}–{shift.ends}" + (
        f" ({shift.person.name})" if shift.person else ""
    )


def _swap_snapshot(swap: OnCallOverride) -> dict[str, Any]:
    return {
        "person": swap.person.name,
        "starts_at": swap.starts_at,
        "ends_at": swap.ends_at,
        "reason": swap.reason,
    } | ({"instead_of": swap.instead_of.name} if swap.instead_of else {})
