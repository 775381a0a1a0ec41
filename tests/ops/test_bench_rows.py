"""The rows that the benches load fit the tables, so that a new column does not break a bench
unnoticed.
"""

import re

import pytest
from django.db import connection

from bench import volume

INSERTED = [
    (table, {name.strip() for name in names.split(",")})
    for text in vars(volume).values()
    if isinstance(text, str)
    for table, names in re.findall(r"INSERT INTO (\w+)\s*\(([^)]*)\)", text)
] + [("cases_case", set(volume.CASE))]


def columns(table):
    """The names of all columns, and of those that an insert must name."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT column_name, is_nullable = 'NO' AND column_default IS NULL
                   AND is_identity = 'NO' AND is_generated = 'NEVER'
               FROM information_schema.columns
               WHERE table_schema = 'public' AND table_name = %s""",
            [table],
        )
        rows = cursor.fetchall()
    return {name for name, _ in rows}, {name for name, is_needed in rows if is_needed}


@pytest.mark.parametrize(("table", "named"), INSERTED)
def test_a_loaded_row_names_the_columns_that_its_table_needs(db, table, named):
    known, needed = columns(table)
    assert named <= known
    assert needed <= named


def test_the_triggers_that_a_load_switches_off_exist(db):
    switched = set(re.findall(r"DISABLE TRIGGER (\w+)", volume.BEFORE))
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger")
        assert switched <= {name for (name,) in cursor.fetchall()}
