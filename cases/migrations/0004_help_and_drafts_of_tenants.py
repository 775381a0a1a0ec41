"""Row-level security for what people begin, vote and leave; articles and areas that everybody reads and Care writes."""

from django.db import migrations

from contacts.tenancy_sql import (
    AppendOnly,
    AuthMay,
    ReadOnlyForTenants,
    TenantReference,
    TenantTable,
)


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_help_drafts_and_evidence")]

    operations = [
        ReadOnlyForTenants("cases_area", "cases_article", "cases_articleversion"),
        AppendOnly("cases_articleversion"),
        AuthMay("cases_area", policy=False),
        AuthMay("cases_article", policy=False),
        AuthMay("cases_articleversion", policy=False),
        TenantTable("cases_filingdraft"),
        TenantTable("cases_stagedfile"),
        TenantTable("cases_deflection"),
        TenantTable("cases_articlevote"),
        TenantReference("cases_filingdraft", "user_id", "contacts_user"),
        TenantReference("cases_stagedfile", "user_id", "contacts_user"),
        TenantReference("cases_stagedfile", "draft_id", "cases_filingdraft"),
        TenantReference("cases_stagedfile", "case_id", "cases_case"),
        TenantReference("cases_deflection", "person_id", "contacts_user"),
        TenantReference("cases_articlevote", "person_id", "contacts_user"),
        # Before log-in a visitor says one word of their own, and reads no person's.
        migrations.RunSQL(
            """GRANT SELECT, INSERT, UPDATE ON cases_articlevote TO caretrack_auth;
               CREATE POLICY auth ON cases_articlevote TO caretrack_auth
               USING (organisation_id IS NULL AND person_id IS NULL)
               WITH CHECK (organisation_id IS NULL AND person_id IS NULL);""",
            """DROP POLICY auth ON cases_articlevote;
               REVOKE SELECT, INSERT, UPDATE ON cases_articlevote FROM caretrack_auth;""",
        ),
    ]
