"""Saved views: named lists, for oneself or shared with the colleagues of one's side.

Only its owner changes a view; a shared one the primary contact of the organisation as well.
"""

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from cases.models import SavedView
from contacts.models import User
from contacts.permissions import is_primary_contact
from core.errors import Refused

MOST = 50  # views of one person on one list, and views that an organisation shares


def listed(user: User, audience: str) -> QuerySet[SavedView]:
    """The views that a person may open on a list: their own, and those that colleagues share."""
    views = SavedView.objects.filter(organisation=user.organisation_id, audience=audience)
    views = views.filter(Q(person=user) | Q(is_shared=True)).select_related("person")
    return views.order_by("name", "id")


def may_change(view: SavedView, by: User) -> bool:
    """Whether this person may rename, share and delete the view."""
    if view.person_id == by.pk:
        return True
    is_of_organisation = view.is_shared and view.organisation_id is not None
    return (
        is_of_organisation and view.organisation_id == by.organisation_id and is_primary_contact(by)
    )


@transaction.atomic
def save(*, by: User, audience: str, name: str, query: str, is_shared: bool = False) -> SavedView:
    """Save a list under a name. Refused without a name, for a name in use, and for too many
    views.
    """
    mine = SavedView.objects.filter(person=by, audience=audience)
    if mine.count() >= MOST:
        raise Refused("You already have {count} views. Please remove one first.", count=MOST)
    if is_shared:
        _require_room(by, audience)
    view = SavedView(
        organisation_id=by.organisation_id,
        person=by,
        audience=audience,
        name=_name(name),
        query=query[:1000],
        is_shared=is_shared,
    )
    return _stored(view)


@transaction.atomic
def change(view: SavedView, *, by: User, name: str, is_shared: bool) -> SavedView:
    """Rename a view, and share it or stop sharing it."""
    _require_owner(view, by)
    if is_shared and not view.is_shared:
        _require_room(by, view.audience)
    view.name, view.is_shared = _name(name), is_shared
    return _stored(view)


def set_columns(view: SavedView, *, by: User, columns: list[str]) -> None:
    """Give a view columns of its own; none for those that its reader has chosen."""
    _require_owner(view, by)
    view.columns = ",".join(columns)[:200]
    view.save(update_fields=["columns"])


def remove(view: SavedView, *, by: User) -> None:
    """Delete a view; its cases are unaffected."""
    _require_owner(view, by)
    view.delete()


def _require_room(by: User, audience: str) -> None:
    shared = SavedView.objects.filter(
        organisation=by.organisation_id, audience=audience, is_shared=True
    )
    if by.organisation_id is not None and shared.count() >= MOST:
        raise Refused(
            "Your organisation shares {count} views already. Please remove one first.", count=MOST
        )


def _stored(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Refused("You already have a view named “{name}”.", name=view.name) from None
    return view


def _name(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())[:60]
    if not name:
        raise Refused("Please give the view a name.")
    return name


def _require_owner(view: SavedView, by: User) -> None:
    if not may_change(view, by):
        raise Refused("Only its owner can change a view.")
