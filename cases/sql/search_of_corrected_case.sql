-- When the title or the area of a case is corrected, its words are indexed again. Only Care corrects,
-- and Care reads every update.
CREATE OR REPLACE FUNCTION search_of_corrected_case() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE update_row record; vector tsvector := search_case_vector(NEW); care tsvector := vector;
BEGIN
    FOR update_row IN SELECT u.text, u.facing FROM cases_caseupdate u
        WHERE u.case_id = NEW.id AND u.organisation_id = NEW.organisation_id ORDER BY u.id
    LOOP
        care := care || search_vector(update_row.text, 'C');
        IF update_row.facing = 'contact' THEN
            vector := vector || search_vector(update_row.text, 'C');
        END IF;
    END LOOP;
    UPDATE cases_casesearch SET words = vector, care_words = care
        WHERE case_id = NEW.id AND organisation_id = NEW.organisation_id;
    RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_of_corrected_case AFTER UPDATE OF title, area ON cases_case
    FOR EACH ROW WHEN (OLD.title IS DISTINCT FROM NEW.title OR OLD.area IS DISTINCT FROM NEW.area)
    EXECUTE FUNCTION search_of_corrected_case();
