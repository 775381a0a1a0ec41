"""What ties the rows of a tenant together."""

from django.db import migrations

from core.migration_operations import TenantKey, TenantReference

TENANT_TABLES = (
    "sla_caseterms",
    "sla_clock",
    "sla_clockfact",
    "sla_organisationpolicy",
    "sla_policymigrationrow",
    "sla_queueentry",
)


class Migration(migrations.Migration):
    dependencies = [
        ("sla", "0001_initial"),
        ("cases", "0002_database"),
        ("contacts", "0002_database"),
    ]

    operations = [
        *(TenantKey(table) for table in TENANT_TABLES),
        TenantReference("sla_caseterms", "case_id", "cases_case"),
        TenantReference("sla_clock", "case_id", "cases_case"),
        TenantReference("sla_clock", "designation_id", "contacts_designatedcontact"),
        TenantReference("sla_clockfact", "case_id", "cases_case"),
        TenantReference("sla_clockfact", "clock_id", "sla_clock"),
        TenantReference("sla_policymigrationrow", "case_id", "cases_case"),
        TenantReference("sla_queueentry", "case_id", "cases_case"),
        TenantReference("sla_queueentry", "site_id", "contacts_site"),
    ]
