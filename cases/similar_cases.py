"""Open cases similar to the one being written (§5): one issue, one case."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from cases.models import Case
from contacts.models import User

ALIKE = 0.3
# Under row-level security trigram operators use no index. So `cases_open_newest` returns the newest
# open cases of the organisation, and they are compared one by one, at a bounded cost.
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
    """An open case of the reader's organisation with a similar title."""

    case: Case
    alike: float


def to(title: str, *, reader: User, limit: int = 3) -> list[SimilarCase]:
    """The open cases of the reader's organisation with titles most similar to `title`, best
    first.
    """
    title = title.replace("\0", "").strip()
    if len(title) < 4 or reader.organisation_id is None:
        return []
    params: dict[str, Any] = {
        "title": title,
        "organisation": reader.organisation_id,
        "looked_at": LOOKED_AT,
        "alike": ALIKE,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND, params)
        alike_by_case = dict(cursor.fetchall())
    cases = Case.objects.visible_to(reader).in_bulk(list(alike_by_case)) if alike_by_case else {}
    return [SimilarCase(cases[pk], alike) for pk, alike in alike_by_case.items() if pk in cases]
