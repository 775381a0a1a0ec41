-- When a side conversation is opened, or has another subject or other recipients, the words of its
-- case are indexed again, for Care alone. Only Care writes side conversations.
CREATE OR REPLACE FUNCTION search_of_side_conversation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM search_of_case(NEW.case_id);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER search_of_side_conversation
    AFTER INSERT OR UPDATE OF subject, recipients ON cases_sideconversation
    FOR EACH ROW EXECUTE FUNCTION search_of_side_conversation();
