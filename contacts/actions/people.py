"""Details, access and the roster of an organisation's people (§1, §6)."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from contacts import people_log
from contacts.actions.base import require_not_erased, require_text
from contacts.models import DesignatedContact, PeopleEvent, PeopleEventType, Role, RosterEntry, User
from contacts.permissions import is_designated_contact, may_manage_people, require_manager_of_people
from core.errors import Refused

TURNS_MAX = 20


def _locked(user: User) -> User:
    person = (
        User.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=user.pk)
    )
    if person.organisation is None:
        raise Refused("This person does not belong to a customer.")
    require_not_erased(person)
    return person


@transaction.atomic
def end_access(user: User, *, by: User, reason: str) -> PeopleEvent:
    """Close a person's account: they cannot sign in, and what they wrote remains.

    Refused for an active contact, whose designation is revoked first.
    """
    user = _locked(user)
    assert user.organisation is not None
    require_manager_of_people(by, user.organisation)
    if by.pk == user.pk:
        raise Refused("You cannot end your own access.")
    if not user.is_active:
        raise Refused("The access of {name} has ended already.", name=user.name)
    if is_designated_contact(user):
        raise Refused(
            "{name} is an active Designated Contact: revoke the designation first.", name=user.name
        )
    user.is_active = False
    user.save(update_fields=["is_active"])
    reason = require_text(reason, "why the access ends", 300)
    return people_log.record(
        user.organisation.pk, PeopleEventType.ACCESS_ENDED, by=by, about=user, reason=reason
    )


@transaction.atomic
def restore_access(user: User, *, by: User, reason: str) -> PeopleEvent:
    """Reopen a closed account. A designation returns only by its own actions.

    Only Care restores what Care ended.
    """
    user = _locked(user)
    assert user.organisation is not None
    require_manager_of_people(by, user.organisation)
    if user.is_active:
        raise Refused("{name} has access already.", name=user.name)
    ended = (
        PeopleEvent.objects.filter(about=user, verb=PeopleEventType.ACCESS_ENDED)
        .select_related("by")
        .order_by("-seq")
    )
    if not by.is_care and any(event.by.is_care for event in ended[:1]):
        raise Refused("Care ended the access of {name}, and only Care restores it.", name=user.name)
    user.is_active = True
    user.save(update_fields=["is_active"])
    reason = require_text(reason, "why the access is restored", 300)
    return people_log.record(
        user.organisation.pk, PeopleEventType.ACCESS_RESTORED, by=by, about=user, reason=reason
    )


@transaction.atomic
def change_details(user: User, *, by: User, **details: str) -> PeopleEvent | None:
    """Change name, work phone, time zone or language, by the person or by a manager of the
    organisation's people.

    Raises ValidationError for an invalid value, such as an unknown time zone. None where nothing
    differs.
    """
    user = _locked(user)
    assert user.organisation is not None
    if by.pk != user.pk and not may_manage_people(by, user.organisation):
        raise Refused("Only the person themself, their primary contact or Care changes this.")
    unknown = set(details) - {"name", "work_phone", "zone", "language"}
    if unknown:
        raise Refused(f"This cannot be changed here: {', '.join(sorted(unknown))}.")
    before = {name: getattr(user, name) for name in details if getattr(user, name) != details[name]}
    if not before:
        return None
    for name in before:
        setattr(user, name, details[name])
    user.full_clean()
    user.save(update_fields=list(before))
    after = {name: details[name] for name in before}
    return people_log.record(
        user.organisation.pk, PeopleEventType.CHANGED, by=by, about=user, before=before, after=after
    )


@transaction.atomic
def add_to_roster(
    user: User,
    *,
    by: User,
    weekdays: list[int],
    starts: str,
    ends: str,
    phone: str,
    zone: str = "",
    until_on: date | None = None,
) -> RosterEntry:
    """Save when and on which number a contact can be reached for Critical cases, in their own time
    zone (§6).

    Raises ValidationError for an invalid time, weekday or time zone.
    """
    user = _locked(user)
    assert user.organisation is not None
    _require_roster_right(user, by)
    if not DesignatedContact.objects.filter(user=user).exists():
        raise Refused("Only Designated Contacts are on the roster: Care works with them.")
    if RosterEntry.objects.filter(user=user).count() >= TURNS_MAX:
        raise Refused("At most {count} shifts per person.", count=TURNS_MAX)
    if not weekdays or not set(weekdays) <= set(range(7)):
        raise ValidationError({"weekdays": gettext("Choose at least one weekday.")})
    if starts == ends:
        raise ValidationError(
            {
                "ends": gettext(
                    "A shift cannot end when it starts. For a whole day write 00:00 to 24:00."
                )
            }
        )
    entry = RosterEntry(
        organisation=user.organisation,
        user=user,
        weekdays=sorted(set(weekdays)),
        starts=starts,
        ends=ends,
        zone=zone or user.zone,
        phone=require_text(phone, "the number that is answered", 40),
        until_on=until_on,
    )
    entry.full_clean(exclude=["organisation", "user"])
    entry.save()
    _roster_changed(entry, by, "added")
    return entry


@transaction.atomic
def remove_from_roster(entry: RosterEntry, *, by: User) -> None:
    """Remove a shift from the roster."""
    entry = RosterEntry.objects.select_related("user__organisation").get(pk=entry.pk)
    _require_roster_right(entry.user, by)
    _roster_changed(entry, by, "removed")
    entry.delete()


def _require_roster_right(user: User, by: User) -> None:
    assert user.organisation is not None
    own = by.pk == user.pk and user.role == Role.CONTACT and is_designated_contact(by)
    if not own and not may_manage_people(by, user.organisation):
        raise Refused(
            "You can change your own shifts. The primary contact and Care can change everyone's."
        )


def _roster_changed(entry: RosterEntry, by: User, what: str) -> None:
    people_log.record(
        entry.organisation_id,
        PeopleEventType.ROSTER_CHANGED,
        by=by,
        about=entry.user,
        what=what,
        weekdays=entry.weekdays,
        starts=entry.starts,
        ends=entry.ends,
        zone=entry.zone,
    )
