-- When a draft is saved, a version is published or erased from, or the title of the case is
-- corrected, the words of the analysis are indexed.
CREATE OR REPLACE FUNCTION search_of_changed_analysis() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'rca_rcaversion' THEN
        PERFORM search_of_analysis(NEW.analysis_id);
    ELSIF TG_TABLE_NAME = 'cases_case' THEN
        PERFORM search_of_analysis(a.id) FROM rca_analysis a WHERE a.case_id = NEW.id
            AND a.draft <> '{}';
    ELSE
        PERFORM search_of_analysis(NEW.id);
    END IF;
    RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN NULL;  -- beyond a megabyte of distinct words it is found by the words that it had
END $$;
CREATE OR REPLACE TRIGGER search_of_saved_draft AFTER UPDATE OF draft ON rca_analysis
    FOR EACH ROW WHEN (OLD.draft IS DISTINCT FROM NEW.draft)
    EXECUTE FUNCTION search_of_changed_analysis();
CREATE OR REPLACE TRIGGER search_of_gone_analysis AFTER DELETE ON rca_analysis
    FOR EACH ROW EXECUTE FUNCTION search_of_gone('analysis');
CREATE OR REPLACE TRIGGER search_of_version AFTER INSERT OR UPDATE OF sections ON rca_rcaversion
    FOR EACH ROW EXECUTE FUNCTION search_of_changed_analysis();
CREATE OR REPLACE TRIGGER search_of_retitled_analysis AFTER UPDATE OF title ON cases_case
    FOR EACH ROW WHEN (OLD.title IS DISTINCT FROM NEW.title)
    EXECUTE FUNCTION search_of_changed_analysis();
