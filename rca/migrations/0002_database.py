"""What ties the rows of a tenant together, and the gate (§12)."""

from django.db import migrations

from core.migration_operations import InstallSQL, TenantKey, TenantReference

TENANT_TABLES = (
    "rca_acknowledgement",
    "rca_analysis",
    "rca_attendee",
    "rca_comment",
    "rca_correctiveaction",
    "rca_documentationrequest",
    "rca_meeting",
    "rca_rcaversion",
    "rca_recipient",
    "rca_saving",
)


class Migration(migrations.Migration):
    dependencies = [
        ("rca", "0001_initial"),
        ("cases", "0002_database"),
        ("contacts", "0002_database"),
    ]

    operations = [
        *(TenantKey(table) for table in TENANT_TABLES),
        TenantReference("rca_acknowledgement", "by_id", "contacts_user"),
        TenantReference("rca_acknowledgement", "version_id", "rca_rcaversion"),
        TenantReference("rca_analysis", "case_id", "cases_case"),
        TenantReference("rca_analysis", "follow_up_id", "cases_case"),
        TenantReference("rca_attendee", "meeting_id", "rca_meeting"),
        TenantReference("rca_comment", "analysis_id", "rca_analysis"),
        TenantReference("rca_correctiveaction", "analysis_id", "rca_analysis"),
        TenantReference("rca_documentationrequest", "case_id", "cases_case"),
        TenantReference("rca_documentationrequest", "original_id", "cases_case"),
        TenantReference("rca_meeting", "request_id", "rca_documentationrequest"),
        TenantReference("rca_rcaversion", "analysis_id", "rca_analysis"),
        TenantReference("rca_recipient", "person_id", "contacts_user"),
        TenantReference("rca_recipient", "request_id", "rca_documentationrequest"),
        TenantReference("rca_saving", "analysis_id", "rca_analysis"),
        InstallSQL("rca"),
    ]
