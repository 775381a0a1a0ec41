"""Row-level security, references that stay within the tenant, and rows that are never changed."""

from django.db import migrations

from contacts.tenancy_sql import AppendOnly, ReadOnlyForTenants, TenantReference, TenantTable

TABLES = ("sla_caseterms", "sla_clock", "sla_clockfact")


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial"), ("cases", "0002_tenants")]

    operations = [
        *(TenantTable(table) for table in TABLES),
        *(TenantReference(table, "case_id", "cases_case") for table in TABLES),
        TenantReference("sla_clockfact", "clock_id", "sla_clock"),
        AppendOnly("sla_clockfact"),
        ReadOnlyForTenants("sla_policy", "sla_policyversion", "sla_policytarget"),
    ]
