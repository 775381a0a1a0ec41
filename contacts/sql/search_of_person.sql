-- Indexes a person again: name, address, and phone number with and without blanks. A contact may
-- change their own phone number, so it runs as the owner; it writes only what it is given.
CREATE OR REPLACE FUNCTION search_of_person(p contacts_user) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO contacts_searchdocument (kind, object_id, organisation_id, name, words, care_words)
    SELECT 'person', p.id, p.organisation_id, lower(search_fold(p.name)), w.words, w.words
    FROM (SELECT search_vector(p.name, 'A') || search_vector(p.email, 'B') || search_vector(
        p.work_phone || ' ' || regexp_replace(p.work_phone, '\D', '', 'g'), 'C') AS words) AS w
    ON CONFLICT (kind, object_id) DO UPDATE
        SET organisation_id = EXCLUDED.organisation_id, name = EXCLUDED.name,
            words = EXCLUDED.words, care_words = EXCLUDED.care_words
$$;
REVOKE ALL ON FUNCTION search_of_person(contacts_user) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_of_person(contacts_user) TO caretrack_care;
