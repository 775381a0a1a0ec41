-- The cases of all organisations that hold the words, internal notes included; Care's alone.
CREATE OR REPLACE FUNCTION search_all_cases(asked tsquery)
RETURNS TABLE (case_id bigint, rank real)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH hits AS MATERIALIZED (
        SELECT s.case_id, s.updated_at, s.care_words AS v FROM cases_casesearch s
        WHERE s.care_words @@ asked LIMIT 500)
    SELECT h.case_id, (ts_rank(h.v, asked)
        * (1 + 2 / (1 + extract(epoch FROM now() - h.updated_at) / 2592000)))::real
    FROM hits h ORDER BY 2 DESC, 1 DESC
$$;
REVOKE ALL ON FUNCTION search_all_cases(tsquery) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_all_cases(tsquery) TO caretrack_care;
