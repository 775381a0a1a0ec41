"""The search index of analyses (`rca/sql/search_of_analysis.sql`)."""

from django.db import connection

from core.tenancy import care_scope


def rebuild() -> int:
    """Index every analysis again that somebody has written on. Returns their number."""
    with care_scope(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(search_of_analysis(a.id)) FROM rca_analysis a WHERE a.draft <> '{}' "
            "OR EXISTS (SELECT FROM rca_rcaversion v WHERE v.analysis_id = a.id)"
        )
        count: int = cursor.fetchone()[0]
    return count
