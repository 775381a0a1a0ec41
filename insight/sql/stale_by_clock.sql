-- A clock that stopped on a counted day, and changed since, makes that day count again.
CREATE OR REPLACE FUNCTION insight_stale_by_clock() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO insight_dirtyday (day) SELECT DISTINCT (v.at AT TIME ZONE 'UTC')::date
        FROM (VALUES (CASE TG_OP WHEN 'UPDATE' THEN OLD.stopped_at END), (NEW.stopped_at)) AS v (at),
            insight_watermark s
        WHERE v.at < s.until;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER insight_stale_new AFTER INSERT ON sla_clock FOR EACH ROW
    WHEN (NEW.stopped_at IS NOT NULL) EXECUTE FUNCTION insight_stale_by_clock();
CREATE OR REPLACE TRIGGER insight_stale AFTER UPDATE ON sla_clock FOR EACH ROW
    WHEN ((OLD.stopped_at, OLD.outcome, OLD.used_seconds, OLD.severity, OLD.policy_version_id)
        IS DISTINCT FROM
        (NEW.stopped_at, NEW.outcome, NEW.used_seconds, NEW.severity, NEW.policy_version_id)
        AND (OLD.stopped_at IS NOT NULL OR NEW.stopped_at IS NOT NULL))
    EXECUTE FUNCTION insight_stale_by_clock();
