"""Drafts and publishers of policies, whose they are, and what was tried with them on open cases."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0018_verb_of_other_terms"),
        ("contacts", "0011_organisations_by_name"),
        ("sla", "0009_placing_and_pages_of_tenants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="policyversion",
            name="published_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="why",
            field=models.CharField(
                blank=True, db_default="", help_text="What is new in it, and why.", max_length=500
            ),
        ),
        migrations.CreateModel(
            name="OrganisationPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policy_choices",
                        to="contacts.organisation",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: none of its own.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.policy",
                    ),
                ),
            ],
            options={
                "ordering": ["-effective_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="PolicyDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("said", models.JSONField()),
                ("saves", models.PositiveIntegerField(default=1)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "policy",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="draft",
                        to="sla.policy",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TermsRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("said", models.JSONField()),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")],
                        null=True,
                    ),
                ),
                ("begun_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reckoning", "Being reckoned"),
                            ("reckoned", "Reckoned"),
                            ("moving", "Being moved"),
                            ("moved", "Moved"),
                        ],
                        default="reckoning",
                        max_length=10,
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("cursor", models.BigIntegerField(default=0)),
                ("sums", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("worked_at", models.DateTimeField(help_text="When a batch of it was last done.")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contacts.organisation",
                    ),
                ),
                (
                    "from_version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.policyversion",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="sla.policy",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.policyversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="TermsRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "promises",
                    models.JSONField(
                        default=list,
                        help_text="[[kind, due before, due after, seconds, missed, would be]]",
                    ),
                ),
                ("moves", models.BooleanField(default=False)),
                ("would_miss", models.BooleanField(default=False)),
                ("would_save", models.BooleanField(default=False)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("moved", "Moved"), ("refused", "Refused")],
                        max_length=8,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=300)),
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
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="sla.termsrun",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="OfferingPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "offering",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policy_choices",
                        to="contacts.offering",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: none of its own.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.policy",
                    ),
                ),
            ],
            options={
                "ordering": ["-effective_at", "-id"],
                "indexes": [
                    models.Index(
                        fields=["offering", "-effective_at", "-id"], name="policy_of_an_offering"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offeringpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="871843ba768d9e3c1ac0b517f753e6f82672c10b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_never_changed_ff6d1",
                    table="sla_offeringpolicy",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="organisationpolicy",
            index=models.Index(
                fields=["organisation", "-effective_at", "-id"], name="policy_of_an_organisation"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organisationpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="855058aa079ac3dd61f365487f138cac0e11f05d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_never_changed_4708e",
                    table="sla_organisationpolicy",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="termsrun",
            index=models.Index(fields=["policy", "-id"], name="runs_of_a_policy"),
        ),
        migrations.AddIndex(
            model_name="termsrun",
            index=models.Index(
                condition=models.Q(("state__in", ["reckoning", "moving"])),
                fields=["worked_at"],
                name="runs_to_go_on_with",
            ),
        ),
        migrations.AddIndex(
            model_name="termsrow",
            index=models.Index(fields=["run", "id"], name="rows_of_a_run"),
        ),
        migrations.AddIndex(
            model_name="termsrow",
            index=models.Index(
                condition=models.Q(("would_miss", True)),
                fields=["run", "id"],
                name="rows_that_would_miss",
            ),
        ),
        migrations.AddIndex(
            model_name="termsrow",
            index=models.Index(
                condition=models.Q(("outcome", "refused")),
                fields=["run", "id"],
                name="rows_refused",
            ),
        ),
        migrations.AddConstraint(
            model_name="termsrow",
            constraint=models.UniqueConstraint(
                fields=("organisation", "run", "case"), name="one_row_a_case_of_a_run"
            ),
        ),
    ]
