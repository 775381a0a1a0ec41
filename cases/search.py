"""Search for cases by their text and conversation, within what the reader may see.

The words are in a side table that an organisation's scope reads only through a database function,
which knows that scope itself (`cases/sql/search_cases.sql`). A contact never finds a case by
an internal note.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.safestring import SafeString

from cases.choices import Facing
from cases.models import CaseUpdate
from contacts.models import User
from core.search_query import SearchQuery, snippet
from core.tenancy import care_scope


def keys(query: SearchQuery, reader: User) -> list[int]:
    """The cases that contain every word, best first: a bounded number, in the reader's scope. One
    query.

    A case whose own number, or number in another system, matches comes first.
    """
    sql, params = query.tsquery
    function = "search_all_cases" if reader.is_care or reader.is_system else "search_cases"
    number = "SELECT id, 0 FROM cases_case WHERE number = %s UNION ALL " if query.number else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT id FROM ({number}
                    SELECT id, 1 FROM cases_case WHERE external_ref = %s
                        AND external_ref <> '') AS told (id, place)
                UNION ALL (SELECT case_id FROM {function}({sql}))""",  # noqa: S608 (values travel as parameters)
            [*([query.number] if query.number else []), query.text[:60], *params],
        )
        return list(dict.fromkeys(key for (key,) in cursor.fetchall()))


def snippets(query: SearchQuery, cases: Sequence[Any], reader: User) -> dict[int, SafeString]:
    """Where the words are in these cases, by case, with the hit marked; one query for the shown
    page.

    A case whose title contains them all needs none. Contacts never see an internal note.
    """
    contains = Q()
    for term in (*query.words, *query.phrases):
        contains |= Q(text__icontains=term)
    updates = CaseUpdate.objects.filter(contains, case_id__in=[case.pk for case in cases]).order_by(
        "case_id", "-at"
    )
    if not reader.is_care:
        updates = updates.filter(facing=Facing.CONTACT)
    texts = {case.pk: [case.description] for case in cases}
    for case_id, text in updates.values_list("case_id", "text")[:500]:
        texts[case_id].append(text)
    snippet_by_case = {case.pk: snippet(query, case.title, texts[case.pk]) for case in cases}
    return {key: text for key, text in snippet_by_case.items() if text}


def rebuild(batch: int = 1000) -> int:
    """Index every case again, each batch in its own transaction. Returns the number of cases."""
    done, last = 0, 0
    while True:
        with care_scope(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(search_of_case(id)), max(id) FROM (SELECT id FROM cases_case "
                "WHERE id > %s ORDER BY id LIMIT %s) AS batch",
                [last, batch],
            )
            count, until = cursor.fetchone()
        if not count:
            return done
        done, last = done + count, until
