"""When each case of the queue is closed unless its contact speaks; for those that are open when the column comes, too."""

from django.conf import settings
from django.db import connection, migrations, models

from contacts.tenancy import care_scope

CLOSINGS = """
    UPDATE sla_queueplace p SET closing_at = ends.at
    FROM (
        SELECT c.case_id, min(greatest(c.due_at, c.closure_due_at, CASE WHEN c.kind = 'customer_response'
            AND said.verb = 'closure_announced' THEN (said.particulars ->> 'closes_at')::timestamptz END)) AS at
        FROM sla_clock c LEFT JOIN LATERAL (
            SELECT e.verb, e.particulars FROM cases_caseevent e WHERE e.case_id = c.case_id AND e.verb IN
                ('closure_announced', 'contact_answered', 'ruled_inadequate', 'resolution_proposed', 'issue_reported',
                 'closed', 'reopened', 'merged')
            ORDER BY e.seq DESC LIMIT 1) AS said ON true
        WHERE c.kind IN ('closure', 'customer_response') AND c.stopped_at IS NULL AND c.due_at IS NOT NULL
        GROUP BY c.case_id) AS ends
    WHERE ends.case_id = p.case_id AND p.state IN ('waiting_on_contact', 'resolution_proposed')
"""


def fill(apps, schema_editor):
    with care_scope(), connection.cursor() as cursor:
        cursor.execute(CLOSINGS)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0023_erasing_who_somebody_was"),
        ("contacts", "0012_erasing_who_somebody_was"),
        ("sla", "0013_queue_by_due"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="queueplace",
            name="closing_at",
            field=models.DateTimeField(
                blank=True,
                null=True,
                help_text="When it is closed unless the contact answers, or reports an issue (§13).",
            ),
        ),
        migrations.AddIndex(
            model_name="queueplace",
            index=models.Index(
                condition=models.Q(("closing_at__isnull", False)),
                fields=["closing_at", "is_historical"],
                name="queue_closing",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
