"""Table rights of this package (`core.table_rights`).

Triggers count in the customer's scope: they may add a count, and no statement of a customer may.
"""

from core.table_rights import BY_TRIGGER, Rights

TABLES = {
    "insight_fact": Rights(tenant="select"),
    "insight_figure": Rights(own=None),
    "insight_opencount": Rights(tenant="insert", tenant_writes=BY_TRIGGER),
    "insight_watermark": Rights(own=None, tenant="select"),
    "insight_dirtyday": Rights(own=None, tenant="insert", tenant_writes=BY_TRIGGER),
}
