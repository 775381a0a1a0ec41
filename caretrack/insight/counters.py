"""Open cases counted by addition: triggers on the queue add rows for each change, a task folds them
together.

A page adds up some hundreds of rows whatever the number of cases. Nobody waits for a number that
somebody else is changing, and a row that is added while rows are folded stays beside them.
"""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from caretrack.insight.models import When
from contacts.tenancy import care_scope
from sla.models.place import NO_CLOCK
from sla.queue import HOUR

OPEN = "organisation_id, state, severity, is_historical, is_unassigned"
HOURS = "what, severity, lane, hour"
# The same words stand in the triggers (migrations 0002 and 0004).
PLACES_OPEN = """
    SELECT organisation_id, state, severity, is_historical, assignee_id IS NULL AS is_unassigned,
        count(*) AS n
    FROM sla_queueplace GROUP BY 1, 2, 3, 4, 5
"""
PLACES_BY_HOUR = f"""
    SELECT h.what, p.severity, h.lane, h.hour, count(*) AS n FROM sla_queueplace p CROSS
        JOIN LATERAL (VALUES
        ('{When.DUE}', 0::bigint, floor(extract(epoch FROM p.due_at) / {HOUR})::bigint),
        ('{When.LEFT}', p.lane, CASE WHEN p.lane <> {NO_CLOCK}
            THEN floor(p.mark / {HOUR}.0)::bigint END),
        ('{When.SILENT}', 0, floor(extract(epoch FROM p.silent_at) / {HOUR})::bigint),
        ('{When.CLOSING}', 0, floor(extract(epoch FROM p.closing_at) / {HOUR})::bigint)) AS h (what,
            lane, hour)
    WHERE NOT p.is_historical AND h.hour IS NOT NULL GROUP BY 1, 2, 3, 4
"""  # noqa: S608 (words of our own)
TABLES = (("insight_opencount", OPEN, PLACES_OPEN), ("insight_hourcount", HOURS, PLACES_BY_HOUR))


def fold() -> None:
    """Add the rows of each count up to one; a count that is one row already is left as it is."""
    with care_scope(), connection.cursor() as cursor:
        _hold(cursor)
        for table, columns, _ in TABLES:
            cursor.execute(f"""WITH gone AS (DELETE FROM {table} WHERE ({columns}) IN
                    (SELECT {columns} FROM {table} GROUP BY {columns} HAVING count(*) > 1)
                        RETURNING *)
                INSERT INTO {table} ({columns}, n) SELECT {columns}, sum(n) FROM gone
                GROUP BY {columns} HAVING sum(n) <> 0""")  # noqa: S608


def recount() -> None:
    """Forget every count and count the queue anew.

    What changes meanwhile is added beside it, as ever.
    """
    with care_scope(), connection.cursor() as cursor:
        _hold(cursor)
        for table, columns, places in TABLES:
            # One statement sees one state of both: a place that is counted here, and the rows that
            # told of it before.
            cursor.execute(f"""WITH gone AS (DELETE FROM {table})
                INSERT INTO {table} ({columns}, n) SELECT {columns}, n
                    FROM ({places}) AS counted""")  # noqa: S608


def off() -> list[str]:
    """The counts that are not what the queue holds, in words. Needs Care's scope."""
    found = []
    with connection.cursor() as cursor:
        for table, columns, places in TABLES:
            cursor.execute(f"""
                WITH stored AS (SELECT {columns}, sum(n) AS n FROM {table} GROUP BY {columns}
                    HAVING sum(n) <> 0),
                    there AS ({places})
                SELECT {columns} FROM ((SELECT * FROM stored EXCEPT SELECT * FROM there)
                    UNION ALL (SELECT * FROM there EXCEPT SELECT * FROM stored)) AS differ
                GROUP BY {columns} ORDER BY {columns}""")  # noqa: S608
            for row in cursor.fetchall():
                said = ", ".join(
                    f"{name} {value}" for name, value in zip(columns.split(", "), row, strict=True)
                )
                found.append(f"A count of open cases is off: {said}.")
    return found


def _hold(cursor: CursorWrapper) -> None:
    """Nobody else folds or counts anew until the transaction ends: two of them would count a case
    twice, or not.
    """
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('insight.counters'))")
