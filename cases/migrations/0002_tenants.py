"""Row-level security, references that stay within the tenant, rows that are never changed, and the case numbers."""

from django.db import migrations

from contacts.tenancy_sql import AppendOnly, TenantReference, TenantTable

PARTS = (
    "cases_caseevent",
    "cases_caseupdate",
    "cases_attachment",
    "cases_caselink",
    "cases_notice",
)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("contacts", "0003_system_user")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE case_numbers; GRANT UPDATE ON SEQUENCE case_numbers TO caretrack_care;",
            "DROP SEQUENCE case_numbers;",
        ),
        TenantTable("cases_case"),
        *(TenantTable(table) for table in PARTS),
        *(TenantReference(table, "case_id", "cases_case") for table in PARTS),
        TenantReference("cases_case", "site_id", "contacts_site"),
        TenantReference("cases_case", "contact_id", "contacts_user"),
        TenantReference("cases_caselink", "other_id", "cases_case"),
        TenantReference("cases_caseupdate", "event_id", "cases_caseevent"),
        TenantReference("cases_notice", "event_id", "cases_caseevent"),
        AppendOnly("cases_caseevent", "cases_caseupdate"),
    ]
