"""The queue: what its address asks for, its page of rows and counts, what is new in it, the next
best case.
"""

from caretrack.web.shared.queue.cursors import BadCursor, Cursor
from caretrack.web.shared.queue.filters import VIEWS, Filters
from caretrack.web.shared.queue.page import Page, counts, open_cases, page
from sla.queue import LEFT, with_stretch, with_time_left

__all__ = [
    "LEFT",
    "VIEWS",
    "BadCursor",
    "Cursor",
    "Filters",
    "Page",
    "counts",
    "open_cases",
    "page",
    "with_stretch",
    "with_time_left",
]
