-- While a proposed resolution is in force, the severity at the proposal is a fact (§12).
CREATE OR REPLACE FUNCTION rca_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the severity at the proposal in force of case % is a fact', OLD.number
        USING ERRCODE = 'check_violation', CONSTRAINT = 'rca_proposal';
END $$;
CREATE OR REPLACE TRIGGER rca_proposal BEFORE UPDATE OF severity_at_proposal ON cases_case
    FOR EACH ROW
    WHEN (OLD.severity_at_proposal = 1 AND NEW.severity_at_proposal IS DISTINCT FROM 1
          AND NEW.state IN ('resolution_proposed', 'closed'))
    EXECUTE FUNCTION rca_proposal();
