"""Every command on every table in every scope: what the database itself allows, no matter what the
code asks.

The answers are compared with what is declared (`core.table_rights`), and with what must hold
no matter what is declared: a connection without a scope reaches nobody's rows, and one tenant never
reaches another's.
"""

from collections import Counter
from contextlib import contextmanager

import psycopg
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test import Client
from psycopg.errors import InsufficientPrivilege, RaiseException

from caretrack.ops.outbox.models import OutboxMessage
from contacts.models import User
from core import table_rights
from core.tenancy import APP_ROLE, NO_SCOPE, Scope, auth_scope, care_scope, organisation_scope, take
from tests import cast
from tests.core.test_every_url import SECRET, anas, pages, walk  # noqa: F401 (`anas` is a fixture)

NOBODY = (
    10**9
)  # an organisation that has no row of its own: every row it reaches is another tenant's
COMMANDS = ("select", "insert", "update", "delete")
# What a connection without a scope may read: what is the same for every customer.
SAME_FOR_ALL = {
    "cases_area",
    "cases_article",
    "cases_articleversion",
    "contacts_calendarversion",
    "contacts_course",
    "contacts_courseversion",
    "contacts_lesson",
    "contacts_offering",
    "contacts_question",
    "contacts_team",
    "contacts_team_members",
    "contacts_workcalendar",
    "insight_watermark",
    "sla_offeringpolicy",
    "sla_policy",
    "sla_policytarget",
    "sla_policyversion",
}


def tables():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                   AND a.attgenerated = ''
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') GROUP BY 1
                   ORDER BY 1"""
        )
        return dict(cursor.fetchall())


@contextmanager
def undone():
    """What is tried in here never happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def run(scope, sql, params=()):
    """Run a statement in a scope, and take it back. Returns how many rows it reached."""
    with undone(), take(scope), connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def reaches(scope, sql, params=(), counts=True):
    """Whether a statement reaches a row, or is taken, in a scope; a refusal by right, policy or
    trigger is none.
    """
    try:
        rows = run(scope, sql, params)
    except DatabaseError as error:
        return not isinstance(error.__cause__, (InsufficientPrivilege, RaiseException))
    return rows > 0 or not counts


def sample_of(table):
    """One row of the table as JSON, read in any scope that sees one."""
    for scope in (care_scope(), auth_scope()):
        try:
            with undone(), scope, connection.cursor() as cursor:
                cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t LIMIT 1')
                row = cursor.fetchone()
                if row:
                    return row[0]
        except DatabaseError:
            continue
    return None


def reached(table, columns, sample, scope):
    """The commands of a scope that reach a row of the table."""
    results = set()
    if reaches(scope, f'SELECT FROM "{table}" LIMIT 1'):
        results.add("select")
    if reaches(scope, f'DELETE FROM "{table}"'):
        results.add("delete")
    if any(reaches(scope, f'UPDATE "{table}" SET "{name}" = "{name}"') for name in columns):
        results.add("update")
    names = ", ".join(f'"{name}"' for name in columns)
    row = f'SELECT {names} FROM jsonb_populate_record(NULL::"{table}", %s)'
    if sample is not None and reaches(scope, f'INSERT INTO "{table}" ({names}) {row}', [sample]):
        results.add("insert")
    return results


@pytest.fixture
def everything(anas, ana, kim, ada):  # noqa: F811
    """Rows of every kind: Ana's, Care's, and what a sign-in leaves."""
    client = Client()
    client.force_login(ada)
    with auth_scope():
        Authenticator.objects.create(
            user=ada, type=Authenticator.Type.TOTP, data={"secret": SECRET}
        )
        EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
    OutboxMessage.objects.create(sender="a@b.example", to=kim.email, subject=SECRET, text=SECRET)
    return anas


def test_the_matrix_of_tables_commands_and_scopes(everything, ana):
    scopes = {
        "none": NO_SCOPE,
        "other": Scope(APP_ROLE, NOBODY),
        "tenant": Scope(APP_ROLE, ana.organisation_id),
        "care": Scope("caretrack_care"),
        "log_in": Scope("caretrack_auth"),
    }
    declared, checked, filled = table_rights.declared(), 0, 0
    for table, columns in tables().items():
        rights, sample = declared[table], sample_of(table)
        filled += sample is not None
        for name, scope in scopes.items():
            results = reached(table, columns, sample, scope)
            checked += 3 + len(columns)
            if name in ("none", "other"):
                is_open = table in SAME_FOR_ALL or (name, table) == ("other", "contacts_user")
                assert results <= ({"select"} if is_open else set()), (table, name, results)
            else:
                assert results <= set(rights.commands(name)), (
                    f"{name} may more with {table} than is declared: {results}"
                )
    assert (filled, checked) > (75, 5000), (filled, checked)


def test_every_table_is_declared_and_every_declared_table_exists(db):
    assert set(tables()) == set(table_rights.declared())
    ours = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert ours <= set(table_rights.declared())


def test_the_database_grants_what_is_declared_by_column(db):
    """A column that a migration adds has no right until it is declared or covered by a star."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT r.rolname, c.relname, array_agg(a.attname::text) FROM pg_class c,
                pg_attribute a, pg_roles r
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                   AND a.attrelid = c.oid
                   AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                   AND has_column_privilege(r.oid, c.oid, a.attnum, 'UPDATE')
                   AND r.rolname = ANY(%s) GROUP BY 1, 2""",
            [list(table_rights.ROLES.values())],
        )
        granted = {(role, table): set(columns) for role, table, columns in cursor.fetchall()}
    for table, rights in table_rights.declared().items():
        for who, role in table_rights.ROLES.items():
            named = set(rights.commands(who).get("update", ()))
            expected = set(tables()[table]) - {"id"} if named == {"*"} else named
            assert granted.get((role, table), set()) == expected, (table, who)


def test_no_scope_but_the_log_ins_reads_a_password_a_session_or_a_second_factor(everything, ana):
    secret = (
        "contacts_credential",
        "django_session",
        "usersessions_usersession",
        "mfa_authenticator",
    )
    for table in (*secret, "account_emailaddress", "account_emailconfirmation"):
        for scope in (NO_SCOPE, Scope(APP_ROLE, ana.organisation_id), Scope("caretrack_care")):
            with pytest.raises(DatabaseError, match="permission denied"):
                run(scope, f"SELECT * FROM {table}")
    with auth_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM contacts_credential")
        assert cursor.fetchone()[0] > 0


@pytest.mark.parametrize("scoped", [False, True])
def test_care_people_are_neither_changed_nor_removed_by_a_tenant(ana, ada, maya, scoped):
    scope = Scope(APP_ROLE, ana.organisation_id) if scoped else NO_SCOPE
    assert not reaches(scope, "DELETE FROM contacts_user WHERE id = %s", [ada.pk])
    assert not reaches(scope, "UPDATE contacts_user SET theme = 'dark' WHERE id = %s", [maya.pk])
    for change in (
        "role = 'contact'",
        "organisation_id = 2",
        "email = 'x@y.example'",
        "session_epoch = 'x'",
    ):
        assert not reaches(scope, f"UPDATE contacts_user SET {change}")
    assert not reaches(
        scope,
        "INSERT INTO mfa_authenticator (type, data, created_at, user_id) VALUES "
        "('webauthn', '{}', now(), %s)",
        [ada.pk],
    )


def test_a_tenant_poisons_no_count_of_cares(ana):
    scope = Scope(APP_ROLE, ana.organisation_id)
    assert not reaches(scope, "INSERT INTO insight_dirtyday (day) VALUES ('1900-01-01')")
    assert not reaches(scope, "INSERT INTO cases_tagcount (tag, n) VALUES ('carrier', 999999)")
    assert not reaches(
        scope,
        """INSERT INTO insight_opencount (organisation_id, state, severity, is_historical,
            is_unassigned, n)
           VALUES (%s, 'new', 1, false, true, 999999)""",
        [ana.organisation_id],
    )
    with organisation_scope(ana.organisation_id):
        cast.file(ana)  # its triggers count


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT lo_creat(-1)",
        "SELECT lo_from_bytea(0, 'a')",
        "SELECT query FROM pg_stat_activity",
        "SELECT pg_stat_get_backend_activity(1)",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_lock_shared(1, 2)",
    ],
)
def test_what_postgresql_lets_everybody_do_is_taken_back(ana, sql):
    """Large objects lie outside of policies, and statements of other sessions contain others'
    texts.
    """
    scopes = (NO_SCOPE, Scope(APP_ROLE, ana.organisation_id), Scope("caretrack_auth"))
    for scope in (*scopes, Scope("caretrack_care")):
        with pytest.raises(DatabaseError, match="permission denied for function"):
            run(scope, sql)


def test_an_organisation_queues_no_email_to_a_stranger(ana, kim):
    """Only invitations of its own, and emails to people whom it sees, at their own address."""

    def queue(address, recipient):
        return reaches(
            Scope(APP_ROLE, ana.organisation_id),
            """INSERT INTO contacts_queuedemail (organisation_id, recipient_id, address, subject,
                   text, key, language, state, created_at, next_attempt_at, attempts, last_error)
               VALUES (%s, %s, %s, 's', 't', 'k', 'en', 'queued', now(), now(), 0, '')""",
            [ana.organisation_id, recipient, address],
        )

    assert queue(ana.email, ana.pk)
    assert queue(kim.email, kim.pk)
    assert not queue("stranger@else.example", None)
    assert not queue("stranger@else.example", ana.pk)
    assert not queue(kim.email, ana.pk)


def test_tables_are_not_locked_and_sequences_not_read(db, ana):
    """A lock on a whole table stops every customer; only tables whose rows a role deletes can be
    locked by it.
    """
    lockable = Counter()
    scopes = {"tenant": Scope(APP_ROLE, ana.organisation_id), "log_in": Scope("caretrack_auth")}
    for table, rights in table_rights.declared().items():
        for name, scope in scopes.items():
            if reaches(scope, f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE NOWAIT", counts=False):
                lockable[name] += 1
                assert "delete" in rights.commands(name), f"{name} can lock {table}"
    assert lockable["tenant"] <= 6
    for query in ("SELECT last_value FROM case_numbers", "SELECT setval('case_numbers', 1)"):
        with pytest.raises(DatabaseError, match="permission denied"):
            run(NO_SCOPE, query)


def test_without_visible_to_the_database_still_keeps_tenants_apart(anas, ben, monkeypatch):  # noqa: F811
    """Every page once more as another tenant, with the filter that every view uses taken out."""
    case, values = anas
    taken_out = 0
    for model in apps.get_models():
        for manager in model._meta.managers:
            kind = type(manager.get_queryset())
            if hasattr(kind, "visible_to"):
                monkeypatch.setattr(kind, "visible_to", lambda rows, user: rows.all())
                taken_out += 1
    assert taken_out
    client = Client(raise_request_exception=False)
    client.force_login(ben)
    assert walk(client, pages(values), case) > 700


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_the_log_in_reaches_no_other_database(db, database):
    named = connection.settings_dict
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(
            host=named["HOST"], port=named["PORT"] or None, user="caretrack_app", dbname=database
        )


def test_a_hash_is_never_read_along_with_a_person(ana):
    assert "password" not in {field.name for field in User._meta.get_fields()}
    assert ana.check_password(cast.PASSWORD)


def test_the_rights_of_this_database_are_the_declared_ones(db):
    """`migrate` compares this digest, so an unchanged declaration costs one query."""
    with undone(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE caretrack_owner")
        digest = table_rights._digest(table_rights.declared(), table_rights._columns(cursor))
        assert table_rights._applied(cursor) == digest
