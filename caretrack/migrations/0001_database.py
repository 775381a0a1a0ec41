"""What Care's pages may know of somebody's sign-in."""

from django.db import migrations

from core.migration_operations import InstallSQL


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0001_initial"),
        ("mfa", "__latest__"),
    ]

    operations = [
        InstallSQL("caretrack"),
    ]
