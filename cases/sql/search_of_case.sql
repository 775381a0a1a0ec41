-- Indexes a case again: its own fields, updates, files and side conversations; internal texts and tags for Care alone.
-- Care alone runs it, after a correction or when it rebuilds the index, and Care reads every row.
CREATE OR REPLACE FUNCTION search_of_case(key bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c cases_case;
    source record;
    vector tsvector;
    care tsvector;
    spoken timestamptz;
BEGIN
    SELECT * INTO c FROM cases_case WHERE id = key;
    vector := search_case_vector(c);
    care := vector || search_vector(array_to_string(c.tags, ' '), 'B');
    spoken := c.opened_at;
    FOR source IN
        SELECT u.text, u.facing, u.at FROM cases_caseupdate u
            WHERE u.case_id = c.id AND u.organisation_id = c.organisation_id
        UNION ALL
        SELECT f.name, f.facing, NULL FROM cases_attachment f
            WHERE f.case_id = c.id AND f.organisation_id = c.organisation_id
        UNION ALL
        SELECT s.subject || ' ' || array_to_string(s.recipients, ' '), 'internal', NULL
            FROM cases_sideconversation s
            WHERE s.case_id = c.id AND s.organisation_id = c.organisation_id
    LOOP
        care := care || search_vector(source.text, 'C');
        IF source.facing = 'contact' THEN
            vector := vector || search_vector(source.text, 'C');
            spoken := greatest(spoken, source.at);
        END IF;
    END LOOP;
    INSERT INTO cases_casesearch (case_id, organisation_id, updated_at, words, care_words)
        VALUES (c.id, c.organisation_id, spoken, vector, care)
        ON CONFLICT (case_id) DO UPDATE SET organisation_id = EXCLUDED.organisation_id,
            updated_at = EXCLUDED.updated_at, words = EXCLUDED.words, care_words = EXCLUDED.care_words;
EXCEPTION WHEN program_limit_exceeded THEN
    NULL;  -- beyond a megabyte of distinct words it is found by the words that it had
END $$;
