-- When an organisation, a person or an analysis is deleted (only a discarded import is), its words
-- go too.
CREATE OR REPLACE FUNCTION search_of_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM contacts_searchdocument d WHERE d.kind = TG_ARGV[0] AND d.object_id = OLD.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_of_gone_organisation AFTER DELETE ON contacts_organisation
    FOR EACH ROW EXECUTE FUNCTION search_of_gone('organisation');
CREATE OR REPLACE TRIGGER search_of_gone_person AFTER DELETE ON contacts_user
    FOR EACH ROW EXECUTE FUNCTION search_of_gone('person');
