-- When a case is deleted (only a discarded import is), its words go too.
CREATE OR REPLACE FUNCTION search_of_gone_case() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM cases_casesearch WHERE case_id = OLD.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_of_gone_case AFTER DELETE ON cases_case
    FOR EACH ROW EXECUTE FUNCTION search_of_gone_case();
