"""What each database role may do with each table, by command and by column.

Every package declares its tables in `<package>/rights.py` (`TABLES = {"cases_case": Rights(...)}`),
and each `migrate` applies them (`apply`). Nobody can reach an undeclared table. Roles:

- tenant: `caretrack_app`, an organisation's scope, and a connection without a scope, which sees no
  row;
- care: `caretrack_care`, the vendor's people and the sweeps;
- log_in: `caretrack_auth`, before the user is known.

Row-level security has one policy for each command, so that a readable row is not thereby deletable.
UPDATE is granted by column, which also prevents the roles from locking whole tables. A right is
text such as `"select, insert, update(read_at), delete"`; `update(*)` means every column but `id`.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.utils.module_loading import module_has_submodule

from core.tenancy import APP_ROLE, AUTH_ROLE, CARE_ROLE

# NULLIF: after SET LOCAL ends, the setting reads as '' in that session. The sub-select runs once
# per query.
ORGANISATION = "(SELECT NULLIF(current_setting('app.organisation', true), '')::bigint)"
BY_TRIGGER = "pg_trigger_depth() > 0"
EVERYTHING = "select, insert, update(*), delete"
COMMANDS = ("select", "insert", "update", "delete")
ROLES = {"tenant": APP_ROLE, "care": CARE_ROLE, "log_in": AUTH_ROLE}
# returns the digest of the applied rights, so that an unchanged set costs one query
FUNCTION = "caretrack_rights"


@dataclass(frozen=True)
class Rights:
    """The rights of the three roles on one table, and their rows.

    `own` is the column of the organisation; None for a table without rows of organisations.
    `also_readable` is a condition for further rows that a tenant may read but never write.
    `tenant_writes` is an additional condition for rows that a tenant writes. `tenant_rows` and
    `log_in_rows` are the conditions for rows without an organisation, and for sign-in.

    `owner`: functions of the owner use the table. `plain`: no row-level security, because `migrate`
    itself reads and writes the rows.
    """

    tenant: str = ""
    care: str = EVERYTHING
    log_in: str = ""
    own: str | None = "organisation_id"
    also_readable: str = ""
    tenant_writes: str = ""
    tenant_rows: str = ""
    log_in_rows: str = "true"
    owner: bool = False
    plain: bool = False

    def commands(self, who: str) -> dict[str, tuple[str, ...]]:
        """The commands of a role, each with its columns; no columns mean the whole row."""
        return parse(getattr(self, who))

    def rows(self, who: str, command: str) -> str:
        """The condition of the rows that a command of a role can reach."""
        if who == "care":
            return "true"
        if who == "log_in":
            return self.log_in_rows
        if self.own is None:
            writes = self.tenant_writes if command != "select" else ""
            return writes or self.tenant_rows or "true"
        own = f"{self.own} = {ORGANISATION}"
        if command == "select":
            return f"({own} OR {self.also_readable})" if self.also_readable else own
        return f"({own} AND {self.tenant_writes})" if self.tenant_writes else own

    @property
    def is_guarded(self) -> bool:
        """Whether row-level security is needed: where a role may see only some rows, or none."""
        if self.plain:
            return False
        return (
            self.own is not None or bool(self.tenant_writes or self.tenant_rows) or not self.tenant
        )


def parse(text: str) -> dict[str, tuple[str, ...]]:
    """`"select, update(a, b)"` as `{"select": (), "update": ("a", "b")}`.

    Raises ValueError for anything else.
    """
    rights = {}
    for part in re.findall(r"[^,(]+(?:\([^)]*\))?", text):
        matched = re.fullmatch(r"\s*(\w+)\s*(?:\(([^)]*)\))?\s*", part)
        if matched is None or matched[1] not in COMMANDS:
            raise ValueError(f"{text!r}: {part.strip()!r} is no right")
        columns = tuple(name.strip() for name in (matched[2] or "").split(",") if name.strip())
        if (matched[1] == "update") != bool(columns):
            raise ValueError(f"{text!r}: only update names columns, and it always does")
        rights[matched[1]] = columns
    return rights


def declared() -> dict[str, Rights]:
    """The rights of every table, from the `rights` module of each installed package."""
    tables: dict[str, Rights] = {}
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "rights"):
            tables |= import_module(f"{config.name}.rights").TABLES
    return tables


def apply(**_signal: Any) -> None:
    """Apply the declared rights to the database; the owner runs it after each `migrate`.

    Idempotent.
    """
    existing = set(connection.introspection.table_names())
    tables = {name: rights for name, rights in declared().items() if name in existing}
    with transaction.atomic(), connection.cursor() as cursor:
        columns = _columns(cursor)
        digest = _digest(tables, columns)
        if _applied(cursor) == digest:
            return
        cursor.execute("\n".join(statements(tables, columns)))
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS text LANGUAGE sql "
            f"IMMUTABLE AS $$ SELECT '{digest}' $$"
        )


def statements(tables: Mapping[str, Rights], columns: Mapping[str, list[str]]) -> Iterator[str]:
    """The SQL that revokes every right and grants the declared ones."""
    roles = ", ".join(ROLES.values())
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {roles};"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {roles};"
    yield f"GRANT USAGE ON SCHEMA public TO {roles};"
    for table, rights in sorted(tables.items()):
        yield from _policies(table)
        if rights.is_guarded:
            yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
        if rights.owner:
            yield (
                f"CREATE POLICY own_functions ON {table} TO CURRENT_USER USING (true) "
                "WITH CHECK (true);"
            )
        for who in ROLES:
            yield from _grants(table, rights, who, columns[table])
    for name, who, what in SEQUENCES:
        yield f"GRANT {what} ON SEQUENCE {name} TO {ROLES[who]};"


# Identity columns need no right on their sequence. Case numbers are drawn by name.
SEQUENCES = (("case_numbers", "tenant", "USAGE"), ("case_numbers", "care", "USAGE, UPDATE"))


def _policies(table: str) -> Iterator[str]:
    """Drop the table's policies under any name, before they are created again."""
    yield f"""DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT polname FROM pg_policy WHERE polrelid = '{table}'::regclass LOOP
            EXECUTE format('DROP POLICY %I ON {table}', name);
        END LOOP; END $$;"""  # noqa: S608 (names of our own)


def _grants(table: str, rights: Rights, who: str, columns: list[str]) -> Iterator[str]:
    for command, named in rights.commands(who).items():
        if named == ("*",):
            named = tuple(name for name in columns if name != "id")
        by_name = f" ({', '.join(map(connection.ops.quote_name, named))})" if named else ""
        yield f"GRANT {command.upper()}{by_name} ON {table} TO {ROLES[who]};"
        if rights.is_guarded:
            yield (
                f"CREATE POLICY {who}_{command} ON {table} FOR {command.upper()} TO {ROLES[who]} "
                + _checks(command, rights.rows(who, command))
            )


def _checks(command: str, rows: str) -> str:
    using = "" if command == "insert" else f"USING ({rows})"
    checked = f"WITH CHECK ({rows})" if command in ("insert", "update") else ""
    return f"{using} {checked};"


def _columns(cursor: Any) -> dict[str, list[str]]:
    cursor.execute(
        """SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') GROUP BY 1"""
    )
    return dict(cursor.fetchall())


def _digest(tables: Mapping[str, Rights], columns: Mapping[str, list[str]]) -> str:
    whole = json.dumps(["\n".join(statements(tables, columns)), sorted(columns)])
    return hashlib.sha256(whole.encode()).hexdigest()


def _applied(cursor: Any) -> str | None:
    cursor.execute("SELECT to_regprocedure(%s) IS NOT NULL", [f"{FUNCTION}()"])
    if not cursor.fetchone()[0]:
        return None
    cursor.execute(f"SELECT {FUNCTION}()")
    return str(cursor.fetchone()[0])
