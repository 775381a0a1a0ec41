"""Row-level security of what Care's people have looked at."""

from django.db import migrations

from contacts.tenancy_sql import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_tags_and_looks")]

    operations = [
        TenantTable("cases_look"),
        TenantReference("cases_look", "case_id", "cases_case"),
    ]
