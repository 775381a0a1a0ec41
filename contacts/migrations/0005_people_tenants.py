"""Row-level security on what is kept of an organisation's people, and what may be read before log-in."""

from django.db import migrations

from contacts.tenancy_sql import (
    AppendOnly,
    AuthMay,
    ReadOnlyForTenants,
    TenantReference,
    TenantTable,
)

TABLES = (
    "contacts_invitation",
    "contacts_letter",
    "contacts_peopleevent",
    "contacts_rosterentry",
    "contacts_lessonread",
    "contacts_quizattempt",
    "contacts_certificate",
)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0004_people")]

    operations = [
        *(TenantTable(table) for table in TABLES),
        TenantReference("contacts_invitation", "site_id", "contacts_site"),
        TenantReference("contacts_invitation", "user_id", "contacts_user"),
        TenantReference("contacts_letter", "invitation_id", "contacts_invitation"),
        TenantReference("contacts_peopleevent", "about_id", "contacts_user"),
        TenantReference("contacts_rosterentry", "user_id", "contacts_user"),
        TenantReference("contacts_lessonread", "user_id", "contacts_user"),
        TenantReference("contacts_quizattempt", "user_id", "contacts_user"),
        TenantReference("contacts_certificate", "user_id", "contacts_user"),
        AppendOnly("contacts_peopleevent", "contacts_certificate"),
        ReadOnlyForTenants(
            "contacts_course",
            "contacts_courseversion",
            "contacts_lesson",
            "contacts_question",
        ),
        # Before log-in: an invitation is looked up by its link, an organisation by its short name, a certificate
        # by its number.
        AuthMay("contacts_invitation"),
        AuthMay("contacts_organisation"),
        AuthMay("contacts_designatedcontact"),
        AuthMay("contacts_certificate"),
        AuthMay("contacts_course", policy=False),
        AuthMay("contacts_courseversion", policy=False),
    ]
