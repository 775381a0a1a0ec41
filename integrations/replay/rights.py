"""Table rights of this package (`core.table_rights`)."""

from core.table_rights import Rights

TABLES = {"replay_replayedlog": Rights(own=None)}
