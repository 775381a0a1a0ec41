-- A copy of every row that tests begin with, and a function that brings the tables back to it.
-- Emptying all tables by TRUNCATE and laying the ground again costs a second a test; this costs a
-- twentieth of it. Run by the superuser of the throwaway server (`tests/ground.py`).
CREATE SCHEMA ground;
GRANT USAGE ON SCHEMA ground TO caretrack_owner;

DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'django_migrations'
    LOOP
        EXECUTE format('CREATE TABLE ground.%s AS TABLE public.%s', name, name);
    END LOOP;
END $$;

-- Triggers and foreign keys are off meanwhile: the event log allows no deletion, and the copy is
-- consistent.
CREATE FUNCTION ground.restore() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET session_replication_role = replica
AS $$
DECLARE name text; columns text;
BEGIN
    FOR name, columns IN
        SELECT quote_ident(t.tablename), string_agg(quote_ident(c.column_name), ', ')
        FROM pg_tables t
        JOIN information_schema.columns c
            ON c.table_schema = 'public' AND c.table_name = t.tablename AND c.is_generated = 'NEVER'
        WHERE t.schemaname = 'ground'
        GROUP BY t.tablename
    LOOP
        EXECUTE format('DELETE FROM public.%s', name);
        EXECUTE format(
            'INSERT INTO public.%s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM ground.%s',
            name, columns, columns, name
        );
    END LOOP;
END $$;
