"""Database rights on the tables of this package (`core.table_rights`)."""

from core.table_rights import Rights

TABLES = {
    "rca_analysis": Rights(tenant="select, insert, update(*)"),
    "rca_rcaversion": Rights(tenant="select", care="select, insert, update(sections_html)"),
    "rca_acknowledgement": Rights(tenant="select, insert", care="select, insert"),
    "rca_correctiveaction": Rights(tenant="select"),
    "rca_documentationrequest": Rights(tenant="select, insert, update(*)"),
    "rca_recipient": Rights(tenant="select, insert"),
    "rca_meeting": Rights(tenant="select"),
    "rca_attendee": Rights(tenant="select"),
    "rca_saving": Rights(),
    "rca_comment": Rights(),
}
