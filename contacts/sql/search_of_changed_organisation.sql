-- When an organisation or one of its sites is added or gets another name, its words are indexed.
CREATE OR REPLACE FUNCTION search_of_changed_organisation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'contacts_site' THEN
        PERFORM search_of_organisation(NEW.organisation_id);
    ELSE
        PERFORM search_of_organisation(NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_of_changed_organisation
    AFTER INSERT OR UPDATE OF name, short_name ON contacts_organisation
    FOR EACH ROW EXECUTE FUNCTION search_of_changed_organisation();
CREATE OR REPLACE TRIGGER search_of_changed_site
    AFTER INSERT OR UPDATE OF name ON contacts_site
    FOR EACH ROW EXECUTE FUNCTION search_of_changed_organisation();
