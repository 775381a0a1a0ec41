"""`docs/database.md` lists every function and trigger of a real database, and no other."""

import re
from pathlib import Path

import pytest
from django.db import connection

from core.migration_operations import sql_files

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "database.md").read_text()
# pgtrigger's name of a trigger that a model declares, such as pgtrigger_never_changed_743ca.
DECLARED = re.compile(r"pgtrigger_(\w+)_[0-9a-f]{5}")
TRIGGERS = """
    SELECT c.relname, t.tgname,
        CASE WHEN t.tgtype & 2 > 0 THEN 'before' ELSE 'after' END,
        t.tgtype & 4 > 0, t.tgtype & 8 > 0, t.tgtype & 16 > 0
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
"""
FUNCTIONS = """
    SELECT p.proname, CASE WHEN p.prosecdef THEN 'owner' ELSE 'caller' END FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname !~ '^_?pgtrigger'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


def rows_of(heading):
    """The rows of the first table below a heading, each a tuple of its cells without backquotes."""
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [tuple(cell.strip(" `") for cell in line.strip("|").split("|")) for line in lines[2:]]


def fires(when, insert, delete, update):
    names = [
        name
        for name, is_so in (("insert", insert), ("delete", delete), ("update", update))
        if is_so
    ]
    return f"{when} " + " or ".join(", ".join(names).rsplit(", ", 1))


@pytest.mark.django_db
def test_the_document_lists_every_trigger_with_its_table_and_when_it_fires():
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        there = {
            (table, DECLARED.sub(r"\1", name), fires(*how))
            for table, name, *how in cursor.fetchall()
        }
    assert {row[:3] for row in rows_of("What fires when")} == there


@pytest.mark.django_db
def test_the_document_lists_every_function_and_as_whom_it_runs():
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        there = set(cursor.fetchall())
    assert {(name, runs_as) for name, _file, runs_as, _purpose in rows_of("Functions")} == there


def test_every_file_of_a_function_is_in_the_document():
    packages = [init.parent for init in ROOT.glob("*/__init__.py")]
    files = {
        str(file.relative_to(ROOT)) for package in packages for file in package.rglob("sql/*.sql")
    }
    assert files - {"cases/sql/case_numbers.sql"} == {
        row[1] for row in rows_of("Functions") if row[1].endswith(".sql")
    }


@pytest.mark.django_db
def test_installing_the_functions_again_changes_nothing():
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE prosrc <> '' ORDER BY 1, 2")
        before = cursor.fetchall()
        cursor.execute("RESET ROLE")  # the owner's, as in `migrate`
        for package in ("core", "cases", "rca"):
            for file in sql_files(package):
                cursor.execute(file.read_text())
        cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE prosrc <> '' ORDER BY 1, 2")
        assert cursor.fetchall() == before
