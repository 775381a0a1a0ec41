import django.contrib.postgres.fields
import django.db.models.deletion
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import cases.models.parts


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contacts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("problem", "Problem"),
                            ("rca_follow_up", "RCA follow-up"),
                            ("documentation", "Documentation request"),
                        ],
                        default="problem",
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    django_fsm.FSMField(
                        choices=[
                            ("new", "New"),
                            ("in_progress", "In progress"),
                            ("waiting_on_contact", "Waiting on contact"),
                            ("investigating", "Investigating"),
                            ("resolution_proposed", "Resolution proposed"),
                            ("closed", "Closed"),
                        ],
                        default="new",
                        max_length=50,
                        protected=True,
                    ),
                ),
                (
                    "returns_to",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("in_progress", "In progress"),
                            ("waiting_on_contact", "Waiting on contact"),
                            ("investigating", "Investigating"),
                            ("resolution_proposed", "Resolution proposed"),
                            ("closed", "Closed"),
                        ],
                        default="in_progress",
                        max_length=20,
                    ),
                ),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")]
                    ),
                ),
                (
                    "proposed_severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")]
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Highest"), (2, "High"), (3, "Normal"), (4, "Low")], default=3
                    ),
                ),
                (
                    "severity_at_proposal",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[(1, "Critical"), (2, "High"), (3, "Medium"), (4, "Low")],
                        null=True,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField()),
                ("business_impact", models.TextField(blank=True)),
                ("area", models.CharField(blank=True, max_length=80)),
                (
                    "conversation_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), blank=True, default=list, size=None
                    ),
                ),
                ("channel", models.CharField(max_length=20)),
                ("call_back_number", models.CharField(blank=True, max_length=40)),
                (
                    "external_ref",
                    models.CharField(
                        blank=True,
                        help_text="Its number in the system it was replayed from.",
                        max_length=60,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("incident_started_at", models.DateTimeField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("waiting_since", models.DateTimeField(blank=True, null=True)),
                ("restored_at", models.DateTimeField(blank=True, null=True)),
                ("resolution_proposed_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closing_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accepted", "Accepted by the contact"),
                            ("unopposed", "No issue reported in three business days"),
                            ("unanswered", "Not answered, after advance notice"),
                            ("withdrawn", "Withdrawn by the contact"),
                            ("duplicate", "Duplicate of another case"),
                            ("out_of_scope", "Outside of what Care is responsible for"),
                        ],
                        max_length=20,
                    ),
                ),
                ("last_word_at", models.DateTimeField(help_text="The last contact-facing event.")),
                ("event_count", models.PositiveIntegerField(default=0)),
                ("head_hash", models.CharField(blank=True, max_length=64)),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases_assigned",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases_filed",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contacts.team",
                    ),
                ),
            ],
            bases=(django_fsm.ConcurrentTransitionMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "facing",
                    models.CharField(
                        choices=[("contact", "Contact-facing"), ("internal", "Internal")],
                        default="contact",
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("size", models.PositiveBigIntegerField()),
                ("content_type", models.CharField(max_length=100)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "file",
                    models.FileField(max_length=200, upload_to=cases.models.parts.storage_path),
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
                    "organisation",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contacts.organisation",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                (
                    "verb",
                    models.CharField(
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
                            ("linked", "linked a case"),
                            ("initial_rca_sent", "sent the initial root cause analysis"),
                            ("rca_published", "published the complete root cause analysis"),
                        ],
                        max_length=30,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "facing",
                    models.CharField(
                        choices=[("contact", "Contact-facing"), ("internal", "Internal")],
                        max_length=10,
                    ),
                ),
                ("particulars", models.JSONField(default=dict)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("hash", models.CharField(max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
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
                "ordering": ["seq"],
            },
        ),
        migrations.CreateModel(
            name="CaseLink",
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
                            ("follows_up", "follows up"),
                            ("duplicates", "duplicates"),
                            ("continues", "continues"),
                            ("relates_to", "relates to"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
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
                    "other",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="linked_from",
                        to="cases.case",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseUpdate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "facing",
                    models.CharField(
                        choices=[("contact", "Contact-facing"), ("internal", "Internal")],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="updates",
                        to="cases.case",
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="update",
                        to="cases.caseevent",
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
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(default="email", max_length=10)),
                ("key", models.CharField(max_length=80)),
                ("address", models.CharField(max_length=254)),
                ("subject", models.CharField(max_length=250)),
                ("text", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("bounced", "Bounced"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("provider_id", models.CharField(blank=True, max_length=200)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="cases.case",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="cases.caseevent",
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
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["organisation", "-opened_at", "-id"], name="cases_newest_first"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["severity", "priority", "opened_at", "id"],
                name="cases_open",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["organisation", "state"], name="cases_by_state"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["assignee"],
                name="cases_open_by_assignee",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False),
                        ("state", "closed"),
                        models.Q(("closing_reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "closed"), _negated=True),
                        ("closed_at__isnull", True),
                        ("closing_reason", ""),
                    ),
                    _connector="OR",
                ),
                name="closed_means_an_instant_and_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "waiting_on_contact"), ("waiting_since__isnull", False)),
                    models.Q(
                        models.Q(("state", "waiting_on_contact"), _negated=True),
                        ("waiting_since__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="waiting_means_since_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_ref", ""), _negated=True),
                fields=("organisation", "external_ref"),
                name="one_case_a_replayed_number",
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(fields=["organisation", "case"], name="attachments_of_a_case"),
        ),
        migrations.AddConstraint(
            model_name="caseevent",
            constraint=models.UniqueConstraint(
                fields=("organisation", "case", "seq"), name="events_of_a_case_in_order"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3361ad4fe77fc1ca789ffe68725d089b6caac42d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_never_changed_743ca",
                    table="cases_caseevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="caselink",
            constraint=models.UniqueConstraint(
                fields=("organisation", "case", "other", "kind"), name="one_link_a_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="caselink",
            constraint=models.CheckConstraint(
                condition=models.Q(("case", models.F("other")), _negated=True),
                name="a_case_is_not_about_itself",
            ),
        ),
        migrations.AddIndex(
            model_name="caseupdate",
            index=models.Index(fields=["organisation", "case", "at"], name="updates_of_a_case"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseupdate",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a555599430db505861714bd1d3e61cd9a23905aa",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_never_changed_e2f1d",
                    table="cases_caseupdate",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("state", "queued")),
                fields=["next_attempt_at", "id"],
                name="notices_to_send",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["organisation", "case", "key"], name="notices_of_a_case"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                fields=("organisation", "recipient", "channel", "key"), name="told_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", False), ("state", "sent")),
                    models.Q(("state", "sent"), _negated=True),
                    _connector="OR",
                ),
                name="sent_means_an_instant",
            ),
        ),
    ]
