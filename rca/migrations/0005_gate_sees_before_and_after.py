"""The gate asks what the case was before the statement as well, so that one statement cannot lower and close at once;
and what a case is for never changes (§12)."""

from django.db import migrations

AS_IT_WAS = """
    DROP TRIGGER rca_gate ON cases_case;
    CREATE TRIGGER rca_gate BEFORE UPDATE OF state ON cases_case FOR EACH ROW
        WHEN (NEW.state = 'closed' AND OLD.state <> 'closed' AND 'problem' IN (NEW.kind, OLD.kind)
              AND 1 IN (NEW.severity, OLD.severity, COALESCE(NEW.severity_at_proposal, 0),
                        COALESCE(OLD.severity_at_proposal, 0)))
        EXECUTE FUNCTION rca_gate();
    CREATE FUNCTION rca_kind() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'what case % is for never changes', OLD.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rca_kind';
    END $$;
    CREATE TRIGGER rca_kind BEFORE UPDATE OF kind ON cases_case FOR EACH ROW
        WHEN (NEW.kind <> OLD.kind) EXECUTE FUNCTION rca_kind();
    CREATE FUNCTION rca_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the severity at the proposal in force of case % is a fact', OLD.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rca_proposal';
    END $$;
    CREATE TRIGGER rca_proposal BEFORE UPDATE OF severity_at_proposal ON cases_case FOR EACH ROW
        WHEN (OLD.severity_at_proposal = 1 AND NEW.severity_at_proposal IS DISTINCT FROM 1
              AND NEW.state IN ('resolution_proposed', 'closed'))
        EXECUTE FUNCTION rca_proposal();
"""
AS_BEFORE = """
    DROP TRIGGER rca_proposal ON cases_case; DROP FUNCTION rca_proposal();
    DROP TRIGGER rca_kind ON cases_case; DROP FUNCTION rca_kind();
    DROP TRIGGER rca_gate ON cases_case;
    CREATE TRIGGER rca_gate BEFORE UPDATE OF state ON cases_case FOR EACH ROW
        WHEN (NEW.state = 'closed' AND OLD.state <> 'closed' AND NEW.kind = 'problem'
              AND (NEW.severity = 1 OR COALESCE(NEW.severity_at_proposal, 0) = 1))
        EXECUTE FUNCTION rca_gate();
"""


class Migration(migrations.Migration):
    dependencies = [("rca", "0004_document_tracking_and_requests_of_tenants")]

    operations = [migrations.RunSQL(AS_IT_WAS, AS_BEFORE)]
