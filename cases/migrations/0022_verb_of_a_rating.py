"""The journal can say how a contact rated the handling of a closed case."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0021_notices_that_did_not_arrive"),
    ]

    operations = [
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
                    ("pages_ran_out", "paged everybody on call and nobody acknowledged"),
                ],
                max_length=30,
            ),
        ),
    ]
