import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0001_initial"),
        ("contacts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(unique=True)),
                ("name", models.CharField(max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("effective_at", models.DateTimeField()),
                (
                    "hours_per_business_day",
                    models.PositiveSmallIntegerField(
                        help_text="A business day as an amount, in business hours."
                    ),
                ),
                (
                    "customer_response_days",
                    models.PositiveSmallIntegerField(
                        help_text="Business days a contact has to answer (§13)."
                    ),
                ),
                (
                    "reminder_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        help_text="Business days of waiting after which to remind.",
                        size=None,
                    ),
                ),
                (
                    "notice_days",
                    models.PositiveSmallIntegerField(
                        help_text="Business days between advance notice and closure (§13)."
                    ),
                ),
                (
                    "closure_days",
                    models.PositiveSmallIntegerField(
                        help_text="A proposal closes at the end of this business day (§13)."
                    ),
                ),
                (
                    "reopen_window_days",
                    models.PositiveSmallIntegerField(
                        help_text="Business days in which a closed case reopens (§13)."
                    ),
                ),
                (
                    "warning_percentages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        help_text="Of the target used, before a breach (§10).",
                        size=None,
                    ),
                ),
                (
                    "credential_hours",
                    models.PositiveSmallIntegerField(
                        help_text="Business hours to issue credentials (§1)."
                    ),
                ),
                (
                    "escalation_request_wait_hours",
                    models.PositiveSmallIntegerField(
                        help_text="Hours since the last update before a customer may ask for escalation of a High case (§10)."
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="sla.policy",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PolicyTarget",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "promise",
                    models.CharField(
                        choices=[
                            ("response", "Initial response"),
                            ("restore", "Restoration"),
                            ("rca", "Root cause analysis"),
                            ("escalation", "Answer to a request for escalation"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")]
                    ),
                ),
                ("amount", models.PositiveIntegerField()),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("minutes", "minutes around the clock"),
                            ("hours", "hours around the clock"),
                            ("business_hours", "business hours"),
                            ("business_days", "business days"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="targets",
                        to="sla.policyversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Clock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("response", "First answer"),
                            ("restore", "Restoration"),
                            ("resolve", "Resolution"),
                            ("rca", "Root cause analysis"),
                            ("customer_response", "Your answer"),
                            ("closure", "Closure"),
                            ("credential", "Credentials"),
                            ("escalation", "Answer to the escalation request"),
                        ],
                        max_length=20,
                    ),
                ),
                ("ordinal", models.PositiveSmallIntegerField(default=1)),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")]
                    ),
                ),
                ("is_around_the_clock", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField()),
                ("target_seconds", models.PositiveIntegerField(blank=True, null=True)),
                ("target_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("pauses", models.JSONField(blank=True, default=list)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("closure_due_at", models.DateTimeField(blank=True, null=True)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, max_length=20)),
                (
                    "misses_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="From when it is missed, unless it stops before.",
                        null=True,
                    ),
                ),
                (
                    "used_seconds",
                    models.BigIntegerField(
                        blank=True, help_text="Counted time until it stopped.", null=True
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("paused", "Paused"),
                            ("met", "Met"),
                            ("breached", "Missed"),
                            ("measured", "Measured"),
                            ("answered", "Answered"),
                            ("ran_out", "Ran out"),
                            ("cancelled", "No longer needed"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "agenda",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text='What is still to do: [["warn:75", "2026-…Z"], …].',
                    ),
                ),
                (
                    "done",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        help_text="Steps taken already.",
                        size=None,
                    ),
                ),
                ("next_step", models.CharField(blank=True, max_length=20)),
                ("check_at", models.DateTimeField(blank=True, null=True)),
                (
                    "calendar_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contacts.calendarversion",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clocks",
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
                    "policy_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.policyversion",
                    ),
                ),
            ],
            options={
                "ordering": ["started_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="CaseTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("nearest_kind", models.CharField(blank=True, max_length=20)),
                ("nearest_due_at", models.DateTimeField(blank=True, null=True)),
                ("nearest_mark", models.BigIntegerField(blank=True, null=True)),
                ("nearest_is_around_the_clock", models.BooleanField(default=False)),
                (
                    "calendar_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contacts.calendarversion",
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="terms",
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
                    "policy_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.policyversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClockFact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("warned", "Warned"),
                            ("reminded", "Reminded"),
                            ("breached", "Missed"),
                            ("held", "Held"),
                        ],
                        max_length=12,
                    ),
                ),
                ("step", models.CharField(max_length=20)),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")]
                    ),
                ),
                ("at", models.DateTimeField()),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clock_facts",
                        to="cases.case",
                    ),
                ),
                (
                    "clock",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="facts",
                        to="sla.clock",
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
                "ordering": ["at", "id"],
                "indexes": [models.Index(fields=["organisation", "case"], name="facts_of_a_case")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "clock", "step"), name="one_fact_a_step"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clockfact",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="14abcbdd505e791b33d0f6e2ab72954c0aaaf1f0",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_never_changed_5129c",
                    table="sla_clockfact",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.UniqueConstraint(
                fields=("policy", "number"), name="one_policy_version_a_number"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policyversion",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6936ca923c92b94de7d0bd18224c3d74ae6f27d5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_never_changed_2185f",
                    table="sla_policyversion",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="policytarget",
            constraint=models.UniqueConstraint(
                fields=("version", "promise", "severity"), name="one_target_a_promise_and_severity"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policytarget",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="110833eaa86ea7f5a1651cf881c1c4aa8c8f02a8",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_never_changed_d0db1",
                    table="sla_policytarget",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("check_at__isnull", False)),
                fields=["check_at", "id"],
                name="clocks_to_check",
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                fields=["organisation", "kind", "outcome"], name="clocks_by_outcome"
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("stopped_at__isnull", True)),
                fields=["due_at"],
                name="clocks_running_by_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.UniqueConstraint(
                fields=("organisation", "case", "kind", "ordinal"), name="one_clock_a_promise"
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stopped_at__isnull", True), ("check_at__isnull", True), _connector="OR"
                ),
                name="nothing_to_check_once_stopped",
            ),
        ),
        migrations.AddIndex(
            model_name="caseterms",
            index=models.Index(fields=["organisation", "case"], name="terms_of_a_case"),
        ),
    ]
