-- When a file is attached, its name is indexed; that of an internal file for Care alone.
CREATE OR REPLACE FUNCTION search_of_new_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE vector tsvector := search_vector(NEW.name, 'C');
BEGIN
    UPDATE cases_casesearch SET care_words = care_words || vector,
        words = CASE WHEN NEW.facing = 'contact' THEN words || vector ELSE words END
        WHERE case_id = NEW.case_id AND organisation_id = NEW.organisation_id;
    RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_of_new_file AFTER INSERT ON cases_attachment
    FOR EACH ROW EXECUTE FUNCTION search_of_new_file();
