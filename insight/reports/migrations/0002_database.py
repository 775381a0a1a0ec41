"""What ties the rows of a tenant together."""

from django.db import migrations

from core.migration_operations import TenantKey, TenantReference

TENANT_TABLES = (
    "reports_reportrecipient",
    "reports_reportschedule",
)


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_initial"),
    ]

    operations = [
        *(TenantKey(table) for table in TENANT_TABLES),
        TenantReference("reports_reportrecipient", "schedule_id", "reports_reportschedule"),
    ]
