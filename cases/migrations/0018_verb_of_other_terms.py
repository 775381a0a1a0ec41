"""The journal can say that a case was moved to other terms."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0017_verbs_of_documents_and_invitations"),
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
                    ("reopened", "reopened the case"),
                    ("attached", "attached a file"),
                    ("file_blocked", "blocked a file that carries malware"),
                    ("linked", "linked a case"),
                    ("tagged", "changed the tags"),
                    ("unlinked", "took a link away"),
                    ("split", "made a case of its own of some words"),
                    ("merged", "merged a duplicate into this case"),
                    ("initial_rca_sent", "sent the initial root cause analysis"),
                    ("rca_published", "published the complete root cause analysis"),
                    ("paged", "paged"),
                    ("page_acknowledged", "acknowledged the page"),
                    ("pages_ran_out", "paged everybody on call and nobody acknowledged"),
                ],
                max_length=30,
            ),
        ),
    ]
