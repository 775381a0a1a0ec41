-- When a person is added or their details change, their words are indexed. An erased person is
-- found by the name that replaced theirs.
CREATE OR REPLACE FUNCTION search_of_changed_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM search_of_person(NEW);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_of_changed_person
    AFTER INSERT OR UPDATE OF name, email, work_phone, organisation_id ON contacts_user
    FOR EACH ROW WHEN (NEW.role <> 'system') EXECUTE FUNCTION search_of_changed_person();
