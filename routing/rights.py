"""Database rights on the tables of this package (`core.table_rights`)."""

from core.table_rights import Rights

CARES_OWN = Rights(own=None)

TABLES = {
    "routing_teamturn": CARES_OWN,
    "routing_workpattern": CARES_OWN,
    "routing_oncallrota": CARES_OWN,
    "routing_oncallplace": CARES_OWN,
    "routing_oncallshift": CARES_OWN,
    "routing_oncalloverride": CARES_OWN,
    "routing_swaprequest": CARES_OWN,
    "routing_assignmentjob": Rights(tenant="select, insert, update(*)"),
    "routing_alert": Rights(tenant="select, insert, update(*)"),
    "routing_alertstep": Rights(tenant="select, insert", care="select, insert"),
    "routing_alertmessage": Rights(tenant="select, insert, update(*)"),
}
