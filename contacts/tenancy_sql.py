"""The SQL that makes a table a tenant's table, as migration operations.

`TenantTable("cases_case")` enables and forces row-level security and gives each role its policy;
`TenantReference("cases_caseevent", "case_id", "cases_case")` keeps a row from pointing at another
tenant's row.
"""

from django.db import migrations

from contacts.tenancy import APP_ROLE, AUTH_ROLE, CARE_ROLE

# NULLIF: after SET LOCAL ends the setting reads as '' in that session, not NULL. The sub-select
# runs once a query.
ORGANISATION = "(SELECT NULLIF(current_setting('app.organisation', true), '')::bigint)"


def TenantTable(  # noqa: N802
    table: str, column: str = "organisation_id", also_visible: str = "", unique: bool = True
) -> migrations.RunSQL:
    """Force row-level security on `table` from the migration that makes it on, and let composite
    keys refer to it.

    Its policies last until the end of that `migrate`: then `contacts.table_rights` puts those in
    their place that the package declares, one for each command. `also_visible` are further rows
    that a tenant may read.
    """
    own = f"{column} = {ORGANISATION}"
    readable = f"{own} OR {also_visible}" if also_visible else own
    forward = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY organisation ON {table} TO {APP_ROLE} USING ({readable}) WITH CHECK ({own});
        CREATE POLICY care ON {table} TO {CARE_ROLE} USING (true) WITH CHECK (true);
    """
    backward = f"""
        DROP POLICY care ON {table};
        DROP POLICY organisation ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
    """
    if unique and column == "organisation_id":
        name = f"{table}_in_organisation"
        forward += f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (organisation_id, id);"
        backward = f"ALTER TABLE {table} DROP CONSTRAINT {name};" + backward
    return migrations.RunSQL(forward, backward)


def TenantReference(table: str, column: str, target: str) -> migrations.RunSQL:  # noqa: N802
    """Let `column` of `table` point only at rows of the same organisation: foreign keys alone
    ignore row security.

    It takes the place of the plain foreign key, which the model leaves out with
    `db_constraint=False`.
    """
    name = f"{table}_{column}_same_organisation"
    return migrations.RunSQL(
        f"""ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (organisation_id, {column})
            REFERENCES {target} (organisation_id, id) DEFERRABLE INITIALLY DEFERRED;""",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def AuthMay(table: str, rights: str = "SELECT", policy: bool = True) -> migrations.RunSQL:  # noqa: N802
    """Let the role of the moment before log-in use `table`."""
    forward = f"GRANT {rights} ON {table} TO {AUTH_ROLE};"
    backward = f"REVOKE {rights} ON {table} FROM {AUTH_ROLE};"
    if policy:
        forward += f"CREATE POLICY auth ON {table} TO {AUTH_ROLE} USING (true) WITH CHECK (true);"
        backward += f"DROP POLICY auth ON {table};"
    return migrations.RunSQL(forward, backward)


def Privileges() -> migrations.RunSQL:  # noqa: N802
    """Plain reading and writing for the two working roles, on the tables that exist and on those to
    come.
    """
    roles = f"{APP_ROLE}, {CARE_ROLE}"
    return migrations.RunSQL(
        f"""
        GRANT USAGE ON SCHEMA public TO {roles}, {AUTH_ROLE};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {roles};
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {roles}, {AUTH_ROLE};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE
            ON TABLES TO {roles};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {roles},
            {AUTH_ROLE};
        """,
        migrations.RunSQL.noop,
    )


def ReadOnlyForTenants(*tables: str) -> migrations.RunSQL:  # noqa: N802
    """Care's own data, which an organisation's scope may read and never write."""
    names = ", ".join(tables)
    return migrations.RunSQL(
        f"REVOKE INSERT, UPDATE, DELETE ON {names} FROM {APP_ROLE};",
        f"GRANT INSERT, UPDATE, DELETE ON {names} TO {APP_ROLE};",
    )


def AppendOnly(*tables: str) -> migrations.RunSQL:  # noqa: N802
    """Rows that are added and never changed: beside the trigger, the working roles lose the right
    itself.
    """
    names, roles = ", ".join(tables), f"{APP_ROLE}, {CARE_ROLE}"
    return migrations.RunSQL(
        f"REVOKE UPDATE, DELETE ON {names} FROM {roles};",
        f"GRANT UPDATE, DELETE ON {names} TO {roles};",
    )


def OnlyErased() -> migrations.RunSQL:  # noqa: N802
    """`only_erased(was, is_now)`: whether two rows, as JSON, differ by nothing but texts that
    became `[erased]`.
    """
    return migrations.RunSQL(
        """
        CREATE FUNCTION only_erased(was jsonb,
            is_now jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
            IF was = is_now OR (jsonb_typeof(was) = 'string' AND is_now = '"[erased]"')
                THEN RETURN true; END IF;
            IF jsonb_typeof(was) = 'object' AND jsonb_typeof(is_now) = 'object' THEN
                RETURN (SELECT array_agg(key ORDER BY key) FROM jsonb_object_keys(was) AS key)
                    IS NOT DISTINCT FROM (SELECT array_agg(key ORDER BY key)
                        FROM jsonb_object_keys(is_now) AS key)
                    AND NOT EXISTS (SELECT FROM jsonb_each(was) AS e WHERE NOT only_erased(e.value,
                        is_now -> e.key));
            ELSIF jsonb_typeof(was) = 'array' AND jsonb_typeof(is_now) = 'array' THEN
                RETURN jsonb_array_length(was) = jsonb_array_length(is_now) AND NOT EXISTS (
                    SELECT FROM jsonb_array_elements(was) WITH ORDINALITY AS e (value, place)
                    WHERE NOT only_erased(e.value, is_now -> (e.place - 1)::int)
                );
            END IF;
            RETURN false;
        END $$;
        """,
        "DROP FUNCTION only_erased(jsonb, jsonb);",
    )


def CareMayErase(table: str, *columns: str) -> migrations.RunSQL:  # noqa: N802
    """Let Care write these columns of an append-only table.

    Its trigger lets it erase and nothing else.
    """
    names = ", ".join(columns)
    return migrations.RunSQL(
        f"GRANT UPDATE ({names}) ON {table} TO {CARE_ROLE};",
        f"REVOKE UPDATE ({names}) ON {table} FROM {CARE_ROLE};",
    )


def CaresOwn(*tables: str) -> migrations.RunSQL:  # noqa: N802
    """Tables of Care's own that no organisation's scope may even read: forced row-level security
    for Care alone.
    """
    forward = "".join(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY care ON {table} TO {CARE_ROLE} USING (true) WITH CHECK (true);
        REVOKE ALL ON {table} FROM {APP_ROLE};
        """
        for table in tables
    )
    backward = "".join(
        f"""
        GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP_ROLE};
        DROP POLICY care ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """
        for table in tables
    )
    return migrations.RunSQL(forward, backward)
