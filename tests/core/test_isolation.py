"""The database itself separates tenants."""

from threading import Thread

import pytest
from django.apps import apps
from django.db import DatabaseError, InternalError, connection, transaction
from django.db.models import Sum

from cases import actions, event_log
from cases.models import Case, CaseEvent, CaseLink
from contacts.models import Licence, Organisation, Role, User
from core import table_rights
from core.tenancy import (
    AUTH_ROLE,
    NO_SCOPE,
    Scope,
    auth_scope,
    care_scope,
    care_snapshot,
    current_scope,
    organisation_scope,
    take,
)
from insight.models import OpenCount
from tests import cast


def tables_of_tenants():
    for model in apps.get_models():
        if (
            any(field.name == "organisation" for field in model._meta.get_fields())
            or model is Organisation
        ):
            yield model._meta.db_table


def test_every_table_that_holds_an_organisations_rows_forces_row_level_security(db):
    tables = set(tables_of_tenants())
    assert {
        "cases_case",
        "sla_clock",
        "rca_analysis",
        "contacts_user",
        "contacts_organisation",
    } <= tables
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
                      ARRAY(SELECT r::regrole::text FROM pg_policy p, unnest(p.polroles) r
                          WHERE p.polrelid = c.oid)
               FROM pg_class c
               WHERE c.relname = ANY(%s) AND c.relnamespace = 'public'::regnamespace""",
            [list(tables)],
        )
        results = {name: (forced, set(roles)) for name, forced, roles in cursor.fetchall()}
    rights = table_rights.declared()
    for table in tables:
        forced, roles = results[table]
        assert forced, f"{table} does not force row-level security"
        expected = {role for who, role in table_rights.ROLES.items() if rights[table].commands(who)}
        assert expected == roles - {"caretrack_owner"}, (
            f"{table} has another policy than is declared"
        )


def test_every_reference_between_tenants_tables_stays_within_the_organisation(db):
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
                FROM pg_constraint c
               JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]
               WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 2"""
        )
        composite = set(cursor.fetchall())
    # People who act may be Care's, who belong to no organisation: those columns cannot be tied to
    # the row's own.
    may_be_care = {
        "by_id",
        "added_by_id",
        "assignee_id",
        "analyst_id",
        "author_id",
        "reviewer_id",
        "recipient_id",
        "watcher_id",
        "answered_by_id",
        "owner_id",
        "resolved_by_id",
        "arranged_by_id",
        "invitee_id",
    }
    # The rows of `cases_casesearch` are written by the triggers of the case they belong to.
    tables = set(tables_of_tenants()) - {"contacts_organisation", "cases_casesearch"}
    references = {
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.is_relation
        and {model._meta.db_table, field.related_model._meta.db_table} <= tables
    }
    assert len(references) > 20
    assert {row for row in references if row[1] not in may_be_care} <= composite


def test_the_working_role_owns_nothing_and_cannot_bypass(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolinherit FROM pg_roles WHERE rolname = "
            "'caretrack_app'"
        )
        assert cursor.fetchone() == (False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = 'caretrack_app'::regrole")
        assert cursor.fetchone() == (0,)


def test_without_a_scope_there_are_no_rows_and_no_writes(ana):
    cast.file(ana)
    with take(NO_SCOPE):
        assert not Case.objects.exists()
        assert not Organisation.objects.exists()
        with pytest.raises(DatabaseError), transaction.atomic():
            Organisation.objects.create(short_name="intruder", name="Intruder")


def test_one_organisation_sees_and_changes_its_own_rows_alone(ana, ben):
    ours, theirs = cast.file(ana), cast.file(ben)
    with organisation_scope(ana.organisation_id):
        assert list(Case.objects.values_list("pk", flat=True)) == [ours.pk]
        assert Case.objects.filter(pk=theirs.pk).update(priority=1) == 0
        assert Licence.objects.filter(organisation=ben.organisation).count() == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            Licence.objects.create(
                organisation_id=ben.organisation_id, product="PureCloud 1", starts_on="2026-01-01"
            )
        with pytest.raises(DatabaseError), transaction.atomic():
            Case.objects.filter(pk=ours.pk).update(organisation_id=ben.organisation_id)


def test_a_row_cannot_point_at_another_organisations_case(ana, ben):
    ours, theirs = cast.file(ana), cast.file(ben)
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseLink.objects.create(
            organisation_id=ana.organisation_id, case=ours, other=theirs, kind="relates_to"
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_scope_of_log_ins_sees_people_and_no_case(ana):
    cast.file(ana)
    with auth_scope():
        assert User.objects.filter(pk=ana.pk).exists()
        with pytest.raises(DatabaseError), transaction.atomic():
            Case.objects.exists()


def test_a_contact_sees_the_names_of_care_but_not_of_other_customers(ana, ben, kim):
    with organisation_scope(ana.organisation_id):
        assert set(User.objects.exclude(role="system")) == {ana, kim}


def test_a_nested_scope_restores_the_outer_one(ana, ben):
    cast.file(ana), cast.file(ben)
    with organisation_scope(ana.organisation_id):
        with care_scope():
            assert Case.objects.count() == 2
        assert Case.objects.count() == 1
        with pytest.raises(ZeroDivisionError), organisation_scope(ben.organisation_id):
            raise ZeroDivisionError
        assert Case.objects.get().organisation_id == ana.organisation_id
        assert current_scope() == Scope("caretrack_app", ana.organisation_id)


def test_a_scope_ends_with_its_transaction(transactional_db):
    with auth_scope():
        pass
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_role, COALESCE(current_setting('app.organisation', true), '')"
        )
        role, organisation = cursor.fetchone()
    assert (role != AUTH_ROLE, organisation) == (True, "")


def test_the_journal_can_be_neither_changed_nor_removed(ana):
    case = cast.file(ana)
    for change in (
        lambda: CaseEvent.objects.filter(case=case).update(verb="closed"),
        lambda: CaseEvent.objects.filter(case=case).delete(),
        lambda: case.events.get().save(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_tenant_cannot_write_cares_own_data(ana):
    with (
        organisation_scope(ana.organisation_id),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE sla_policytarget SET amount = 99")


def test_what_a_contact_does_is_counted_for_care_who_alone_reads_the_counts(ana):
    """Sums are of all customers: a trigger adds to them in a customer's scope, where nobody reads
    or changes one.
    """
    with organisation_scope(ana.organisation_id):
        cast.file(ana, severity=2)
        for statement in ("SELECT n FROM {}", "UPDATE {} SET n = 0", "DELETE FROM {}"):
            with (
                pytest.raises(DatabaseError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement.format("insight_opencount"))
    with care_scope():
        assert OpenCount.objects.filter(severity=2).aggregate(n=Sum("n"))["n"] == 1


def test_a_tenant_gives_itself_no_licence_and_moves_no_site(ana):
    with organisation_scope(ana.organisation_id):
        assert Licence.objects.exists()
        for change in (
            lambda: Licence.objects.update(ends_on=None),
            lambda: Licence.objects.create(
                organisation=ana.organisation, product="PureCloud 3", starts_on="2026-01-01"
            ),
            lambda: ana.organisation.sites.update(name="Elsewhere"),
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                change()


def test_a_proof_sees_one_moment_and_no_verb_in_part(transactional_db):
    """Between reading a case and reading its events a verb may come: the proof sees neither or
    both.
    """
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        kim = cast.care("Kim", "kim@care.example", Role.ANALYST)
        case = cast.file(ana)

    def answer() -> None:
        with care_scope():
            actions.answer(case, by=kim, text="We look.")
        connection.close()

    with care_snapshot():
        assert Case.objects.get().event_count == 1
        thread = Thread(target=answer)
        thread.start()
        thread.join()
        assert list(event_log.breaks()) == []
        assert CaseEvent.objects.count() == 1
        with pytest.raises(InternalError, match="read-only"), transaction.atomic():
            Case.objects.update(title="x")
    with care_scope():
        assert CaseEvent.objects.count() == 2
