"""`manage.py rebuild_search`: rebuild the search vectors of every case, in batches; may be run
at any time.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from core.tenancy import care_scope

BATCH = """
    WITH own AS (
        SELECT c.id, c.organisation_id, c.opened_at, search_case_vector(c) AS vector
        FROM cases_case c WHERE id > %(after)s AND id <= %(until)s),
    updates AS (
        SELECT case_id, search_vector(string_agg(text, E'\\n' ORDER BY at, id), 'C') AS care_words,
            search_vector(coalesce(string_agg(text, E'\\n' ORDER BY at,
                id) FILTER (WHERE facing = 'contact'), ''), 'C')
                AS words,
            max(at) FILTER (WHERE facing = 'contact') AS updated_at
        FROM cases_caseupdate WHERE case_id > %(after)s AND case_id <= %(until)s GROUP BY case_id)
    INSERT INTO cases_casesearch (case_id, organisation_id, updated_at, words, care_words)
    SELECT t.id, t.organisation_id, greatest(t.opened_at, s.updated_at),
        t.vector || coalesce(s.words, ''), t.vector || coalesce(s.care_words, '')
    FROM own t LEFT JOIN updates s ON s.case_id = t.id
    ON CONFLICT (case_id) DO UPDATE SET organisation_id = EXCLUDED.organisation_id,
        updated_at = EXCLUDED.updated_at,
        words = EXCLUDED.words, care_words = EXCLUDED.care_words
"""


def rebuild(batch: int = 1000) -> int:
    """Save the search row of every case; each batch in its own transaction.

    Returns the number of cases.
    """
    done, last = 0, 0
    while True:
        with care_scope(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), max(id) FROM (SELECT id FROM cases_case WHERE id > "
                "%s ORDER BY id LIMIT %s) AS batch",
                [last, batch],
            )
            count, until = cursor.fetchone()
            if not count:
                return done
            cursor.execute(BATCH, {"after": last, "until": until})
        done, last = done + count, until


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=1000, help="cases to a transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rebuild(options['batch']):,} cases can be found by their words.")
