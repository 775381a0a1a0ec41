"""Row-level security of the queue's places, and a place for each case that is open when they come."""

from django.db import connection, migrations

from contacts.tenancy import care_scope
from contacts.tenancy_sql import TenantReference, TenantTable

PLACES = """
    INSERT INTO sla_queueplace (organisation_id, case_id, number, severity, priority, opened_at, lane, mark, nearest_kind,
            due_at, target_seconds, day_seconds, state, assignee_id, team_id, site_id, area, tags, is_historical, contact_spoke_at,
            silent_at, is_escalation_asked, is_contested)
        SELECT k.organisation_id, k.id, k.number, k.severity, k.priority, k.opened_at,
               CASE WHEN t.nearest_mark IS NULL THEN -1 WHEN t.nearest_is_around_the_clock THEN 0
                   ELSE t.calendar_version_id END,
               coalesce(t.nearest_mark, 10::bigint ^ 15), t.nearest_kind, t.nearest_due_at, c.target_seconds,
               CASE WHEN t.nearest_is_around_the_clock THEN 24 ELSE v.hours_per_business_day END * 3600, k.state,
               k.assignee_id, k.team_id, k.site_id, k.area, '{}', o.is_historical,
               coalesce((SELECT max(at) FROM cases_caseevent e WHERE e.case_id = k.id AND verb IN ('filed',
                   'contact_answered', 'issue_reported', 'reopened', 'escalation_requested', 'severity_contested')),
                   k.opened_at),
               NULL,
               coalesce((SELECT verb = 'escalation_requested' FROM cases_caseevent e WHERE e.case_id = k.id AND verb IN
                   ('escalation_requested', 'escalation_answered', 'closed') ORDER BY seq DESC LIMIT 1), false),
               coalesce((SELECT verb = 'severity_contested' FROM cases_caseevent e WHERE e.case_id = k.id AND verb IN
                   ('severity_set', 'severity_upheld', 'severity_contested') ORDER BY seq DESC LIMIT 1), false)
        FROM cases_case k JOIN contacts_organisation o ON o.id = k.organisation_id
            JOIN sla_caseterms t ON t.case_id = k.id
            JOIN sla_policyversion v ON v.id = t.policy_version_id
            LEFT JOIN LATERAL (SELECT target_seconds FROM sla_clock WHERE case_id = k.id AND kind = t.nearest_kind
                AND stopped_at IS NULL ORDER BY due_at LIMIT 1) c ON true
        WHERE k.state <> 'closed';
"""


def fill(apps, schema_editor):
    """Policy versions of these cases know no silence, so none of the places has an instant of it."""
    with care_scope(), connection.cursor() as cursor:
        cursor.execute(PLACES)


class Migration(migrations.Migration):
    dependencies = [("sla", "0005_queue_places")]

    operations = [
        TenantTable("sla_queueplace"),
        TenantReference("sla_queueplace", "case_id", "cases_case"),
        TenantReference("sla_queueplace", "site_id", "contacts_site"),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
