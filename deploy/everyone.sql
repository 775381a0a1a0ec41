-- Revokes what PostgreSQL allows every role in a database and the product never uses. roles.sql runs it for each database.
--
-- Row-level security does not cover large objects. The statements of other sessions contain texts of other
-- organisations. A lock that outlives its transaction would stay with a pooled connection.

SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure)
FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace
  AND (proname LIKE 'lo\_%' OR proname IN ('loread', 'lowrite')
       OR proname IN ('pg_stat_get_activity', 'pg_stat_get_backend_activity')
       OR proname IN ('pg_advisory_lock', 'pg_advisory_lock_shared',
                      'pg_try_advisory_lock', 'pg_try_advisory_lock_shared'))
\gexec
GRANT EXECUTE ON FUNCTION pg_stat_get_activity(integer), pg_stat_get_backend_activity(integer) TO pg_monitor;
