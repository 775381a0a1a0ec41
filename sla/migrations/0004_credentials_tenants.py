"""A credential clock points only at an applicant of its own organisation."""

from django.db import migrations

from contacts.tenancy_sql import TenantReference


class Migration(migrations.Migration):
    dependencies = [("sla", "0003_credentials"), ("contacts", "0005_people_tenants")]

    operations = [TenantReference("sla_clock", "designation_id", "contacts_designatedcontact")]
