"""Counts that stop at a limit, several in one statement."""

from typing import Any

from django.db.models import BigIntegerField, QuerySet, Subquery


class CappedCount(Subquery):
    """The number of rows of a queryset, counted up to `limit`: an orientation, not a report.

    Used as an annotation. The queryset may refer to the outer row by `OuterRef`.
    """

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = BigIntegerField()

    def __init__(self, rows: QuerySet[Any], *, limit: int) -> None:
        super().__init__(rows.order_by().values("pk")[:limit])
