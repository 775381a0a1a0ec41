"""What ties the rows of a tenant together."""

from django.db import migrations

from core.migration_operations import TenantKey, TenantReference

TENANT_TABLES = (
    "routing_alert",
    "routing_alertmessage",
    "routing_alertstep",
    "routing_assignmentjob",
)


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0001_initial"),
        ("cases", "0002_database"),
    ]

    operations = [
        *(TenantKey(table) for table in TENANT_TABLES),
        TenantReference("routing_alert", "case_id", "cases_case"),
        TenantReference("routing_alertmessage", "step_id", "routing_alertstep"),
        TenantReference("routing_alertstep", "page_id", "routing_alert"),
        TenantReference("routing_assignmentjob", "case_id", "cases_case"),
    ]
