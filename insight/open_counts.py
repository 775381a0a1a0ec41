"""Open cases counted by addition: triggers on the queue add rows, and a task folds them.

A page adds up some hundreds of rows at any number of cases. No transaction waits for a counter, and
a row added during a fold stays beside the result.
"""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from core.tenancy import care_scope

COLUMNS = "organisation_id, state, severity, is_historical, is_unassigned"
# The trigger of sql/count_open.sql counts by the same columns.
FROM_QUEUE = """
    SELECT organisation_id, state, severity, is_historical, assignee_id IS NULL AS is_unassigned,
        count(*) AS n
    FROM sla_queueentry GROUP BY 1, 2, 3, 4, 5
"""


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
            SELECT {COLUMNS}, n FROM ({FROM_QUEUE}) AS counted""")  # noqa: S608


def wrong_counts() -> list[str]:
    """The counts that differ from the queue, one sentence each. Needs Care's scope."""
    with connection.cursor() as cursor:
        cursor.execute(f"""
            WITH stored AS (SELECT {COLUMNS}, sum(n) AS n FROM insight_opencount
                    GROUP BY {COLUMNS} HAVING sum(n) <> 0),
                counted AS ({FROM_QUEUE})
            SELECT {COLUMNS} FROM ((SELECT * FROM stored EXCEPT SELECT * FROM counted)
                UNION ALL (SELECT * FROM counted EXCEPT SELECT * FROM stored)) AS differ
            GROUP BY {COLUMNS} ORDER BY {COLUMNS}""")  # noqa: S608
        return [_sentence(row) for row in cursor.fetchall()]


def _sentence(row: tuple[object, ...]) -> str:
    values = zip(COLUMNS.split(", "), row, strict=True)
    described = ", ".join(f"{name} {value}" for name, value in values)
    return f"A count of open cases is off: {described}."


def _lock(cursor: CursorWrapper) -> None:
    """Let one transaction at a time fold or recount: two would count a case twice or not at all."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('insight.counters'))")
