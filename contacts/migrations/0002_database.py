"""What ties the rows of a tenant together, the functions of core, and the author of the sweeps."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.migration_operations import InstallSQL, TenantKey, TenantReference

TENANT_TABLES = (
    "contacts_accountowner",
    "contacts_apitoken",
    "contacts_certificate",
    "contacts_customernote",
    "contacts_designatedcontact",
    "contacts_invitation",
    "contacts_lessonread",
    "contacts_licence",
    "contacts_peopleevent",
    "contacts_queuedemail",
    "contacts_quizattempt",
    "contacts_rosterentry",
    "contacts_site",
    "contacts_user",
)


def add_system_user(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The author of what sweeps do: every event has one. It cannot sign in."""
    apps.get_model("contacts", "User").objects.get_or_create(
        role="system",
        defaults={"email": "system@caretrack.invalid", "name": "CareTrack", "zone": "UTC"},
    )


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0001_initial"),
    ]

    operations = [
        *(TenantKey(table) for table in TENANT_TABLES),
        TenantReference("contacts_apitoken", "user_id", "contacts_user"),
        TenantReference("contacts_certificate", "user_id", "contacts_user"),
        TenantReference("contacts_customernote", "about_id", "contacts_user"),
        TenantReference("contacts_designatedcontact", "user_id", "contacts_user"),
        TenantReference("contacts_invitation", "site_id", "contacts_site"),
        TenantReference("contacts_invitation", "user_id", "contacts_user"),
        TenantReference("contacts_lessonread", "user_id", "contacts_user"),
        TenantReference("contacts_peopleevent", "about_id", "contacts_user"),
        TenantReference("contacts_queuedemail", "invitation_id", "contacts_invitation"),
        TenantReference("contacts_quizattempt", "user_id", "contacts_user"),
        TenantReference("contacts_rosterentry", "user_id", "contacts_user"),
        TenantReference("contacts_user", "site_id", "contacts_site"),
        InstallSQL("core"),
        InstallSQL("contacts"),
        migrations.RunPython(add_system_user, migrations.RunPython.noop),
    ]
