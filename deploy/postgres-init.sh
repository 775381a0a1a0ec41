#!/bin/sh
# The database image runs this once on an empty volume: it creates the roles and sets their passwords from the environment.
set -eu

psql --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname postgres --file /caretrack/roles.sql
psql --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 <<'SQL'
\getenv owner CARETRACK_OWNER_PASSWORD
\getenv app CARETRACK_APP_PASSWORD
ALTER ROLE caretrack_owner PASSWORD :'owner';
ALTER ROLE caretrack_app PASSWORD :'app';
SQL
