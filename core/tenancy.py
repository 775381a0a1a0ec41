"""Tenants kept apart by the database: every request and every task takes its scope, and PostgreSQL
does the rest.

Three scopes exist, each a database role taken for one transaction only:

- `organisation_scope(organisation)`: role `caretrack_app`; rows of that organisation alone can be
read or written;
- `care_scope()`: role `caretrack_care`; all organisations, for Care's staff and for the sweeps;
- `auth_scope()`: role `caretrack_auth`; people and log-ins but no case at all, before it is known
who is asking.

Without a scope no row of anybody can be seen or written, and passwords, sessions and second factors
are the log-in's alone: `core.table_rights` grants each right by table, command and column.
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
    """What a transaction may see: a database role and, for `caretrack_app`, one organisation's
    id.
    """

    role: str
    organisation_id: int | None = None


NO_SCOPE = Scope(APP_ROLE)
_current: ContextVar[Scope] = ContextVar("caretrack_scope", default=NO_SCOPE)
# How long one statement may take, in milliseconds; 0 means as long as it needs, as for sweeps and
# commands.
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
    """Run the block in one transaction under `scope`; an outer scope is restored at the end, come
    what may.

    The settings end with their transaction, so only a block inside of another one has something to
    restore.
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
                _set_on_connection(outer)  # settings taken in a savepoint outlive its release
        finally:
            _current.reset(token)


def scope_of_person(user: Any) -> Scope:
    """Whose rows a person may see: every organisation's for Care's people, their own for everybody
    else.
    """
    return Scope(CARE_ROLE) if user.is_care else Scope(APP_ROLE, user.organisation_id)


def organisation_scope(organisation_id: int) -> AbstractContextManager[None]:
    """One organisation's rows and no others."""
    return take(Scope(APP_ROLE, organisation_id))


def care_scope() -> AbstractContextManager[None]:
    """Every organisation's rows: for Care's staff and for sweeps."""
    return take(Scope(CARE_ROLE))


def auth_scope() -> AbstractContextManager[None]:
    """People and their log-ins, but no case: for the moment before it is known who is asking."""
    return take(Scope(AUTH_ROLE))


@contextmanager
def care_snapshot() -> Iterator[None]:
    """Care's scope at one moment, to read only: what verbs do meanwhile is not seen, neither wholly
    nor in part.

    A proof that reads a case and then its events must not take a verb that comes between for a
    break. Within another transaction it is Care's scope and no more: the moment was chosen there.
    """
    is_inner = connection.in_atomic_block
    with transaction.atomic():
        if not is_inner:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with care_scope():
            yield
