"""Table rights of this package (`core.table_rights`)."""

from core.table_rights import ORGANISATION, Rights

# A customer reads emails to addresses of their own people.
TO_THEM = (
    "EXISTS (SELECT FROM contacts_user u"
    " WHERE lower(u.email) = lower(outbox_outboxmessage.to) AND "
    f"u.organisation_id = {ORGANISATION})"
)

TABLES = {
    "outbox_outboxmessage": Rights(own=None, tenant="select", tenant_rows=TO_THEM),
}
