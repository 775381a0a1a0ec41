-- The cases of all organisations that hold the words, internal notes included; Care's alone.
--
-- A word that stands in a quarter of the newest forty cases is common: the newest hits are walked
-- at once, as in `search_cases`. An index of words would first collect every case that has it.
CREATE OR REPLACE FUNCTION search_all_cases(asked tsquery)
RETURNS TABLE (case_id bigint, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    IF asked IS NULL OR numnode(asked) = 0 THEN RETURN; END IF;
    IF (SELECT count(*) >= 10 FROM (
            SELECT n.care_words FROM cases_casesearch n ORDER BY n.case_id DESC LIMIT 40) AS newest
        WHERE newest.care_words @@ asked)
    THEN
        RETURN QUERY SELECT * FROM search_all_cases_newest(asked);
        RETURN;
    END IF;
    RETURN QUERY
        WITH hits AS MATERIALIZED (
            SELECT s.case_id, s.updated_at, s.care_words AS v FROM cases_casesearch s
            WHERE s.care_words @@ asked LIMIT 500)
        SELECT h.case_id, (ts_rank(h.v, asked)
            * (1 + 2 / (1 + extract(epoch FROM now() - h.updated_at) / 2592000)))::real
        FROM hits h ORDER BY 2 DESC, 1 DESC;
END $$;
REVOKE ALL ON FUNCTION search_all_cases(tsquery) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_all_cases(tsquery) TO caretrack_care;
