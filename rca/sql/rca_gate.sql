-- A Critical case is not closed while its root cause analysis is owed (§12).
--
-- `rca.gate` has the same rule for people. This is where no code gets around it: no bulk update, no
-- script, no slip. The trigger asks what the case was before the statement as well, so that one
-- statement cannot lower the severity and close at once.
CREATE OR REPLACE FUNCTION rca_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rca_analysis a WHERE a.case_id = NEW.id AND a.initial_sent_at IS NOT NULL
        AND EXISTS (SELECT FROM rca_rcaversion v WHERE v.analysis_id = a.id)
    ) THEN
        RAISE EXCEPTION
            'case % is Critical and its root cause analysis is owed: it cannot be closed', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rca_gate';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER rca_gate BEFORE UPDATE OF state ON cases_case FOR EACH ROW
    WHEN (NEW.state = 'closed' AND OLD.state <> 'closed' AND 'problem' IN (NEW.kind, OLD.kind)
          AND 1 IN (NEW.severity, OLD.severity, COALESCE(NEW.severity_at_proposal, 0),
                    COALESCE(OLD.severity_at_proposal, 0)))
    EXECUTE FUNCTION rca_gate();
CREATE OR REPLACE TRIGGER rca_gate_at_birth BEFORE INSERT ON cases_case FOR EACH ROW
    WHEN (NEW.state = 'closed' AND NEW.kind = 'problem'
          AND (NEW.severity = 1 OR COALESCE(NEW.severity_at_proposal, 0) = 1))
    EXECUTE FUNCTION rca_gate();
