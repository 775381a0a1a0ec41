"""Row-level security for what hangs on an analysis: what customers read, and what is Care's alone."""

from django.db import migrations

from contacts.tenancy import APP_ROLE
from contacts.tenancy_sql import AppendOnly, ReadOnlyForTenants, TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [("rca", "0003_document_tracking_and_requests"), ("cases", "0002_tenants")]

    operations = [
        TenantTable("rca_acknowledgement"),
        TenantReference("rca_acknowledgement", "version_id", "rca_rcaversion"),
        TenantReference("rca_acknowledgement", "by_id", "contacts_user"),
        AppendOnly("rca_acknowledgement"),
        TenantTable("rca_correctiveaction"),
        TenantReference("rca_correctiveaction", "analysis_id", "rca_analysis"),
        ReadOnlyForTenants("rca_correctiveaction"),
        TenantTable("rca_saving"),
        TenantTable("rca_comment"),
        TenantReference("rca_saving", "analysis_id", "rca_analysis"),
        TenantReference("rca_comment", "analysis_id", "rca_analysis"),
        TenantTable("rca_documentationrequest"),
        TenantReference("rca_documentationrequest", "case_id", "cases_case"),
        TenantReference("rca_documentationrequest", "original_id", "cases_case"),
        TenantTable("rca_recipient"),
        TenantReference("rca_recipient", "request_id", "rca_documentationrequest"),
        TenantReference("rca_recipient", "person_id", "contacts_user"),
        TenantTable("rca_meeting"),
        TenantReference("rca_meeting", "request_id", "rca_documentationrequest"),
        TenantTable("rca_attendee"),
        TenantReference("rca_attendee", "meeting_id", "rca_meeting"),
        ReadOnlyForTenants("rca_meeting", "rca_attendee"),
        migrations.RunSQL(
            f"REVOKE ALL ON rca_saving, rca_comment FROM {APP_ROLE};",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON rca_saving, rca_comment TO {APP_ROLE};",
        ),
    ]
