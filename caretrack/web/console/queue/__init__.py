"""The queue: its filters, its page of rows and counts, its updates, and the next best case."""

from caretrack.web.shared.queue.cursors import BadCursor, Cursor
from caretrack.web.shared.queue.filters import VIEWS, QueueFilters
from caretrack.web.shared.queue.page import QueuePage, counts, open_cases, page
from sla.queue import LEFT, with_time_left, with_time_left_bucket

__all__ = [
    "LEFT",
    "VIEWS",
    "BadCursor",
    "Cursor",
    "QueueFilters",
    "QueuePage",
    "counts",
    "open_cases",
    "page",
    "with_time_left",
    "with_time_left_bucket",
]
