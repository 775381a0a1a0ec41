"""Tags that are in use, so that one thing gets one tag."""

from collections.abc import Collection

from django.db.models import Count, F, Func, TextField

from cases.models import Case
from contacts.models import User

MOST_SUGGESTED = 10


class Unnest(Func):
    """The elements of an array, a row each."""

    function = "unnest"
    output_field = TextField()
    set_returning = True


def most_used(begun: str, *, by: User, without: Collection[str] = ()) -> list[str]:
    """The ten most used tags of open cases that begin so, the most used first."""
    counts = (
        Case.objects.visible_to(by)
        .being_worked()
        .filter(tags__len__gt=0)
        .order_by()
        .annotate(tag=Unnest(F("tags")))
        .values_list("tag")
        .annotate(number=Count("pk"))
    )
    begun = " ".join(begun.lower().split())
    matching = [
        (-number, tag) for tag, number in counts if tag.startswith(begun) and tag not in without
    ]
    return [tag for _, tag in sorted(matching)[:MOST_SUGGESTED]]
