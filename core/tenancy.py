"""Tenant separation by the database: every request and task takes a scope, and PostgreSQL enforces
it.

Three scopes exist, each a database role taken for one transaction only:

- `organisation_scope(organisation)`: role `caretrack_app`; only rows of that organisation can be
  read or written;
- `care_scope()`: role `caretrack_care`; all organisations, for Care's staff and for the sweeps;
- `auth_scope()`: role `caretrack_auth`; people and sign-in data but no cases, before the user is
  known.

Without a scope no tenant's row can be read or written. Only the sign-in scope reaches passwords,
sessions and second factors: `core.table_rights` grants each right by table, command and column.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

APP_ROLE, CARE_ROLE, AUTH_ROLE = "caretrack_app", "caretrack_care", "caretrack_auth"


@dataclass(frozen=True)
class Scope:
    """What a transaction may reach: a database role and, for `caretrack_app`, one organisation's
    id.
    """

    role: str
    organisation_id: int | None = None


NO_SCOPE = Scope(APP_ROLE)
_current: ContextVar[Scope] = ContextVar("caretrack_scope", default=NO_SCOPE)
# The time limit of one statement in milliseconds; 0 means none, as for sweeps and commands.
statement_limit: ContextVar[int] = ContextVar("caretrack_statement_limit", default=0)


def current_scope() -> Scope:
    """The scope of the running transaction; `NO_SCOPE` outside of one."""
    return _current.get()


def _set_on_connection(scope: Scope) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT set_config('role', %s, true), set_config('app.organisation', %s, true),
                   set_config('statement_timeout', %s, true)""",
            [
                scope.role,
                "" if scope.organisation_id is None else str(scope.organisation_id),
                str(statement_limit.get()),
            ],
        )


@contextmanager
def take(scope: Scope) -> Iterator[None]:
    """Run the block in one transaction under `scope`; afterwards the outer scope applies again, in
    every case.

    The settings end with their transaction, so only a block inside another one must restore them.
    """
    outer, is_inner = _current.get(), connection.in_atomic_block
    if outer == scope and is_inner:
        yield
        return
    with transaction.atomic():
        _set_on_connection(scope)
        token = _current.set(scope)
        try:
            yield
            if is_inner and not connection.needs_rollback:
                _set_on_connection(outer)  # settings of a savepoint outlive its release
        finally:
            _current.reset(token)


def scope_of_person(user: Any) -> Scope:
    """The scope of a person: every organisation for Care's people, their own for everyone else."""
    return Scope(CARE_ROLE) if user.is_care else Scope(APP_ROLE, user.organisation_id)


def organisation_scope(organisation_id: int) -> AbstractContextManager[None]:
    """Only the rows of one organisation."""
    return take(Scope(APP_ROLE, organisation_id))


def care_scope() -> AbstractContextManager[None]:
    """Every organisation's rows: for Care's staff and for sweeps."""
    return take(Scope(CARE_ROLE))


def auth_scope() -> AbstractContextManager[None]:
    """People and their sign-in data, but no cases: before the user is known."""
    return take(Scope(AUTH_ROLE))


@contextmanager
def care_snapshot() -> Iterator[None]:
    """Care's scope on one consistent snapshot, read only: concurrent actions are invisible.

    An audit that reads a case and then its events must not report a concurrent action as a break.
    Within another transaction this is only Care's scope, because the snapshot was chosen there.
    """
    is_inner = connection.in_atomic_block
    with transaction.atomic():
        if not is_inner:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with care_scope():
            yield
