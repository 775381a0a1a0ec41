"""The author of what sweeps do: every event has one. It cannot log in."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from contacts.tenancy import care_scope


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with care_scope():
        apps.get_model("contacts", "User").objects.get_or_create(
            role="system",
            defaults={
                "email": "system@caretrack.invalid",
                "name": "CareTrack",
                "zone": "UTC",
                "password": "!",
            },
        )


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_tenants")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
