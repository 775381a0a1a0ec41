"""Who may do what with the tables of this package (`contacts.table_rights`)."""

from contacts.table_rights import Rights

TABLES = {"replay_replayedlog": Rights(own=None)}
