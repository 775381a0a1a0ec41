"""Migration operations of our own: install the functions and triggers of a package, and composite
keys between rows of a tenant.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunSQL
from django.db.migrations.operations.base import Operation, OperationCategory


def sql_files(package: str) -> list[Path]:
    """The files of `<package>/sql/` by name; each holds one function with its triggers."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"{package} is no package")
    return sorted(Path(spec.submodule_search_locations[0], "sql").glob("*.sql"))


class InstallSQL(Operation):
    """Install the current functions and triggers of `<package>/sql/`. Idempotent.

    After a change of a file, add a migration that installs the package again. Function bodies are
    not checked during installation, so the order of files does not matter.
    """

    reduces_to_sql = True
    reversible = True
    category = OperationCategory.SQL

    def __init__(self, package: str) -> None:
        self.package = package

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models do not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        schema_editor.execute("SET LOCAL check_function_bodies = off", params=None)
        for file in sql_files(self.package):
            schema_editor.execute(file.read_text(), params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        """Nothing to undo: an earlier migration installs the same files."""

    def describe(self) -> str:
        return f"Install the functions and triggers of {self.package}/sql"


class Together(Operation):
    """Create several models in one operation.

    Django renders the models again after each operation that changes them. For a hundred models
    that was two thirds of an empty database's migration. Here it happens once.
    """

    reversible = True
    category = OperationCategory.MIXED

    def __init__(self, *operations: Operation) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.__dict__.pop("apps", None)  # the rendered models
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)


class TenantKey(RunSQL):
    """Let composite keys refer to rows of a tenant's table: unique (organisation, id)."""

    def __init__(self, table: str) -> None:
        name = f"{table}_in_organisation"
        super().__init__(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (organisation_id, id);",
            f"ALTER TABLE {table} DROP CONSTRAINT {name};",
        )


class TenantReference(RunSQL):
    """Let `column` of `table` refer only to rows of the same organisation: a plain foreign key
    ignores row-level security.

    It replaces the plain foreign key, which the model omits with `db_constraint=False`.
    """

    def __init__(self, table: str, column: str, target: str) -> None:
        name = f"{table}_{column}_same_organisation"
        super().__init__(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (organisation_id, {column}) "
            f"REFERENCES {target} (organisation_id, id) DEFERRABLE INITIALLY DEFERRED;",
            f"ALTER TABLE {table} DROP CONSTRAINT {name};",
        )
