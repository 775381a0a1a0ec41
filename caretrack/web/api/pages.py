"""Keyset pagination of lists that are ordered by key."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from caretrack.web.shared.numbers import is_key


class NewestByKey(CursorPagination):
    """The newest rows first."""

    page_size = 50
    ordering = ("-id",)

    def decode_cursor(self, request: Request) -> Any:
        """The position in a cursor. Raises NotFound for an unknown one."""
        cursor: Any = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not is_key(cursor.position):
            raise NotFound(self.invalid_cursor_message)
        return cursor
