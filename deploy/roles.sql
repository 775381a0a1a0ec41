-- The roles of CareTrack and its database, for psql as a superuser; may be run again at any time.
--
-- Row-level security rests on these roles. The product logs in as caretrack_app, which owns nothing and cannot bypass
-- a policy. It takes another role only for a transaction, with SET LOCAL ROLE, so memberships must not inherit:
-- a role that inherits would have the policies of caretrack_care apply to it without having taken it.
-- No passwords here: set them with ALTER ROLE, or let the server's own authentication decide.

\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['caretrack_owner', 'caretrack_app', 'caretrack_care', 'caretrack_auth']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

-- Owns the schema; used by migrations, and by tests, which create databases of their own.
ALTER ROLE caretrack_owner LOGIN CREATEDB NOINHERIT NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Web, workers and beat log in as this one.
ALTER ROLE caretrack_app LOGIN NOCREATEDB NOINHERIT NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Taken for staff and sweeps: its policies see every organisation.
ALTER ROLE caretrack_care NOLOGIN NOCREATEDB NOINHERIT NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Taken while someone logs in, before any organisation is known.
ALTER ROLE caretrack_auth NOLOGIN NOCREATEDB NOINHERIT NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;

GRANT caretrack_care, caretrack_auth TO caretrack_app;
GRANT caretrack_app, caretrack_care, caretrack_auth TO caretrack_owner;

SELECT 'CREATE DATABASE caretrack OWNER caretrack_owner ENCODING ''UTF8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'caretrack')
\gexec

REVOKE ALL ON DATABASE caretrack FROM PUBLIC;
GRANT CONNECT ON DATABASE caretrack TO caretrack_app;

-- The product's log-in reaches no other database of this server. PostgreSQL lets everybody into these two, so that
-- is taken back; a role of yours that needs one of them is given it by name. The owner makes databases for tests
-- from there.
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO caretrack_owner;

-- PostgreSQL 15 counts the right of a database's owner to its public schema as inherited, so it is given outright:
-- here, and in the template from which the owner makes databases for tests.
\connect caretrack
GRANT USAGE, CREATE ON SCHEMA public TO caretrack_owner;
\ir everyone.sql
\connect template1
GRANT USAGE, CREATE ON SCHEMA public TO caretrack_owner;
\ir everyone.sql
