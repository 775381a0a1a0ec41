"""What every installation has before anybody does anything, and what tests therefore begin with."""

from django.conf import settings
from django.db import connection

from cases.knowledge import import_files
from contacts import course_files
from contacts.models import Role, User
from core.tenancy import care_scope
from sla import policy_files

TEMPLATE = "caretrack_test_template"


def lay() -> None:
    """The shipped policy, its offerings, areas and articles, and the system user."""
    with care_scope():
        policy_files.load()
        course_files.load()
        if not User.objects.filter(role=Role.SYSTEM).exists():
            User.objects.create(
                email="system@caretrack.invalid", name="CareTrack", role=Role.SYSTEM, zone="UTC"
            )
        import_files.load()


def become_the_product() -> None:
    """From now on statements run as the role that owns nothing."""
    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = "caretrack_app"


def lay_in_template() -> None:
    """Make the database that those of the tests are copied from: a migrated one with the ground."""
    migrated = str(settings.DATABASES["default"]["NAME"])
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE {TEMPLATE} TEMPLATE "{migrated}"')
    connection.settings_dict["NAME"] = TEMPLATE
    become_the_product()
    lay()
    connection.close()
