-- When an update is added, its words are indexed; internal ones for Care alone.
--
-- Beyond a megabyte of distinct words PostgreSQL refuses a tsvector: the case is then found by the
-- words that it had.
CREATE OR REPLACE FUNCTION search_of_new_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE vector tsvector := search_vector(NEW.text, 'C');
BEGIN
    UPDATE cases_casesearch SET care_words = care_words || vector,
        words = CASE WHEN NEW.facing = 'contact' THEN words || vector ELSE words END,
        updated_at = CASE WHEN NEW.facing = 'contact' THEN greatest(updated_at, NEW.at) ELSE updated_at END
        WHERE case_id = NEW.case_id AND organisation_id = NEW.organisation_id;
    RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_of_new_update AFTER INSERT ON cases_caseupdate
    FOR EACH ROW EXECUTE FUNCTION search_of_new_update();
