-- A breach found late makes its day, and the day on which its clock stopped, count again.
CREATE OR REPLACE FUNCTION insight_stale_by_fact() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO insight_dirtyday (day) SELECT DISTINCT (v.at AT TIME ZONE 'UTC')::date
        FROM added n
            JOIN sla_clock c ON c.organisation_id = n.organisation_id AND c.id = n.clock_id
            CROSS JOIN LATERAL (VALUES (n.at), (c.stopped_at)) AS v (at),
            insight_watermark s
        WHERE n.kind = 'breached' AND v.at < s.until;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER insight_stale AFTER INSERT ON sla_clockfact
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insight_stale_by_fact();
