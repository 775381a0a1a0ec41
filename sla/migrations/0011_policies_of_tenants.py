"""An organisation's policy is read in its scope and written by Care alone; drafts and runs are Care's own."""

from django.db import migrations

from contacts.tenancy import APP_ROLE
from contacts.tenancy_sql import (
    AppendOnly,
    CaresOwn,
    ReadOnlyForTenants,
    TenantReference,
    TenantTable,
)


class Migration(migrations.Migration):
    dependencies = [
        ("sla", "0010_policies_as_drafts_and_choices"),
        ("contacts", "0011_organisations_by_name"),
    ]

    operations = [
        TenantTable("sla_organisationpolicy"),
        ReadOnlyForTenants("sla_organisationpolicy", "sla_offeringpolicy"),
        AppendOnly("sla_organisationpolicy", "sla_offeringpolicy"),
        TenantTable("sla_termsrow"),
        TenantReference("sla_termsrow", "case_id", "cases_case"),
        migrations.RunSQL(
            f"REVOKE ALL ON sla_termsrow FROM {APP_ROLE};",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON sla_termsrow TO {APP_ROLE};",
        ),
        CaresOwn("sla_policydraft", "sla_termsrun"),
    ]
