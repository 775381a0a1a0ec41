import django.db.models.deletion
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0001_initial"),
        ("contacts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Analysis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")]
                    ),
                ),
                (
                    "state",
                    django_fsm.FSMField(
                        choices=[
                            ("owed", "Owed"),
                            ("draft", "Draft"),
                            ("in_review", "In review"),
                            ("published", "Published"),
                        ],
                        default="owed",
                        max_length=50,
                        protected=True,
                    ),
                ),
                ("initial_text", models.TextField(blank=True)),
                ("initial_sent_at", models.DateTimeField(blank=True, null=True)),
                ("draft", models.JSONField(blank=True, default=dict)),
                (
                    "writers",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Who wrote on it since it was last published.",
                    ),
                ),
                ("review_note", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="analysis",
                        to="cases.case",
                    ),
                ),
                (
                    "follow_up",
                    models.OneToOneField(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="analysis_of",
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
            ],
            options={
                "verbose_name_plural": "analyses",
            },
        ),
        migrations.CreateModel(
            name="RcaVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("sections", models.JSONField()),
                ("published_at", models.DateTimeField()),
                (
                    "analysis",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="rca.analysis",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.AddIndex(
            model_name="analysis",
            index=models.Index(fields=["organisation", "state"], name="analyses_by_state"),
        ),
        migrations.AddConstraint(
            model_name="rcaversion",
            constraint=models.UniqueConstraint(
                fields=("organisation", "analysis", "number"), name="one_rca_version_a_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="rcaversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("author", models.F("reviewer")), _negated=True),
                name="reviewed_by_a_second_person",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rcaversion",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="cd2a1efebcceaa488d5890cbc2b45b4d501c1d09",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_never_changed_0c84e",
                    table="rca_rcaversion",
                    when="BEFORE",
                ),
            ),
        ),
    ]
