"""Row-level security, published versions that never change, and the gate in the database itself."""

from django.db import migrations

from contacts.tenancy_sql import AppendOnly, TenantReference, TenantTable

# The same rule as rca.gate, where no code can get round it: not a bulk update, not a script, not a slip (§12).
GATE = """
    CREATE FUNCTION rca_gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT FROM rca_analysis a WHERE a.case_id = NEW.id AND a.initial_sent_at IS NOT NULL
            AND EXISTS (SELECT FROM rca_rcaversion v WHERE v.analysis_id = a.id)
        ) THEN
            RAISE EXCEPTION 'case % is Critical and its root cause analysis is owed: it cannot be closed', NEW.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'rca_gate';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER rca_gate BEFORE UPDATE OF state ON cases_case FOR EACH ROW
        WHEN (NEW.state = 'closed' AND OLD.state <> 'closed' AND NEW.kind = 'problem'
              AND (NEW.severity = 1 OR COALESCE(NEW.severity_at_proposal, 0) = 1))
        EXECUTE FUNCTION rca_gate();
    CREATE TRIGGER rca_gate_at_birth BEFORE INSERT ON cases_case FOR EACH ROW
        WHEN (NEW.state = 'closed' AND NEW.kind = 'problem'
              AND (NEW.severity = 1 OR COALESCE(NEW.severity_at_proposal, 0) = 1))
        EXECUTE FUNCTION rca_gate();
"""


class Migration(migrations.Migration):
    dependencies = [("rca", "0001_initial"), ("cases", "0002_tenants")]

    operations = [
        TenantTable("rca_analysis"),
        TenantTable("rca_rcaversion"),
        TenantReference("rca_analysis", "case_id", "cases_case"),
        TenantReference("rca_analysis", "follow_up_id", "cases_case"),
        TenantReference("rca_rcaversion", "analysis_id", "rca_analysis"),
        AppendOnly("rca_rcaversion"),
        migrations.RunSQL(
            GATE,
            "DROP TRIGGER rca_gate_at_birth ON cases_case; DROP TRIGGER rca_gate ON cases_case; DROP FUNCTION rca_gate();",
        ),
    ]
