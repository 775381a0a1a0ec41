"""What log-in may use before it is known who is asking, and whose accounts a tenant's scope can see.

The tables of the accounts library name a person, not an organisation: their policies look through the person, whose
own row is kept by its organisation's policy.
"""

from django.db import migrations

from contacts.tenancy import APP_ROLE, AUTH_ROLE, CARE_ROLE

OF_A_PERSON = ("account_emailaddress", "mfa_authenticator", "usersessions_usersession")


def through_the_person(table: str) -> migrations.RunSQL:
    """Row-level security by the organisation of the person a row belongs to."""
    condition = f"EXISTS (SELECT FROM contacts_user u WHERE u.id = {table}.user_id)"
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY person ON {table} TO {APP_ROLE} USING ({condition}) WITH CHECK ({condition});
        CREATE POLICY staff ON {table} TO {CARE_ROLE}, {AUTH_ROLE} USING (true) WITH CHECK (true);
        """,
        f"""
        DROP POLICY staff ON {table};
        DROP POLICY person ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0003_system_user"),
        ("account", "__latest__"),
        ("mfa", "__latest__"),
        ("usersessions", "__latest__"),
        ("sessions", "__latest__"),
        ("outbox", "0001_initial"),
    ]

    operations = [
        *(through_the_person(table) for table in OF_A_PERSON),
        migrations.RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(OF_A_PERSON)}, django_session TO {AUTH_ROLE};"
            f"GRANT SELECT, INSERT ON outbox_outboxmessage TO {AUTH_ROLE};",
            migrations.RunSQL.noop,
        ),
    ]
