"""What counts open cases, and which days are counted again."""

from django.db import migrations

from core.migration_operations import InstallSQL


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0001_initial"),
        ("sla", "0001_initial"),
        ("cases", "0001_initial"),
    ]

    operations = [
        InstallSQL("insight"),
    ]
