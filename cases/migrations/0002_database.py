"""What ties the rows of a tenant together, the case numbers, and search."""

from django.db import migrations

from core.migration_operations import InstallSQL, TenantKey, TenantReference

TENANT_TABLES = (
    "cases_articlevote",
    "cases_attachment",
    "cases_bulkjobrow",
    "cases_case",
    "cases_caseevent",
    "cases_caselink",
    "cases_caseupdate",
    "cases_contactdraft",
    "cases_deflection",
    "cases_filingdraft",
    "cases_filingtemplate",
    "cases_notification",
    "cases_pendingmessage",
    "cases_presence",
    "cases_readmark",
    "cases_reminder",
    "cases_replydraft",
    "cases_savedview",
    "cases_sentform",
    "cases_sideconversation",
    "cases_sidemessage",
    "cases_stagedfile",
    "cases_watch",
)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        ("contacts", "0002_database"),
    ]

    operations = [
        *(TenantKey(table) for table in TENANT_TABLES),
        TenantReference("cases_articlevote", "person_id", "contacts_user"),
        TenantReference("cases_attachment", "case_id", "cases_case"),
        TenantReference("cases_bulkjobrow", "case_id", "cases_case"),
        TenantReference("cases_case", "contact_id", "contacts_user"),
        TenantReference("cases_case", "site_id", "contacts_site"),
        TenantReference("cases_caseevent", "case_id", "cases_case"),
        TenantReference("cases_caselink", "case_id", "cases_case"),
        TenantReference("cases_caselink", "other_id", "cases_case"),
        TenantReference("cases_caseupdate", "case_id", "cases_case"),
        TenantReference("cases_caseupdate", "event_id", "cases_caseevent"),
        TenantReference("cases_contactdraft", "case_id", "cases_case"),
        TenantReference("cases_contactdraft", "user_id", "contacts_user"),
        TenantReference("cases_deflection", "person_id", "contacts_user"),
        TenantReference("cases_filingdraft", "user_id", "contacts_user"),
        TenantReference("cases_filingtemplate", "user_id", "contacts_user"),
        TenantReference("cases_notification", "case_id", "cases_case"),
        TenantReference("cases_notification", "event_id", "cases_caseevent"),
        TenantReference("cases_pendingmessage", "case_id", "cases_case"),
        TenantReference("cases_pendingmessage", "contact_id", "contacts_user"),
        TenantReference("cases_presence", "case_id", "cases_case"),
        TenantReference("cases_readmark", "case_id", "cases_case"),
        TenantReference("cases_reminder", "case_id", "cases_case"),
        TenantReference("cases_replydraft", "case_id", "cases_case"),
        TenantReference("cases_savedview", "person_id", "contacts_user"),
        TenantReference("cases_sentform", "person_id", "contacts_user"),
        TenantReference("cases_sideconversation", "case_id", "cases_case"),
        TenantReference("cases_sidemessage", "conversation_id", "cases_sideconversation"),
        TenantReference("cases_sidemessage", "event_id", "cases_caseevent"),
        TenantReference("cases_stagedfile", "case_id", "cases_case"),
        TenantReference("cases_stagedfile", "draft_id", "cases_filingdraft"),
        TenantReference("cases_stagedfile", "user_id", "contacts_user"),
        TenantReference("cases_watch", "case_id", "cases_case"),
        InstallSQL("cases"),
    ]
