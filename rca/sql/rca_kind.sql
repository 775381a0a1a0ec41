-- What a case is for never changes: a problem cannot become a request to get around the gate (§12).
CREATE OR REPLACE FUNCTION rca_kind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what case % is for never changes', OLD.number
        USING ERRCODE = 'check_violation', CONSTRAINT = 'rca_kind';
END $$;
CREATE OR REPLACE TRIGGER rca_kind BEFORE UPDATE OF kind ON cases_case FOR EACH ROW
    WHEN (NEW.kind <> OLD.kind) EXECUTE FUNCTION rca_kind();
