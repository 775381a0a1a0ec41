"""Words in the journal of a case can be erased, and the journal can say so."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from contacts.tenancy_sql import CareMayErase


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0022_verb_of_a_rating"),
        ("contacts", "0012_erasing_who_somebody_was"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="caseevent",
            name="never_changed",
        ),
        migrations.AddField(
            model_name="caseevent",
            name="is_erased",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="caseevent",
            name="verb",
            field=models.CharField(
                choices=[
                    ("filed", "filed the case"),
                    ("taken", "took the case"),
                    ("assigned", "assigned the case"),
                    ("answered", "answered"),
                    ("noted", "wrote an internal note"),
                    ("call_logged", "logged a call"),
                    ("information_requested", "asked for information"),
                    ("contact_answered", "answered"),
                    ("ruled_inadequate", "ruled the answer inadequate"),
                    ("severity_set", "set the severity"),
                    ("severity_contested", "contested the severity"),
                    ("severity_upheld", "upheld the severity"),
                    ("terms_moved", "moved the case to other terms"),
                    ("escalated", "escalated the case for investigation"),
                    ("handed_back", "handed the case back with findings"),
                    ("escalation_requested", "asked for escalation"),
                    ("escalation_answered", "answered the request for escalation"),
                    ("restored", "recorded that it works again"),
                    ("resolution_proposed", "proposed a resolution"),
                    ("issue_reported", "reported an issue with the resolution"),
                    ("closure_announced", "announced the closure"),
                    ("closure_held", "held the closure back"),
                    ("closed", "closed the case"),
                    ("remarked", "wrote on the closed case"),
                    ("rated", "rated the case"),
                    ("reopened", "reopened the case"),
                    ("attached", "attached a file"),
                    ("file_blocked", "blocked a file that carries malware"),
                    ("linked", "linked a case"),
                    ("tagged", "changed the tags"),
                    ("unlinked", "took a link away"),
                    ("split", "made a case of its own of some words"),
                    ("merged", "merged a duplicate into this case"),
                    ("initial_rca_sent", "sent the initial root cause analysis"),
                    ("rca_submitted", "handed the root cause analysis to a reviewer"),
                    ("rca_returned", "returned the root cause analysis to its author"),
                    ("rca_published", "published the complete root cause analysis"),
                    ("rca_acknowledged", "acknowledged the root cause analysis"),
                    ("action_moved", "reported on a corrective action"),
                    ("documents_delivered", "delivered the documentation"),
                    ("talk_requested", "asked for a discussion"),
                    ("meeting_arranged", "arranged a meeting"),
                    ("meeting_cancelled", "cancelled the meeting"),
                    ("meeting_held", "recorded that the meeting took place"),
                    ("paged", "paged"),
                    ("page_acknowledged", "acknowledged the page"),
                    ("undelivered", "could not deliver a message"),
                    ("person_erased", "erased the details of a person"),
                    ("pages_ran_out", "paged everybody on call and nobody acknowledged"),
                ],
                max_length=30,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF (to_jsonb(NEW) - ARRAY['particulars', 'is_erased']) = (to_jsonb(OLD) - ARRAY['particulars', 'is_erased']) AND NEW.is_erased\n        AND only_erased(to_jsonb(OLD) - 'is_erased', to_jsonb(NEW) - 'is_erased')\n    THEN RETURN NEW; END IF;\n    RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;\n",
                    hash="0b6157fcc443105b2f093e6d428e564b289591fe",
                    operation="UPDATE",
                    pgid="pgtrigger_never_changed_743ca",
                    table="cases_caseevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="never_removed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="50cf3424db555e0930febef4b2931ba5fe2f6a84",
                    operation="DELETE",
                    pgid="pgtrigger_never_removed_69e6f",
                    table="cases_caseevent",
                    when="BEFORE",
                ),
            ),
        ),
        CareMayErase("cases_caseevent", "particulars", "is_erased"),
    ]
