"""Open cases that look like the one being written (§5): one issue, one case."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from cases.models import Case
from contacts.models import User

ALIKE = 0.3
# Under row-level security the operators of trigrams use no index, so the newest open cases of the
# one organisation are compared one by one: `cases_open_newest` hands them over, and the cost has a
# bound however many cases there are.
LOOKED_AT = 300
FIND = """
SELECT id, alike FROM (
    SELECT id, opened_at, similarity(title, %(title)s) AS alike FROM (
        SELECT id, title, opened_at FROM cases_case WHERE organisation_id = %(organisation)s
            AND state <> 'closed'
        ORDER BY opened_at DESC, id DESC LIMIT %(looked_at)s
    ) AS newest
    OFFSET 0  -- each is compared once, not once for the choice and once for the order
) AS compared WHERE alike >= %(alike)s ORDER BY alike DESC, opened_at DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class SimilarCase:
    """An open case of one's own organisation with a title like this."""

    case: Case
    alike: float


def to(title: str, *, reader: User, limit: int = 3) -> list[SimilarCase]:
    """The open cases of the reader's organisation whose titles are most like `title`, best
    first.
    """
    title = title.replace("\0", "").strip()
    if len(title) < 4 or reader.organisation_id is None:
        return []
    asked: dict[str, Any] = {
        "title": title,
        "organisation": reader.organisation_id,
        "looked_at": LOOKED_AT,
        "alike": ALIKE,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND, asked)
        found = dict(cursor.fetchall())
    cases = Case.objects.visible_to(reader).in_bulk(list(found)) if found else {}
    return [SimilarCase(cases[pk], alike) for pk, alike in found.items() if pk in cases]
