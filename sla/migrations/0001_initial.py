import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from core.migration_operations import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0001_initial"),
        ("contacts", "0001_initial"),
        ("contacts", "__first__"),
    ]

    operations = [
        Together(
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
                    "indexes": [
                        models.Index(
                            fields=["organisation", "-effective_at", "-id"],
                            name="policy_of_an_organisation",
                        )
                    ],
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
                            fields=["offering", "-effective_at", "-id"],
                            name="policy_of_an_offering",
                        )
                    ],
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
                    ("content", models.JSONField()),
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
                        "longest_hold_days",
                        models.PositiveSmallIntegerField(
                            help_text="Business days for which a wait can be on hold; 0: no hold (§13)."
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
                        "ladder",
                        models.JSONField(
                            blank=True,
                            db_default=models.Value({}, models.JSONField()),
                            default=dict,
                            help_text='Recipients of each step (§10): {"50": ["assignee"], "breach": ["manager"]}.',
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
                        "why",
                        models.CharField(
                            blank=True,
                            db_default="",
                            help_text="What is new in it, and why.",
                            max_length=500,
                        ),
                    ),
                    (
                        "policy",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="versions",
                            to="sla.policy",
                        ),
                    ),
                    (
                        "published_by",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("policy", "number"), name="one_policy_version_a_number"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="PolicyMigration",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("content", models.JSONField()),
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
                                ("previewing", "Being previewed"),
                                ("previewed", "Previewed"),
                                ("moving", "Being moved"),
                                ("moved", "Moved"),
                            ],
                            default="previewing",
                            max_length=10,
                        ),
                    ),
                    ("total", models.PositiveIntegerField(default=0)),
                    ("done", models.PositiveIntegerField(default=0)),
                    ("cursor", models.BigIntegerField(default=0)),
                    ("sums", models.JSONField(default=dict)),
                    ("reason", models.CharField(blank=True, max_length=500)),
                    (
                        "worked_at",
                        models.DateTimeField(help_text="When a batch of it was last done."),
                    ),
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
                        "policy",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="runs",
                            to="sla.policy",
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
                    "indexes": [
                        models.Index(fields=["policy", "-id"], name="runs_of_a_policy"),
                        models.Index(
                            condition=models.Q(("state__in", ["previewing", "moving"])),
                            fields=["worked_at"],
                            name="unfinished_policy_runs",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="PolicyMigrationRow",
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
                            to="sla.policymigration",
                        ),
                    ),
                ],
                options={
                    "ordering": ["id"],
                    "indexes": [
                        models.Index(fields=["run", "id"], name="rows_of_a_run"),
                        models.Index(
                            condition=models.Q(("would_miss", True)),
                            fields=["run", "id"],
                            name="rows_that_would_miss",
                        ),
                        models.Index(
                            condition=models.Q(("outcome", "refused")),
                            fields=["run", "id"],
                            name="rows_refused",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "run", "case"), name="one_row_a_case_of_a_run"
                        )
                    ],
                },
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
                                ("response", "First response"),
                                ("restore", "Restoration"),
                                ("rca", "Root cause analysis"),
                                ("escalation", "Response to an escalation request"),
                                ("update", "Next update"),
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
                                ("minutes", "minutes, 24×7"),
                                ("hours", "hours, 24×7"),
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
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("version", "promise", "severity"),
                            name="one_target_a_promise_and_severity",
                        )
                    ],
                },
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
                                ("response", "First response"),
                                ("restore", "Restoration"),
                                ("resolve", "Resolution"),
                                ("rca", "Root cause analysis"),
                                ("customer_response", "Customer response"),
                                ("closure", "Closure"),
                                ("credential", "Credentials"),
                                ("escalation", "Response to the escalation request"),
                                ("update", "Next update"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("ordinal", models.PositiveSmallIntegerField(default=1)),
                    (
                        "severity",
                        models.PositiveSmallIntegerField(
                            blank=True,
                            choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")],
                            null=True,
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
                        "breaches_at",
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
                        "due_steps",
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
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="clocks",
                            to="cases.case",
                        ),
                    ),
                    (
                        "designation",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="clocks",
                            to="contacts.designatedcontact",
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
                    "indexes": [
                        models.Index(
                            condition=models.Q(("check_at__isnull", False)),
                            fields=["check_at", "id"],
                            name="clocks_to_check",
                        ),
                        models.Index(
                            fields=["organisation", "kind", "outcome"], name="clocks_by_outcome"
                        ),
                        models.Index(
                            condition=models.Q(("stopped_at__isnull", True)),
                            fields=["due_at"],
                            name="clocks_running_by_due",
                        ),
                        models.Index(
                            condition=models.Q(("stopped_at__isnull", False)),
                            fields=["stopped_at"],
                            name="clocks_by_their_stop",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "case", "kind", "ordinal"),
                            name="one_clock_a_promise",
                        ),
                        models.UniqueConstraint(
                            fields=("organisation", "designation", "kind", "ordinal"),
                            name="one_clock_a_promise_to_an_applicant",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("case__isnull", False),
                                    ("designation__isnull", True),
                                    ("severity__isnull", False),
                                ),
                                models.Q(
                                    ("case__isnull", True),
                                    ("designation__isnull", False),
                                    ("kind", "credential"),
                                    ("severity__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="a_promise_is_on_a_case_or_to_an_applicant",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("stopped_at__isnull", True),
                                ("check_at__isnull", True),
                                _connector="OR",
                            ),
                            name="nothing_to_check_once_stopped",
                        ),
                    ],
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
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "case"], name="terms_of_a_case")
                    ],
                },
            ),
            migrations.CreateModel(
                name="QueueEntry",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.BigIntegerField()),
                    (
                        "severity",
                        models.PositiveSmallIntegerField(
                            choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")]
                        ),
                    ),
                    ("priority", models.PositiveSmallIntegerField()),
                    ("opened_at", models.DateTimeField()),
                    ("calendar_key", models.BigIntegerField()),
                    ("due_offset", models.BigIntegerField()),
                    ("nearest_kind", models.CharField(blank=True, max_length=20)),
                    ("due_at", models.DateTimeField(blank=True, null=True)),
                    ("target_seconds", models.PositiveIntegerField(blank=True, null=True)),
                    (
                        "day_seconds",
                        models.PositiveIntegerField(
                            help_text="A business day of its policy as an amount; a day of 24 hours."
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("new", "new"),
                                ("in_progress", "in_progress"),
                                ("waiting_on_contact", "waiting_on_contact"),
                                ("investigating", "investigating"),
                                ("resolution_proposed", "resolution_proposed"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("area", models.CharField(blank=True, max_length=80)),
                    (
                        "tags",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=40),
                            blank=True,
                            default=list,
                            size=None,
                        ),
                    ),
                    ("is_historical", models.BooleanField(default=False)),
                    (
                        "contact_spoke_at",
                        models.DateTimeField(
                            help_text="The contact's last message: the filing, an answer, a request."
                        ),
                    ),
                    (
                        "update_overdue_at",
                        models.DateTimeField(
                            blank=True,
                            help_text="When the next update to the contact is due; none while none is promised.",
                            null=True,
                        ),
                    ),
                    (
                        "closing_at",
                        models.DateTimeField(
                            blank=True,
                            help_text="When it is closed unless the contact answers, or reports an issue (§13).",
                            null=True,
                        ),
                    ),
                    (
                        "is_contacts_turn",
                        models.BooleanField(
                            db_default=False,
                            default=False,
                            help_text="As Care sees it: not while the contact waits for a reply, or for an analysis.",
                        ),
                    ),
                    ("is_escalation_requested", models.BooleanField(default=False)),
                    ("is_contested", models.BooleanField(default=False)),
                    (
                        "on_hold_until",
                        models.DateTimeField(
                            blank=True,
                            help_text="Until when the contact's time is paused (§13).",
                            null=True,
                        ),
                    ),
                    (
                        "is_wait_suspended",
                        models.BooleanField(
                            db_default=False,
                            default=False,
                            help_text="The contact's time is paused: nobody of the organisation may reply (§13).",
                        ),
                    ),
                    (
                        "hold_ends_with",
                        models.BigIntegerField(
                            blank=True,
                            help_text="The number of the case whose resolution ends the hold.",
                            null=True,
                        ),
                    ),
                    (
                        "assignee",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
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
                            related_name="queue_entry",
                            to="cases.case",
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.organisation",
                        ),
                    ),
                    (
                        "site",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.site",
                        ),
                    ),
                    (
                        "team",
                        models.ForeignKey(
                            blank=True,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.team",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=[
                                "is_historical",
                                "severity",
                                "calendar_key",
                                "due_offset",
                                "priority",
                                "opened_at",
                                "number",
                            ],
                            name="queue_order",
                        ),
                        models.Index(
                            fields=[
                                "team",
                                "is_historical",
                                "severity",
                                "calendar_key",
                                "due_offset",
                                "priority",
                                "opened_at",
                                "number",
                            ],
                            name="queue_order_of_a_team",
                        ),
                        models.Index(
                            condition=models.Q(("assignee__isnull", True)),
                            fields=[
                                "is_historical",
                                "severity",
                                "calendar_key",
                                "due_offset",
                                "priority",
                                "opened_at",
                                "number",
                            ],
                            name="queue_order_of_unassigned",
                        ),
                        models.Index(
                            fields=[
                                "state",
                                "is_historical",
                                "severity",
                                "calendar_key",
                                "due_offset",
                                "priority",
                                "opened_at",
                                "number",
                            ],
                            name="queue_order_of_a_state",
                        ),
                        models.Index(fields=["calendar_key"], name="queue_calendar_keys"),
                        models.Index(fields=["assignee"], name="queue_by_assignee"),
                        models.Index(fields=["organisation", "case"], name="queue_by_organisation"),
                        models.Index(
                            condition=models.Q(("due_at__isnull", False), ("is_historical", False)),
                            fields=["due_at", "severity"],
                            name="queue_by_due",
                        ),
                        models.Index(
                            condition=models.Q(("update_overdue_at__isnull", False)),
                            fields=["update_overdue_at", "is_historical"],
                            name="queue_update_overdue",
                        ),
                        models.Index(
                            condition=models.Q(("closing_at__isnull", False)),
                            fields=["closing_at", "is_historical"],
                            name="queue_closing",
                        ),
                        models.Index(
                            fields=["contact_spoke_at"], name="queue_by_the_contacts_word"
                        ),
                        models.Index(
                            condition=models.Q(("is_escalation_requested", True)),
                            fields=["case"],
                            name="queue_escalation_asked",
                        ),
                        models.Index(
                            condition=models.Q(("on_hold_until__isnull", False)),
                            fields=["on_hold_until", "is_historical"],
                            name="queue_on_hold",
                        ),
                        models.Index(
                            condition=models.Q(("hold_ends_with__isnull", False)),
                            fields=["organisation", "hold_ends_with"],
                            name="queue_hold_ends_with",
                        ),
                        django.contrib.postgres.indexes.GinIndex(
                            fields=["tags"], name="queue_by_tag"
                        ),
                    ],
                },
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
                            blank=True,
                            choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")],
                            null=True,
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("due_at", models.DateTimeField(blank=True, null=True)),
                    ("recorded_at", models.DateTimeField()),
                    (
                        "notified",
                        models.JSONField(
                            blank=True,
                            db_default=models.Value([], models.JSONField()),
                            default=list,
                            help_text="Who was notified of it (§10).",
                        ),
                    ),
                    (
                        "case",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
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
                    "indexes": [
                        models.Index(fields=["organisation", "case"], name="facts_of_a_case"),
                        models.Index(
                            condition=models.Q(("kind", "breached")),
                            fields=["at"],
                            name="breaches_by_instant",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "clock", "step"), name="one_fact_a_step"
                        )
                    ],
                },
            ),
        ),
        Together(
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
        ),
    ]
