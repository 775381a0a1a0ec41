"""Facts and counters are a tenant's rows, sums are Care's own; triggers keep counters and stale days true.

A trigger may read until when was counted and may add a day; it runs with the rights of whoever changes a case.
"""

from django.db import migrations

from contacts.tenancy import APP_ROLE, AUTH_ROLE
from contacts.tenancy_sql import CaresOwn, TenantTable

STALE = f"""
    REVOKE ALL ON insight_settled, insight_staleday FROM {APP_ROLE}, {AUTH_ROLE};
    GRANT SELECT ON insight_settled TO {APP_ROLE};
    GRANT INSERT ON insight_staleday TO {APP_ROLE};
    REVOKE INSERT, UPDATE, DELETE ON insight_fact FROM {APP_ROLE};

    CREATE FUNCTION insight_stale_by_event() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO insight_staleday (day) SELECT DISTINCT (n.at AT TIME ZONE 'UTC')::date
            FROM added n, insight_settled s WHERE n.at < s.until;
        RETURN NULL;
    END $$;
    CREATE TRIGGER insight_stale AFTER INSERT ON cases_caseevent REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION insight_stale_by_event();

    CREATE FUNCTION insight_stale_by_fact() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO insight_staleday (day) SELECT DISTINCT (v.at AT TIME ZONE 'UTC')::date
            FROM added n JOIN sla_clock c ON c.organisation_id = n.organisation_id AND c.id = n.clock_id
            CROSS JOIN LATERAL (VALUES (n.at), (c.stopped_at)) AS v (at), insight_settled s
            WHERE n.kind = 'breached' AND v.at < s.until;
        RETURN NULL;
    END $$;
    CREATE TRIGGER insight_stale AFTER INSERT ON sla_clockfact REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION insight_stale_by_fact();

    CREATE FUNCTION insight_stale_by_clock() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO insight_staleday (day) SELECT DISTINCT (v.at AT TIME ZONE 'UTC')::date
            FROM (VALUES (CASE TG_OP WHEN 'UPDATE' THEN OLD.stopped_at END), (NEW.stopped_at)) AS v (at),
                insight_settled s WHERE v.at < s.until;
        RETURN NULL;
    END $$;
    CREATE TRIGGER insight_stale_new AFTER INSERT ON sla_clock FOR EACH ROW
        WHEN (NEW.stopped_at IS NOT NULL) EXECUTE FUNCTION insight_stale_by_clock();
    CREATE TRIGGER insight_stale AFTER UPDATE ON sla_clock FOR EACH ROW
        WHEN ((OLD.stopped_at, OLD.outcome, OLD.used_seconds, OLD.severity, OLD.policy_version_id)
            IS DISTINCT FROM (NEW.stopped_at, NEW.outcome, NEW.used_seconds, NEW.severity, NEW.policy_version_id)
            AND (OLD.stopped_at IS NOT NULL OR NEW.stopped_at IS NOT NULL))
        EXECUTE FUNCTION insight_stale_by_clock();
"""  # noqa: S608 (names of our own)
FRESH = """
    DROP TRIGGER insight_stale ON sla_clock;
    DROP TRIGGER insight_stale_new ON sla_clock;
    DROP TRIGGER insight_stale ON sla_clockfact;
    DROP TRIGGER insight_stale ON cases_caseevent;
    DROP FUNCTION insight_stale_by_clock();
    DROP FUNCTION insight_stale_by_fact();
    DROP FUNCTION insight_stale_by_event();
"""
COUNTERS = """
    CREATE FUNCTION insight_count_open() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO insight_opencount (organisation_id, state, severity, is_historical, is_unassigned, n)
            SELECT organisation_id, state, severity, is_historical, assignee_id IS NULL, count(*) FROM added
            GROUP BY 1, 2, 3, 4, 5;
        ELSIF TG_OP = 'DELETE' THEN
            INSERT INTO insight_opencount (organisation_id, state, severity, is_historical, is_unassigned, n)
            SELECT organisation_id, state, severity, is_historical, assignee_id IS NULL, -count(*) FROM gone
            GROUP BY 1, 2, 3, 4, 5;
        ELSE
            INSERT INTO insight_opencount (organisation_id, state, severity, is_historical, is_unassigned, n)
            SELECT organisation_id, state, severity, is_historical, assignee_id IS NULL, sum(n)
            FROM (SELECT organisation_id, state, severity, is_historical, assignee_id, 1 AS n FROM added
                  UNION ALL SELECT organisation_id, state, severity, is_historical, assignee_id, -1 FROM gone) AS moved
            GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0;
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER insight_counts_new AFTER INSERT ON sla_queueplace REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION insight_count_open();
    CREATE TRIGGER insight_counts_gone AFTER DELETE ON sla_queueplace REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION insight_count_open();
    CREATE TRIGGER insight_counts_moved AFTER UPDATE ON sla_queueplace
        REFERENCING OLD TABLE AS gone NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION insight_count_open();
    INSERT INTO insight_opencount (organisation_id, state, severity, is_historical, is_unassigned, n)
        SELECT organisation_id, state, severity, is_historical, assignee_id IS NULL, count(*) FROM sla_queueplace
        GROUP BY 1, 2, 3, 4, 5;
"""
UNCOUNTED = """
    DROP TRIGGER insight_counts_moved ON sla_queueplace;
    DROP TRIGGER insight_counts_gone ON sla_queueplace;
    DROP TRIGGER insight_counts_new ON sla_queueplace;
    DROP FUNCTION insight_count_open();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0001_initial"),
        ("sla", "0012_clocks_by_what_they_came_to"),
        ("cases", "0020_events_by_instant"),
    ]

    operations = [
        migrations.RunSQL(COUNTERS, UNCOUNTED),
        TenantTable("insight_fact", unique=False),
        TenantTable("insight_opencount", unique=False),
        CaresOwn("insight_figure"),
        migrations.RunSQL(STALE, FRESH),
    ]
