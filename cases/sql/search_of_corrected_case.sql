-- When the title, the area or the tags of a case change, its words are indexed again. Only Care
-- changes them.
CREATE OR REPLACE FUNCTION search_of_corrected_case() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM search_of_case(NEW.id);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_of_corrected_case AFTER UPDATE OF title, area, tags ON cases_case
    FOR EACH ROW WHEN (OLD.title IS DISTINCT FROM NEW.title OR OLD.area IS DISTINCT FROM NEW.area
        OR OLD.tags IS DISTINCT FROM NEW.tags)
    EXECUTE FUNCTION search_of_corrected_case();
