import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from core.migration_operations import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contacts", "0001_initial"),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="DirtyDay",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("day", models.DateField()),
                ],
            ),
            migrations.CreateModel(
                name="Watermark",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("until", models.DateTimeField()),
                    ("counted_at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="Figure",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "dimension",
                        models.CharField(
                            choices=[
                                ("all", "All"),
                                ("organisation", "Organisation"),
                                ("site", "Site"),
                                ("region", "Region"),
                                ("area", "Area"),
                                ("team", "Team"),
                                ("analyst", "Analyst"),
                                ("offering", "Offering"),
                                ("policy", "Policy version"),
                                ("hour", "Hour of the customer's week"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("key", models.CharField(blank=True, max_length=80)),
                    (
                        "grain",
                        models.CharField(
                            choices=[("day", "Day"), ("month", "Month")], max_length=5
                        ),
                    ),
                    ("day", models.DateField(help_text="Of a month, its first day.")),
                    ("kind", models.CharField(blank=True, max_length=20)),
                    (
                        "what",
                        models.CharField(
                            choices=[
                                ("met", "Met"),
                                ("missed", "Missed"),
                                ("late", "Ended late"),
                                ("measured", "Measured"),
                                ("opened", "Opened"),
                                ("assigned", "Assigned"),
                                ("closed", "Closed"),
                                ("reopened", "Reopened"),
                                ("proposed", "Resolution proposed"),
                                ("issue_reported", "Issue reported with a resolution"),
                                ("contested", "Severity contested"),
                                ("severity_set", "Severity changed"),
                                ("escalated", "Escalated for investigation"),
                                ("escalation_asked", "Escalation asked for"),
                                ("inadequate", "Answer ruled inadequate"),
                                ("rated", "Rated by the contact"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("severity", models.PositiveSmallIntegerField(default=0)),
                    ("is_historical", models.BooleanField(default=False)),
                    ("n", models.PositiveIntegerField()),
                    (
                        "total",
                        models.BigIntegerField(
                            default=0, help_text="The sum of the facts' seconds."
                        ),
                    ),
                    (
                        "spread",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=django.contrib.postgres.fields.ArrayField(
                                base_field=models.IntegerField(), size=2
                            ),
                            help_text=(
                                "The histogram of the facts' seconds: pairs of a bucket and "
                                "a count."
                            ),
                            null=True,
                            size=None,
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["dimension", "key", "grain", "day"], name="figures_of_one"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=(
                                "dimension",
                                "grain",
                                "day",
                                "kind",
                                "what",
                                "key",
                                "severity",
                                "is_historical",
                            ),
                            name="one_figure_a_day",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Fact",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "case_key",
                        models.BigIntegerField(
                            help_text="The case's key; empty for a promise to an applicant (§1).",
                            null=True,
                        ),
                    ),
                    ("kind", models.CharField(blank=True, max_length=20)),
                    (
                        "what",
                        models.CharField(
                            choices=[
                                ("met", "Met"),
                                ("missed", "Missed"),
                                ("late", "Ended late"),
                                ("measured", "Measured"),
                                ("opened", "Opened"),
                                ("assigned", "Assigned"),
                                ("closed", "Closed"),
                                ("reopened", "Reopened"),
                                ("proposed", "Resolution proposed"),
                                ("issue_reported", "Issue reported with a resolution"),
                                ("contested", "Severity contested"),
                                ("severity_set", "Severity changed"),
                                ("escalated", "Escalated for investigation"),
                                ("escalation_asked", "Escalation asked for"),
                                ("inadequate", "Answer ruled inadequate"),
                                ("rated", "Rated by the contact"),
                            ],
                            max_length=20,
                        ),
                    ),
                    (
                        "severity",
                        models.PositiveSmallIntegerField(
                            choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")],
                            default=0,
                            help_text="0: of no case.",
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("day", models.DateField()),
                    ("hour", models.PositiveSmallIntegerField(null=True)),
                    ("seconds", models.BigIntegerField(null=True)),
                    ("site_key", models.BigIntegerField(null=True)),
                    ("region", models.CharField(blank=True, max_length=2)),
                    ("area", models.CharField(blank=True, max_length=80)),
                    ("team_key", models.BigIntegerField(null=True)),
                    ("analyst_key", models.BigIntegerField(null=True)),
                    ("offering", models.CharField(blank=True, max_length=60)),
                    (
                        "policy_key",
                        models.BigIntegerField(help_text="The policy version's key.", null=True),
                    ),
                    ("is_historical", models.BooleanField(default=False)),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="contacts.organisation",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["at"], name="facts_by_instant"),
                        models.Index(fields=["day"], name="facts_by_day"),
                        models.Index(
                            fields=["organisation", "day"], name="facts_of_an_organisation"
                        ),
                        models.Index(fields=["what", "kind", "at", "id"], name="facts_of_a_kind"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="OpenCount",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("state", models.CharField(max_length=20)),
                    ("severity", models.PositiveSmallIntegerField()),
                    ("is_historical", models.BooleanField()),
                    ("is_unassigned", models.BooleanField()),
                    ("n", models.IntegerField()),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="contacts.organisation",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["organisation"], name="open_counts_of_one")],
                },
            ),
        ),
    ]
