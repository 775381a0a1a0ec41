-- What the scope's own organisation may find besides cases, best first: at most 100 of each kind.
--
-- Under row-level security `@@` may not use its index, because it is not leakproof. So this runs as
-- the owner and reads the scope itself: no argument can name another organisation.
--
-- `typed` is the folded text in small letters. A name that begins with it comes first. Where fewer
-- than three names and words match, names that are like it match too: a misspelling.
CREATE OR REPLACE FUNCTION search_documents(asked tsquery, typed text)
RETURNS TABLE (kind text, object_id bigint, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE ours bigint := NULLIF(current_setting('app.organisation', true), '')::bigint;
BEGIN
    IF ours IS NULL OR asked IS NULL OR numnode(asked) = 0 THEN RETURN; END IF;
    RETURN QUERY
    WITH hits AS MATERIALIZED (
        SELECT d.kind, d.object_id, d.name, d.words FROM contacts_searchdocument d
        WHERE d.organisation_id = ours AND d.words @@ asked LIMIT 500
    ), alike AS MATERIALIZED (
        SELECT d.kind, d.object_id, word_similarity(typed, d.name) AS likeness
        FROM contacts_searchdocument d
        WHERE length(typed) >= 4 AND (SELECT count(*) < 3 FROM hits)
            AND d.organisation_id = ours AND d.kind <> 'analysis'
        ORDER BY likeness DESC LIMIT 20
    ), ranked AS (
        SELECT h.kind, h.object_id, (ts_rank(h.words, asked) + (starts_with(h.name, typed))::int
            + 1)::real AS rank FROM hits h
        UNION ALL
        SELECT a.kind, a.object_id, a.likeness FROM alike a WHERE a.likeness >= 0.45
            AND NOT EXISTS (SELECT FROM hits h WHERE (h.kind, h.object_id) = (a.kind, a.object_id))
    ), placed AS (
        SELECT r.*, row_number() OVER (PARTITION BY r.kind ORDER BY r.rank DESC, r.object_id DESC)
            AS place FROM ranked r
    )
    SELECT p.kind::text, p.object_id, p.rank FROM placed p WHERE p.place <= 100
    ORDER BY p.rank DESC, p.object_id DESC;
END $$;
REVOKE ALL ON FUNCTION search_documents(tsquery, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_documents(tsquery, text) TO caretrack_app;
