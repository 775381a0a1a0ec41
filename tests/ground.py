"""What every installation has before anybody does anything, and what tests therefore begin with."""

from pathlib import Path

import psycopg
from django.core.management import call_command
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
    values = connection.get_connection_params()
    connection.close()
    with psycopg.connect(
        host=values.get("host"), port=values.get("port"), dbname=values["dbname"], user="postgres"
    ) as superuser:
        superuser.execute(Path(__file__).with_name("ground_copy.sql").read_text())


def restore() -> None:
    """After a test that really committed: only the ground is there.

    A database that bin/test did not prepare is emptied, and the next test lays its ground again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE caretrack_owner")  # the tables are emptied by their owner
        cursor.execute("SELECT to_regprocedure('ground.restore()') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute("SELECT ground.restore()")
        else:
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
    connection.close()
