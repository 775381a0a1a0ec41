-- Hits of a common word in the cases of all organisations, newest case first; only
-- `search_all_cases` calls it.
--
-- The settings keep the planner on the index that is in order of the cases: a hit is never far.
CREATE OR REPLACE FUNCTION search_all_cases_newest(asked tsquery)
RETURNS TABLE (case_id bigint, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_bitmapscan = off SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY SELECT n.case_id, 0::real FROM cases_casesearch n
        WHERE n.care_words @@ asked ORDER BY n.case_id DESC LIMIT 150;
END $$;
REVOKE ALL ON FUNCTION search_all_cases_newest(tsquery) FROM PUBLIC;
