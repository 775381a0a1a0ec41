import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_unread_from_the_index_alone"),
        ("contacts", "0008_licences_are_cares"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="tags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                blank=True,
                db_default=[],
                default=list,
                help_text="Care's own words for it.",
                size=None,
            ),
        ),
        migrations.AlterField(
            model_name="caseevent",
            name="verb",
            field=models.CharField(
                choices=[
                    ("filed", "filed the case"),
                    ("taken", "took the case"),
                    ("answered", "answered"),
                    ("noted", "wrote an internal note"),
                    ("call_logged", "logged a call"),
                    ("information_requested", "asked for information"),
                    ("contact_answered", "answered"),
                    ("ruled_inadequate", "ruled the answer inadequate"),
                    ("severity_set", "set the severity"),
                    ("severity_contested", "contested the severity"),
                    ("severity_upheld", "upheld the severity"),
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
                    ("initial_rca_sent", "sent the initial root cause analysis"),
                    ("rca_published", "published the complete root cause analysis"),
                ],
                max_length=30,
            ),
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contacts.organisation",
                    ),
                ),
                (
                    "analyst",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("analyst", "case"), name="one_look_an_analyst_and_case"
                    )
                ],
            },
        ),
    ]
