"""Open cases counted by addition: triggers on the queue add rows, and a task folds them.

A page adds up some hundreds of rows at any number of cases. No transaction waits for a counter, and
a row added during a fold stays beside the result.
"""

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Count, Q, Sum

from core.tenancy import care_scope
from insight.models import OpenCount
from sla.models import QueueEntry

# The trigger of sql/count_open.sql counts by the same columns.
FIELDS = ("organisation_id", "state", "severity", "is_historical", "is_unassigned")
COLUMNS = ", ".join(FIELDS)


def fold() -> None:
    """Fold the rows of each count into one. A count with one row is left as it is."""
    with care_scope(), connection.cursor() as cursor:
        _lock(cursor)
        cursor.execute(f"""WITH gone AS (DELETE FROM insight_opencount WHERE ({COLUMNS}) IN
                (SELECT {COLUMNS} FROM insight_opencount GROUP BY {COLUMNS} HAVING count(*) > 1)
                    RETURNING *)
            INSERT INTO insight_opencount ({COLUMNS}, n) SELECT {COLUMNS}, sum(n) FROM gone
            GROUP BY {COLUMNS} HAVING sum(n) <> 0""")  # noqa: S608


def recount() -> None:
    """Delete every count and count the queue again.

    The trigger adds concurrent changes beside the result.
    """
    with care_scope(), connection.cursor() as cursor:
        _lock(cursor)
        # One statement sees one consistent state of the queue and of the rows it replaces.
        cursor.execute(f"""WITH gone AS (DELETE FROM insight_opencount)
            INSERT INTO insight_opencount ({COLUMNS}, n)
            SELECT organisation_id, state, severity, is_historical, assignee_id IS NULL, count(*)
            FROM sla_queueentry GROUP BY 1, 2, 3, 4, 5""")  # noqa: S608


def by_organisation(*, with_historical: bool) -> list[tuple[str, str, int, str, int]]:
    """Open cases: an organisation's short name and name, a severity, a state, and their number.

    One statement.
    """
    counts = OpenCount.objects.all()
    if not with_historical:
        counts = counts.filter(is_historical=False)
    organisation = ("organisation__short_name", "organisation__name")
    groups = counts.values_list(*organisation, "severity", "state").annotate(open=Sum("n"))
    return list(groups.filter(open__gt=0))


def wrong_counts() -> list[str]:
    """The counts that differ from the queue, one sentence each. Needs Care's scope."""
    stored = OpenCount.objects.values_list(*FIELDS).annotate(open=Sum("n")).exclude(open=0)
    queued = (
        QueueEntry.objects.annotate(is_unassigned=Q(assignee=None))
        .values_list(*FIELDS)
        .annotate(open=Count("pk"))
    )
    differing = (*stored.difference(queued), *queued.difference(stored))
    return [_sentence(values) for values in sorted({tuple(values) for *values, _ in differing})]


def _sentence(row: tuple[object, ...]) -> str:
    values = zip(FIELDS, row, strict=True)
    described = ", ".join(f"{name} {value}" for name, value in values)
    return f"A count of open cases is off: {described}."


def _lock(cursor: CursorWrapper) -> None:
    """Let one transaction at a time fold or recount: two would count a case twice or not at all."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('insight.counters'))")
