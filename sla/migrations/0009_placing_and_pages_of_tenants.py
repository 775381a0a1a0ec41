"""Row-level security on placements and pages; a step of a page is never changed. Drills belong to no organisation."""

from django.db import migrations

from contacts.tenancy_sql import AppendOnly, TenantReference, TenantTable

TABLES = ("sla_placement", "sla_page", "sla_pagestep", "sla_pagemessage")


class Migration(migrations.Migration):
    dependencies = [
        ("sla", "0008_ladder_placing_and_pages"),
        ("contacts", "0010_rights_on_teams_and_on_call"),
    ]

    operations = [
        *(TenantTable(table) for table in TABLES),
        TenantReference("sla_placement", "case_id", "cases_case"),
        TenantReference("sla_page", "case_id", "cases_case"),
        TenantReference("sla_pagestep", "page_id", "sla_page"),
        TenantReference("sla_pagemessage", "step_id", "sla_pagestep"),
        AppendOnly("sla_pagestep"),
    ]
