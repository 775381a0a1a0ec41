"""Database rights on the tables of this package (`core.table_rights`)."""

from core.table_rights import Rights

READ_BY_ALL = Rights(own=None, tenant="select")
CARES_OWN = Rights(own=None)

TABLES = {
    "sla_caseterms": Rights(tenant="select, insert"),
    "sla_clock": Rights(tenant="select, insert, update(*)"),
    "sla_clockfact": Rights(tenant="select, insert", care="select, insert"),
    "sla_queueentry": Rights(tenant="select, insert, update(*), delete"),
    "sla_organisationpolicy": Rights(tenant="select", care="select, insert"),
    "sla_offeringpolicy": Rights(own=None, tenant="select", care="select, insert"),
    "sla_policy": READ_BY_ALL,
    "sla_policyversion": READ_BY_ALL,
    "sla_policytarget": READ_BY_ALL,
    "sla_policydraft": CARES_OWN,
    "sla_policymigration": CARES_OWN,
    "sla_policymigrationrow": Rights(),
}
