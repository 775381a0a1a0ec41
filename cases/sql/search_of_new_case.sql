-- When a case is added, its words are indexed in the same transaction.
CREATE OR REPLACE FUNCTION search_of_new_case() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE vector tsvector := search_case_vector(NEW);
BEGIN
    INSERT INTO cases_casesearch (case_id, organisation_id, updated_at, words, care_words)
        VALUES (NEW.id, NEW.organisation_id, NEW.opened_at, vector, vector)
        ON CONFLICT (case_id) DO UPDATE SET organisation_id = EXCLUDED.organisation_id,
            updated_at = EXCLUDED.updated_at, words = EXCLUDED.words, care_words = EXCLUDED.care_words;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_of_new_case AFTER INSERT ON cases_case
    FOR EACH ROW EXECUTE FUNCTION search_of_new_case();
