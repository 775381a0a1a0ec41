-- Each change of the queue adds rows that say by how much the counts of open cases change.
--
-- Writers only insert, so they never wait for one another; a task adds the rows up.
CREATE OR REPLACE FUNCTION insight_count_open() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO insight_opencount
            (organisation_id, state, severity, is_historical, is_unassigned, n)
        SELECT organisation_id, state, severity, is_historical, assignee_id IS NULL, count(*)
        FROM added GROUP BY 1, 2, 3, 4, 5;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO insight_opencount
            (organisation_id, state, severity, is_historical, is_unassigned, n)
        SELECT organisation_id, state, severity, is_historical, assignee_id IS NULL, -count(*)
        FROM gone GROUP BY 1, 2, 3, 4, 5;
    ELSE
        INSERT INTO insight_opencount
            (organisation_id, state, severity, is_historical, is_unassigned, n)
        SELECT organisation_id, state, severity, is_historical, assignee_id IS NULL, sum(n)
        FROM (
            SELECT organisation_id, state, severity, is_historical, assignee_id, 1 AS n FROM added
            UNION ALL
            SELECT organisation_id, state, severity, is_historical, assignee_id, -1 FROM gone
        ) AS moved
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER insight_counts_new AFTER INSERT ON sla_queueentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insight_count_open();
CREATE OR REPLACE TRIGGER insight_counts_gone AFTER DELETE ON sla_queueentry
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION insight_count_open();
CREATE OR REPLACE TRIGGER insight_counts_moved AFTER UPDATE ON sla_queueentry
    REFERENCING OLD TABLE AS gone NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION insight_count_open();
