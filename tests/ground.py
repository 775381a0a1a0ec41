"""What every installation has before anybody does anything, and what tests therefore begin with."""

from django.db import connection

from cases.knowledge import import_files
from contacts import course_files
from contacts.models import Role, User
from core.tenancy import care_scope
from sla import policy_files


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


def prepare() -> None:
    """Lay the ground in a migrated database, of which bin/test keeps a copy."""
    become_the_product()
    lay()
    connection.close()
