"""Tags that are in use, so that one thing gets one tag.

How many open cases have each tag is counted by addition: a trigger on cases adds rows, and a task
folds them. A suggestion reads these counts and no case, so it costs the same at any number of
cases.
"""

from collections.abc import Collection

from django.db import connection
from django.db.models import Count, F, Func, Sum, TextField

from cases.models import Case, TagCount
from contacts.models import User
from contacts.permissions import require_care
from core.tenancy import care_scope

MOST_SUGGESTED = 10
LOCK = "SELECT pg_advisory_xact_lock(hashtext('cases.tags'))"


class Unnest(Func):
    """The elements of an array, a row each."""

    function = "unnest"
    output_field = TextField()
    set_returning = True


def most_used(begun: str, *, by: User, without: Collection[str] = ()) -> list[str]:
    """The ten most used tags of open cases that begin so, the most used first. For Care."""
    require_care(by)
    counts = TagCount.objects.filter(tag__startswith=" ".join(begun.lower().split()))
    used = counts.exclude(tag__in=without).values_list("tag").annotate(number=Sum("n"))
    ordered = used.filter(number__gt=0).order_by("-number", "tag")
    return [tag for tag, _ in ordered[:MOST_SUGGESTED]]


def fold() -> None:
    """Fold the rows of each tag into one. A tag with one row is left as it is."""
    with care_scope(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute("""WITH gone AS (DELETE FROM cases_tagcount WHERE tag IN
                (SELECT tag FROM cases_tagcount GROUP BY tag HAVING count(*) > 1) RETURNING *)
            INSERT INTO cases_tagcount (tag, n)
            SELECT tag, sum(n) FROM gone GROUP BY tag HAVING sum(n) <> 0""")


def recount() -> None:
    """Delete every count and count the open cases again. The trigger adds concurrent changes beside
    the result.
    """
    with care_scope(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        # One statement sees one consistent state of the cases and of the rows it replaces.
        cursor.execute("""WITH gone AS (DELETE FROM cases_tagcount)
            INSERT INTO cases_tagcount (tag, n) SELECT unnest(tags), count(*) FROM cases_case
            WHERE state <> 'closed' AND tags <> '{}' GROUP BY 1""")


def wrong_counts() -> list[str]:
    """The tags whose count differs from the open cases, one sentence each. Needs Care's scope."""
    stored = dict(TagCount.objects.values_list("tag").annotate(number=Sum("n")).exclude(number=0))
    tagged = Case.objects.being_worked().filter(tags__len__gt=0).order_by()
    counted = dict(
        tagged.annotate(tag=Unnest(F("tags"))).values_list("tag").annotate(number=Count("pk"))
    )
    return [
        f"The count of open cases with the tag {tag} is off: {stored.get(tag, 0)} instead of "
        f"{counted.get(tag, 0)}."
        for tag in sorted(stored.keys() | counted.keys())
        if stored.get(tag, 0) != counted.get(tag, 0)
    ]
