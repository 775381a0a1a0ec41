-- An event within days that are counted already makes them count again.
CREATE OR REPLACE FUNCTION insight_stale_by_event() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO insight_dirtyday (day) SELECT DISTINCT (n.at AT TIME ZONE 'UTC')::date
        FROM added n, insight_watermark s WHERE n.at < s.until;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER insight_stale AFTER INSERT ON cases_caseevent
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insight_stale_by_event();
