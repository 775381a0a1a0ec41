"""Search for organisations, people and analyses, within what the reader may see.

Their words are in a side table that an organisation's scope reads only through a database function,
which knows that scope itself (`contacts/sql/search_documents.sql`).
"""

from django.db import connection

from contacts.models import User
from core.search_query import SearchQuery, fold
from core.tenancy import care_scope


def documents(query: SearchQuery, reader: User) -> dict[str, list[int]]:
    """What contains every word, or has a name like the text: ids by kind
    (`contacts.models.SearchDocumentKind`), best first, at most 100 of each kind. One query, in the
    reader's scope.
    """
    sql, params = query.tsquery
    function = "search_all_documents" if reader.is_care or reader.is_system else "search_documents"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT kind, object_id FROM {function}({sql}, %s)",  # noqa: S608 (a constant; values travel as parameters)
            [*params, fold(query.text).lower()],
        )
        by_kind: dict[str, list[int]] = {}
        for kind, key in cursor.fetchall():
            by_kind.setdefault(kind, []).append(key)
    return by_kind


def rebuild() -> int:
    """Index every organisation and person again. Returns their number."""
    with care_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT count(search_of_organisation(id)) FROM contacts_organisation")
        organisations: int = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(search_of_person(u)) FROM contacts_user u WHERE role <> 'system'"
        )
        people: int = cursor.fetchone()[0]
    return organisations + people
