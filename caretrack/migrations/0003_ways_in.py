"""Care's pages may know that somebody has a password or a second step, and nothing of what it is.

The function reads the tables of the log-in as their owner and answers with two booleans a person. Its
`search_path` is fixed, and only Care may call it.
"""

from django.db import migrations

from contacts.tenancy import CARE_ROLE

FORWARD = f"""
    CREATE FUNCTION ways_in(people bigint[])
    RETURNS TABLE (user_id bigint, has_password boolean, has_second_step boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
        SELECT p.id,
            EXISTS (SELECT FROM contacts_credential c WHERE c.user_id = p.id),
            EXISTS (SELECT FROM mfa_authenticator m WHERE m.user_id = p.id AND m.type IN ('totp', 'webauthn'))
        FROM unnest(people) AS p (id)
    $$;
    REVOKE ALL ON FUNCTION ways_in(bigint[]) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION ways_in(bigint[]) TO {CARE_ROLE};
"""  # noqa: S608 (names of our own)


class Migration(migrations.Migration):
    dependencies = [("caretrack", "0002_emergency"), ("contacts", "0013_credentials")]

    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION ways_in(bigint[]);")]
