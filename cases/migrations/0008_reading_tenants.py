"""Row-level security and references within the tenant for watches and saved views."""

from django.db import migrations

from contacts.tenancy_sql import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_reading")]

    operations = [
        TenantTable("cases_watch"),
        TenantTable("cases_savedview"),
        TenantReference("cases_watch", "case_id", "cases_case"),
        TenantReference("cases_savedview", "person_id", "contacts_user"),
    ]
