-- Indexes an organisation again: its names, its id, and the names of its sites. Only Care names
-- them, and Care reads every site.
CREATE OR REPLACE FUNCTION search_of_organisation(key bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO contacts_searchdocument (kind, object_id, organisation_id, name, words, care_words)
    SELECT 'organisation', o.id, o.id, lower(search_fold(o.name)), w.words, w.words
    FROM contacts_organisation o CROSS JOIN LATERAL (
        SELECT search_vector(o.name, 'A') || search_vector(o.short_name, 'A')
            || array_to_tsvector(ARRAY[o.public_id::text])
            || search_vector(coalesce((SELECT string_agg(s.name, E'\n')
                FROM contacts_site s WHERE s.organisation_id = o.id), ''), 'B') AS words) AS w
    WHERE o.id = key
    ON CONFLICT (kind, object_id) DO UPDATE
        SET name = EXCLUDED.name, words = EXCLUDED.words, care_words = EXCLUDED.care_words
$$;
