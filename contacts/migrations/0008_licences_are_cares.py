"""What an organisation holds and where it works is kept by Care: its own scope reads licences and sites, no more (§3)."""

from django.db import migrations

from contacts.tenancy_sql import ReadOnlyForTenants


class Migration(migrations.Migration):
    dependencies = [("contacts", "0007_letter_language")]

    operations = [ReadOnlyForTenants("contacts_licence", "contacts_site")]
