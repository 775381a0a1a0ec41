-- Creates the roles of CareTrack and its database. Run it with psql as a superuser, at any time and repeatedly.
--
-- Row-level security depends on these roles. The product logs in as caretrack_app, which owns nothing and cannot bypass
-- a policy. It takes another role only for a transaction, with SET LOCAL ROLE, so memberships must not inherit:
-- the policies of caretrack_care would apply to a role that inherits, although it has not taken that role.
-- It sets no passwords: set them with ALTER ROLE, or use another authentication of the server.

\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['caretrack_owner', 'caretrack_app', 'caretrack_care', 'caretrack_auth']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

-- Owns the schema; used by migrations, and by tests, which create databases of their own.
ALTER ROLE caretrack_owner LOGIN CREATEDB NOINHERIT NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Web, workers and beat log in as this one.
ALTER ROLE caretrack_app LOGIN NOCREATEDB NOINHERIT NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Web and worker take it for staff and sweeps: its policies see every organisation.
ALTER ROLE caretrack_care NOLOGIN NOCREATEDB NOINHERIT NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- Web takes it during sign-in, before the organisation is known.
ALTER ROLE caretrack_auth NOLOGIN NOCREATEDB NOINHERIT NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;

GRANT caretrack_care, caretrack_auth TO caretrack_app;
GRANT caretrack_app, caretrack_care, caretrack_auth TO caretrack_owner;

SELECT 'CREATE DATABASE caretrack OWNER caretrack_owner ENCODING ''UTF8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'caretrack')
\gexec

REVOKE ALL ON DATABASE caretrack FROM PUBLIC;
GRANT CONNECT ON DATABASE caretrack TO caretrack_app;

-- The product's role reaches no other database of this server. PostgreSQL lets every role connect to these two, so
-- this revokes it. Grant it by name to a role of yours that needs one of them. The owner creates databases for tests
-- from there.
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO caretrack_owner;

-- PostgreSQL 15 treats the right of a database's owner to its public schema as inherited, so this grants it directly:
-- here, and in the template from which the owner creates databases for tests.
\connect caretrack
GRANT USAGE, CREATE ON SCHEMA public TO caretrack_owner;
\ir everyone.sql
\connect template1
GRANT USAGE, CREATE ON SCHEMA public TO caretrack_owner;
\ir everyone.sql
