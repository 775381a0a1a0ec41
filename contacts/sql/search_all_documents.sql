-- As `search_documents`, for Care: organisations, people and analyses of all organisations.
CREATE OR REPLACE FUNCTION search_all_documents(asked tsquery, typed text)
RETURNS TABLE (kind text, object_id bigint, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_custom_plan SET pg_trgm.word_similarity_threshold = 0.45 AS $$
BEGIN
    IF asked IS NULL OR numnode(asked) = 0 THEN RETURN; END IF;
    RETURN QUERY
    WITH hits AS MATERIALIZED (
        SELECT d.kind, d.object_id, d.name, d.care_words FROM contacts_searchdocument d
        WHERE d.care_words @@ asked LIMIT 500
    ), alike AS MATERIALIZED (
        SELECT d.kind, d.object_id, word_similarity(typed, d.name) AS likeness
        FROM contacts_searchdocument d
        WHERE length(typed) >= 4 AND (SELECT count(*) < 3 FROM hits)
            AND typed <% d.name AND d.kind <> 'analysis'
        LIMIT 200
    ), ranked AS (
        SELECT h.kind, h.object_id, (ts_rank(h.care_words, asked)
            + (starts_with(h.name, typed))::int + 1)::real AS rank FROM hits h
        UNION ALL
        SELECT a.kind, a.object_id, a.likeness FROM alike a
        WHERE NOT EXISTS (SELECT FROM hits h WHERE (h.kind, h.object_id) = (a.kind, a.object_id))
    ), placed AS (
        SELECT r.*, row_number() OVER (PARTITION BY r.kind ORDER BY r.rank DESC, r.object_id DESC)
            AS place FROM ranked r
    )
    SELECT p.kind::text, p.object_id, p.rank FROM placed p WHERE p.place <= 100
    ORDER BY p.rank DESC, p.object_id DESC;
END $$;
REVOKE ALL ON FUNCTION search_all_documents(tsquery, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_all_documents(tsquery, text) TO caretrack_care;
