-- Indexes a root cause analysis: its newest published texts for both sides, and its draft for Care
-- alone. Its name is the title of its case. Only Care writes these, and Care reads every row.
CREATE OR REPLACE FUNCTION search_of_analysis(key bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO contacts_searchdocument (kind, object_id, organisation_id, name, words, care_words)
    SELECT 'analysis', a.id, a.organisation_id, lower(search_fold(c.title)),
        CASE WHEN length(p.texts) > 0 THEN p.texts || t.title ELSE ''::tsvector END,
        p.texts || t.title || search_vector(coalesce((SELECT string_agg(text #>> '{}', E'\n')
            FROM jsonb_path_query(a.draft, 'strict $.** ? (@.type() == "string")') AS text), ''), 'C')
    FROM rca_analysis a JOIN cases_case c ON c.id = a.case_id
    CROSS JOIN LATERAL (SELECT search_vector(c.title, 'A') AS title) AS t
    CROSS JOIN LATERAL (SELECT search_vector(coalesce((SELECT string_agg(text #>> '{}', E'\n')
        FROM (SELECT v.sections FROM rca_rcaversion v WHERE v.analysis_id = a.id
            ORDER BY v.number DESC LIMIT 1) AS newest,
            jsonb_path_query(newest.sections, 'strict $.** ? (@.type() == "string")') AS text),
        ''), 'B') AS texts) AS p
    WHERE a.id = key
    ON CONFLICT (kind, object_id) DO UPDATE
        SET name = EXCLUDED.name, words = EXCLUDED.words, care_words = EXCLUDED.care_words
$$;
