"""Open cases by the hour in which something is due: Care's own rows, which a trigger adds whoever changes a case.

Every count of open cases is taken anew here, in Care's scope: the owner of the tables sees no tenant's row.
"""

from django.db import connection, migrations, models

from contacts.tenancy import APP_ROLE, AUTH_ROLE, care_scope
from contacts.tenancy_sql import CaresOwn

BY_HOUR = """
    INSERT INTO insight_hourcount (what, severity, lane, hour, n)
    SELECT h.what, p.severity, h.lane, h.hour, sum(p.n)
    FROM ({places}) AS p CROSS JOIN LATERAL (VALUES
        ('due', 0::bigint, floor(extract(epoch FROM p.due_at) / 3600)::bigint),
        ('left', p.lane, CASE WHEN p.lane <> -1 THEN floor(p.mark / 3600.0)::bigint END),
        ('silent', 0, floor(extract(epoch FROM p.silent_at) / 3600)::bigint),
        ('closing', 0, floor(extract(epoch FROM p.closing_at) / 3600)::bigint)) AS h (what, lane, hour)
    WHERE NOT p.is_historical AND h.hour IS NOT NULL GROUP BY 1, 2, 3, 4 HAVING sum(p.n) <> 0
"""
PLACES = "SELECT severity, lane, mark, due_at, silent_at, closing_at, is_historical, {n} AS n FROM {table}"
ADDED, GONE = PLACES.format(n=1, table="added"), PLACES.format(n=-1, table="gone")
COUNTERS = f"""
    CREATE FUNCTION insight_count_hours() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN {BY_HOUR.format(places=ADDED)};
        ELSIF TG_OP = 'DELETE' THEN {BY_HOUR.format(places=GONE)};
        ELSE {BY_HOUR.format(places=f"{ADDED} UNION ALL {GONE}")};
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER insight_hours_new AFTER INSERT ON sla_queueplace REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION insight_count_hours();
    CREATE TRIGGER insight_hours_gone AFTER DELETE ON sla_queueplace REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION insight_count_hours();
    CREATE TRIGGER insight_hours_moved AFTER UPDATE ON sla_queueplace
        REFERENCING OLD TABLE AS gone NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION insight_count_hours();
"""
UNCOUNTED = """
    DROP TRIGGER insight_hours_moved ON sla_queueplace;
    DROP TRIGGER insight_hours_gone ON sla_queueplace;
    DROP TRIGGER insight_hours_new ON sla_queueplace;
    DROP FUNCTION insight_count_hours();
"""
ADDS = f"""
    REVOKE ALL ON insight_hourcount FROM {AUTH_ROLE};
    GRANT INSERT ON insight_hourcount TO {APP_ROLE};
    CREATE POLICY added ON insight_hourcount FOR INSERT TO {APP_ROLE} WITH CHECK (true);
"""
NEVER = f"""
    DROP POLICY added ON insight_hourcount;
    REVOKE INSERT ON insight_hourcount FROM {APP_ROLE};
"""
OPEN = """
    INSERT INTO insight_opencount (organisation_id, state, severity, is_historical, is_unassigned, n)
    SELECT organisation_id, state, severity, is_historical, assignee_id IS NULL, count(*) FROM sla_queueplace
    GROUP BY 1, 2, 3, 4, 5
"""


def fill(apps, schema_editor):
    with care_scope(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM insight_opencount")
        cursor.execute(OPEN)
        cursor.execute(BY_HOUR.format(places=PLACES.format(n=1, table="sla_queueplace")))


class Migration(migrations.Migration):
    dependencies = [("insight", "0003_figures_by_kind"), ("sla", "0014_places_know_their_closing")]

    operations = [
        migrations.CreateModel(
            name="HourCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("due", "its nearest promise is due in it"),
                            (
                                "left",
                                "that promise lies in this hour of its calendar's counted time",
                            ),
                            ("silent", "from then on Care has been silent too long"),
                            ("closing", "it is closed then, unless its contact speaks"),
                        ],
                        max_length=8,
                    ),
                ),
                ("severity", models.PositiveSmallIntegerField()),
                (
                    "lane",
                    models.BigIntegerField(default=0, help_text="For what is left; 0 otherwise."),
                ),
                ("hour", models.BigIntegerField()),
                ("n", models.IntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name="hourcount",
            index=models.Index(fields=["what", "lane", "hour"], name="open_by_the_hour"),
        ),
        CaresOwn("insight_hourcount"),
        migrations.RunSQL(ADDS, NEVER),
        migrations.RunSQL(COUNTERS, UNCOUNTED),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
