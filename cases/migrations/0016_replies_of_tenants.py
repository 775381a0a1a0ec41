"""Row-level security for what lies beside an organisation's case; an organisation's own scope reaches none of it."""

from django.db import migrations

from contacts.tenancy import APP_ROLE
from contacts.tenancy_sql import TenantReference, TenantTable

CARES = "cases_macro, cases_replydraft, cases_presence"


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_replies_macros_and_presence")]

    operations = [
        TenantTable("cases_replydraft"),
        TenantTable("cases_presence"),
        TenantReference("cases_replydraft", "case_id", "cases_case"),
        TenantReference("cases_presence", "case_id", "cases_case"),
        migrations.RunSQL(
            f"REVOKE ALL ON {CARES} FROM {APP_ROLE};",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {CARES} TO {APP_ROLE};",
        ),
    ]
