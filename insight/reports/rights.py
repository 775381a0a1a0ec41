"""Table rights of this package (`core.table_rights`)."""

from core.table_rights import Rights

TABLES = {
    "reports_reportschedule": Rights(tenant="select"),
    "reports_reportrecipient": Rights(tenant="select"),
    "reports_export": Rights(own=None),
}
