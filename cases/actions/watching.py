"""Following a case: it grants no right, changes no clock and changes no turn.

It is no event of the case: the event log records work on the case, not its readers.
"""

from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from cases.actions.context import ActionContext, Refusal, require
from cases.models import Case, Notification, Watch
from cases.notifications import outgoing
from contacts.models import Role, User
from contacts.models.designations import READING
from contacts.models.people import CARE_ROLES
from contacts.notification_preferences import NotificationKind
from core import current_time
from core.errors import Refused


def may_watch(by: User, case: Case) -> bool:
    """Everybody who may read a case may watch it: its organisation's people, including read-only
    ones, and Care.
    """
    return by.reads_cases and (by.is_care or by.organisation_id == case.organisation_id)


@transaction.atomic
def watch(case: Case, *, by: User) -> Watch:
    """Get notifications about a case from now on. Idempotent."""
    if not may_watch(by, case):
        raise Refused("Only people of its organisation, and Care, can follow a case.")
    row, _is_new = follow(case, by)
    return row


def unwatch(case: Case, *, by: User) -> None:
    """Get no more notifications about a case, unless it is one's own."""
    _watches(case).filter(watcher=by).delete()


def refusal_to_add_follower(context: ActionContext) -> Refusal | None:
    """A Designated Contact adds and removes colleagues, Care adds and removes everybody."""
    if context.neither():
        return Refused(
            "Only an active Designated Contact of this organisation, or Care, can change who "
            "follows a case."
        )
    return None


def possible_followers(case: Case, by: User) -> QuerySet[User]:
    """Who can be added by this person: who may read the case and does not follow it yet.

    The contact of the case is notified anyway. Contacts follow a case by a button of its own.
    """
    return (
        _in_reach(case, by)
        .exclude(pk__in=_watches(case).values("watcher"))
        .exclude(pk__in=[case.contact_id] if by.is_care else [case.contact_id, by.pk])
        .order_by("name", "pk")
    )


@transaction.atomic
def add_follower(case: Case, person: User | str, *, by: User) -> Watch:
    """Let somebody else follow a case: a colleague who may read it, or, by Care, a colleague of
    Care. `person` is the person, or their email address.

    They are notified of who added them, and can stop following at any time. Idempotent: a person
    who follows already is not notified again.
    """
    require(refusal_to_add_follower(ActionContext(case, by)))
    follower = _person(case, person, by)
    if follower.pk == case.contact_id:
        raise Refused(
            "{name} is the contact of this case and is notified of every update already.",
            name=follower.name,
        )
    row, is_new = follow(case, follower, added_by=by)
    if is_new and follower.pk != by.pk:
        keys = outgoing.put([_notice(row, case, follower, by)])
        transaction.on_commit(partial(outgoing.send_soon, keys))
    return row


@transaction.atomic
def remove_follower(case: Case, person: User | str, *, by: User) -> None:
    """Let somebody follow a case no longer. Idempotent. A contact removes colleagues only."""
    require(refusal_to_add_follower(ActionContext(case, by)))
    rows = _watches(case)
    if not by.is_care:
        rows = rows.filter(watcher__organisation_id=case.organisation_id)
    if isinstance(person, str):
        rows.filter(watcher__email=person.strip().lower()).delete()
    else:
        rows.filter(watcher=person).delete()


def _watches(case: Case) -> QuerySet[Watch]:
    return Watch.objects.filter(organisation_id=case.organisation_id, case=case)


def follow(case: Case, person: User, *, added_by: User | None = None) -> tuple[Watch, bool]:
    """The row of a follower, and whether it is new."""
    return Watch.objects.get_or_create(
        organisation_id=case.organisation_id,
        case=case,
        watcher=person,
        defaults={
            "since": current_time.now(),
            "added_by": None if added_by is None or added_by.pk == person.pk else added_by,
        },
    )


def reads_for_organisation(case: Case) -> Q:
    """The organisation's people who may read the case, apart from whether they are active."""
    return Q(organisation_id=case.organisation_id) & (
        ~Q(role=Role.CONTACT) | Q(designation__state__in=READING)
    )


def _in_reach(case: Case, by: User) -> QuerySet[User]:
    """The people whom this person may add."""
    colleagues = reads_for_organisation(case)
    whom = colleagues | Q(role__in=CARE_ROLES) if by.is_care else colleagues
    return User.objects.filter(whom, is_active=True)


def _person(case: Case, wanted: User | str, by: User) -> User:
    people = _in_reach(case, by)
    if isinstance(wanted, str):
        person = people.filter(email=wanted.strip().lower()).first()
    else:
        person = people.filter(pk=wanted.pk).first()
    if person is None:
        raise Refused("Choose somebody who may read this case.")
    return person


def _notice(row: Watch, case: Case, follower: User, by: User) -> Notification:
    with translation.override(follower.language):
        subject = _("{by} added you as a follower of {code}").format(by=by.name, code=case.code)
        text = _("You are notified of every update on this case from now on.")
    return outgoing.compose(
        case,
        follower,
        key=f"follower:{row.pk}",
        subject=subject,
        text=text,
        now=row.since,
        kind=NotificationKind.WATCHED,
    )
