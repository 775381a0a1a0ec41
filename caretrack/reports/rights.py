"""Who may do what with the tables of this package (`contacts.table_rights`)."""

from contacts.table_rights import Rights

TABLES = {
    "reports_reportschedule": Rights(tenant="select"),
    "reports_reportrecipient": Rights(tenant="select"),
    "reports_export": Rights(own=None),
}
