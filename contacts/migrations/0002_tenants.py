"""Row-level security on every table of this app that holds an organisation's rows, and what each role may do."""

from django.db import migrations

from contacts.tenancy_sql import (
    AuthMay,
    Privileges,
    ReadOnlyForTenants,
    TenantReference,
    TenantTable,
)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]

    operations = [
        Privileges(),
        TenantTable("contacts_organisation", column="id"),
        TenantTable("contacts_site"),
        TenantTable("contacts_licence"),
        # A contact sees the names of Care's people: they sign what they write.
        TenantTable("contacts_user", also_visible="organisation_id IS NULL"),
        TenantTable("contacts_designatedcontact"),
        TenantTable("contacts_apitoken"),
        TenantReference("contacts_user", "site_id", "contacts_site"),
        TenantReference("contacts_designatedcontact", "user_id", "contacts_user"),
        TenantReference("contacts_apitoken", "user_id", "contacts_user"),
        AuthMay("contacts_user", "SELECT, UPDATE"),
        AuthMay("contacts_apitoken", "SELECT, UPDATE"),
        ReadOnlyForTenants(
            "contacts_workcalendar",
            "contacts_calendarversion",
            "contacts_offering",
            "contacts_team",
            "contacts_team_members",
        ),
    ]
