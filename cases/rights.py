"""Database rights on the tables of this package (`core.table_rights`)."""

from cases.models import Case
from core.table_rights import BY_TRIGGER, Rights

_COLUMNS_OF_A_CASE = ", ".join(Case._meta.get_field(name).column for name in Case.CHANGING)

TABLES = {
    "cases_case": Rights(
        # Only Care corrects what a case was opened with, so a tenant may not update it.
        tenant=f"select, insert, update({_COLUMNS_OF_A_CASE})",
    ),
    "cases_caseevent": Rights(
        tenant="select, insert", care="select, insert, update(particulars, is_erased)"
    ),
    "cases_caseupdate": Rights(tenant="select, insert", care="select, insert, update(text_html)"),
    "cases_attachment": Rights(tenant="select, insert"),
    "cases_caselink": Rights(tenant="select, insert"),
    "cases_notification": Rights(tenant="select, insert, update(read_at)"),
    "cases_filingdraft": Rights(tenant="select, insert, update(*), delete"),
    # Who may delete rows can lock the whole table: a removed draft or template is emptied, and
    # swept later.
    "cases_filingtemplate": Rights(tenant="select, insert, update(name, fields, deleted_at)"),
    "cases_contactdraft": Rights(tenant="select, insert, update(*)"),
    "cases_sentform": Rights(tenant="select, insert"),
    "cases_stagedfile": Rights(tenant="select, insert, update(*), delete"),
    "cases_deflection": Rights(tenant="select, insert"),
    "cases_readmark": Rights(tenant="select, insert, update(*)"),
    "cases_savedview": Rights(tenant="select, insert, update(*), delete"),
    "cases_watch": Rights(tenant="select, insert, delete"),
    # Before sign-in a visitor saves their own vote, and reads no other.
    "cases_articlevote": Rights(
        tenant="select, insert, update(*)",
        log_in="select, insert, update(*)",
        log_in_rows="(organisation_id IS NULL AND person_id IS NULL)",
    ),
    "cases_area": Rights(own=None, tenant="select", log_in="select"),
    "cases_article": Rights(own=None, tenant="select", log_in="select"),
    "cases_articleversion": Rights(
        own=None, tenant="select", care="select, insert, update(body_html)", log_in="select"
    ),
    # Triggers write it and `search_cases` reads it, both as the owner; Care rebuilds it.
    "cases_casesearch": Rights(owner=True),
    "cases_tagcount": Rights(own=None, tenant="insert", tenant_writes=BY_TRIGGER),
    "cases_bulkjob": Rights(own=None),
    "cases_bulkjobrow": Rights(),
    "cases_macro": Rights(own=None),
    "cases_macrouse": Rights(own=None),
    "cases_pendingmessage": Rights(),
    "cases_presence": Rights(),
    "cases_reminder": Rights(),
    "cases_replydraft": Rights(),
    "cases_sideconversation": Rights(),
    "cases_sidemessage": Rights(),
}
