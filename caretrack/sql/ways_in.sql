-- Whether each person has a password and a second factor, and nothing of what it is.
--
-- The tables of the log-in belong to `caretrack_auth`; Care's pages show two booleans a person.
CREATE OR REPLACE FUNCTION ways_in(people bigint[])
RETURNS TABLE (user_id bigint, has_password boolean, has_second_step boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT p.id,
        EXISTS (SELECT FROM contacts_credential c WHERE c.user_id = p.id),
        EXISTS (SELECT FROM mfa_authenticator m
            WHERE m.user_id = p.id AND m.type IN ('totp', 'webauthn'))
    FROM unnest(people) AS p (id)
$$;
REVOKE ALL ON FUNCTION ways_in(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ways_in(bigint[]) TO caretrack_care;
