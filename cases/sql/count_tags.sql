-- A case that is opened, tagged, closed or reopened adds rows that say by how much its tags change.
--
-- Writers only insert, so they never wait for one another; a task adds the rows up.
CREATE OR REPLACE FUNCTION cases_count_tags() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    before text[] := CASE WHEN TG_OP = 'UPDATE' AND OLD.state <> 'closed' THEN OLD.tags ELSE '{}' END;
    after text[] := CASE WHEN NEW.state <> 'closed' THEN NEW.tags ELSE '{}' END;
BEGIN
    INSERT INTO cases_tagcount (tag, n)
    SELECT tag, sum(n) FROM (
        SELECT unnest(after) AS tag, 1 AS n UNION ALL SELECT unnest(before), -1
    ) AS moved GROUP BY 1 HAVING sum(n) <> 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER cases_tags_new AFTER INSERT ON cases_case
    FOR EACH ROW WHEN (NEW.tags <> '{}') EXECUTE FUNCTION cases_count_tags();
CREATE OR REPLACE TRIGGER cases_tags_moved AFTER UPDATE OF tags, state ON cases_case
    FOR EACH ROW WHEN (
        OLD.tags IS DISTINCT FROM NEW.tags
        OR (NEW.tags <> '{}' AND (OLD.state = 'closed') <> (NEW.state = 'closed'))
    ) EXECUTE FUNCTION cases_count_tags();
