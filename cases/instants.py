"""What time it is for a verb on a case: the same clock that people's verbs use."""

from contacts.instants import history, is_replaying, now

__all__ = ["history", "is_replaying", "now"]
