"""Saved views: named lists, which only their owner creates, renames and removes."""

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from cases.models import SavedView
from contacts.models import User
from core.errors import Refused

MOST = 50  # views of one person on one list


def listed(user: User, audience: str) -> QuerySet[SavedView]:
    """The views that a person may open on a list: their own, and those that colleagues share."""
    views = SavedView.objects.filter(organisation=user.organisation_id, audience=audience)
    return views.filter(Q(person=user) | Q(is_shared=True)).order_by("name", "id")


@transaction.atomic
def save(*, by: User, audience: str, name: str, query: str, is_shared: bool = False) -> SavedView:
    """Save a list under a name. Refused without a name, for a name in use, and for too many
    views.
    """
    mine = SavedView.objects.filter(person=by, audience=audience)
    if mine.count() >= MOST:
        raise Refused("You already have {count} views. Please remove one first.", count=MOST)
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
def rename(view: SavedView, *, by: User, name: str) -> SavedView:
    """Rename a view."""
    _require_owner(view, by)
    view.name = _name(name)
    return _stored(view)


def remove(view: SavedView, *, by: User) -> None:
    """Delete a view; its cases are unaffected."""
    _require_owner(view, by)
    view.delete()


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
    if view.person_id != by.pk:
        raise Refused("Only its owner can change a view.")
