import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import cases.models.conversation
import cases.models.drafts
import core.rendered_html
from core.migration_operations import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contacts", "0001_initial"),
        ("contacts", "__first__"),
    ]

    operations = [
        Together(
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
                            choices=[(1, "Highest"), (2, "High"), (3, "Normal"), (4, "Low")],
                            default=3,
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
                    (
                        "description_html",
                        core.rendered_html.RenderedField(
                            "description", blank=True, editable=False, is_document=False, null=True
                        ),
                    ),
                    ("business_impact", models.TextField(blank=True)),
                    ("area", models.CharField(blank=True, max_length=80)),
                    (
                        "conversation_ids",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.UUIDField(), blank=True, default=list, size=None
                        ),
                    ),
                    (
                        "tags",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=40),
                            blank=True,
                            db_default=[],
                            default=list,
                            help_text="Care's own label for it.",
                            size=None,
                        ),
                    ),
                    ("channel", models.CharField(max_length=20)),
                    ("call_back_number", models.CharField(blank=True, max_length=40)),
                    (
                        "on_duty_name",
                        models.CharField(
                            blank=True,
                            help_text="Who is there for a Critical case (§6).",
                            max_length=150,
                        ),
                    ),
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
                                ("accepted", "Resolution accepted"),
                                ("unopposed", "No issue reported in three business days"),
                                ("unanswered", "Not answered, after advance notice"),
                                ("withdrawn", "Withdrawn"),
                                ("duplicate", "Duplicate of another case"),
                                ("out_of_scope", "Not covered by Care"),
                                ("delivered", "Its root cause analysis is published"),
                            ],
                            max_length=20,
                        ),
                    ),
                    (
                        "last_message_at",
                        models.DateTimeField(help_text="The last contact-facing event."),
                    ),
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
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "-opened_at", "-id"], name="cases_newest_first"
                        ),
                        models.Index(
                            condition=models.Q(("state", "closed"), _negated=True),
                            fields=["severity", "priority", "opened_at", "id"],
                            name="cases_open",
                        ),
                        models.Index(fields=["organisation", "state"], name="cases_by_state"),
                        models.Index(
                            condition=models.Q(("state", "closed"), _negated=True),
                            fields=["organisation", "-opened_at", "-id"],
                            name="cases_open_newest",
                        ),
                        models.Index(
                            models.F("organisation"),
                            models.OrderBy(
                                models.Case(
                                    models.When(
                                        state__in=("waiting_on_contact", "resolution_proposed"),
                                        then=models.Value(1),
                                    ),
                                    default=models.Value(0),
                                ),
                                descending=True,
                            ),
                            models.OrderBy(models.F("opened_at"), descending=True),
                            models.OrderBy(models.F("id"), descending=True),
                            condition=models.Q(("state", "closed"), _negated=True),
                            name="cases_contacts_turn_first",
                        ),
                        models.Index(
                            condition=models.Q(("state", "closed"), _negated=True),
                            fields=["organisation", "severity", "opened_at", "id"],
                            name="cases_open_worst_first",
                        ),
                        models.Index(
                            condition=models.Q(("closed_at__isnull", False)),
                            fields=["organisation", "-closed_at", "-id"],
                            name="cases_closed_lately",
                        ),
                        models.Index(
                            fields=["-opened_at", "-id"], name="cases_of_all_newest_first"
                        ),
                        models.Index(
                            condition=models.Q(("state", "closed")),
                            fields=["-closed_at", "-id"],
                            name="cases_of_all_closed_lately",
                        ),
                        models.Index(
                            fields=["-last_message_at", "-id"], name="cases_of_all_by_activity"
                        ),
                        models.Index(
                            condition=models.Q(("state", "closed"), _negated=True),
                            fields=["-last_message_at", "-id"],
                            name="cases_open_by_activity",
                        ),
                        models.Index(
                            condition=models.Q(("state", "closed")),
                            fields=["-last_message_at", "-id"],
                            name="cases_closed_by_activity",
                        ),
                        models.Index(
                            models.OrderBy(
                                django.db.models.expressions.CombinedExpression(
                                    models.Value(9), "-", models.F("severity")
                                ),
                                descending=True,
                            ),
                            models.OrderBy(models.F("opened_at"), descending=True),
                            models.OrderBy(models.F("id"), descending=True),
                            name="cases_of_all_worst_first",
                        ),
                        models.Index(
                            condition=models.Q(("description_html__isnull", True)),
                            fields=["id"],
                            name="cases_not_rendered",
                        ),
                        models.Index(
                            condition=models.Q(("state", "closed"), _negated=True),
                            fields=["assignee"],
                            name="cases_open_by_assignee",
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
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
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("state", "waiting_on_contact"),
                                    ("waiting_since__isnull", False),
                                ),
                                models.Q(
                                    models.Q(("state", "waiting_on_contact"), _negated=True),
                                    ("waiting_since__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="waiting_means_since_when",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("external_ref", ""), _negated=True),
                            fields=("organisation", "external_ref"),
                            name="one_case_a_replayed_number",
                        ),
                    ],
                },
                bases=(django_fsm.ConcurrentTransitionMixin, models.Model),
            ),
            migrations.CreateModel(
                name="CaseSearch",
                fields=[
                    (
                        "case",
                        models.OneToOneField(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="cases.case",
                        ),
                    ),
                    (
                        "updated_at",
                        models.DateTimeField(
                            help_text="When the last update was written to the contact."
                        ),
                    ),
                    ("words", django.contrib.postgres.search.SearchVectorField()),
                    (
                        "care_words",
                        django.contrib.postgres.search.SearchVectorField(
                            help_text="With internal notes."
                        ),
                    ),
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
                        django.contrib.postgres.indexes.GinIndex(
                            fields=["organisation", "words"], name="search_for_tenants"
                        ),
                        django.contrib.postgres.indexes.GinIndex(
                            fields=["organisation", "care_words"], name="search_for_care"
                        ),
                        models.Index(fields=["organisation", "-case"], name="search_newest_first"),
                    ],
                },
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
                        models.FileField(
                            max_length=200, upload_to=cases.models.conversation.storage_path
                        ),
                    ),
                    (
                        "scan_state",
                        models.CharField(
                            choices=[
                                ("not_needed", "not checked"),
                                ("waiting", "being checked"),
                                ("clean", "clean"),
                                ("infected", "blocked"),
                            ],
                            default="not_needed",
                            max_length=12,
                        ),
                    ),
                    (
                        "finding",
                        models.CharField(
                            blank=True, help_text="What the scanner calls it.", max_length=200
                        ),
                    ),
                    ("scanned_at", models.DateTimeField(blank=True, null=True)),
                    ("next_scan_at", models.DateTimeField(blank=True, null=True)),
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
                    "indexes": [
                        models.Index(fields=["organisation", "case"], name="attachments_of_a_case"),
                        models.Index(
                            fields=["organisation"], include=("size",), name="attachment_sizes"
                        ),
                        models.Index(
                            condition=models.Q(("scan_state", "waiting")),
                            fields=["next_scan_at"],
                            name="attachments_to_scan",
                        ),
                    ],
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
                    ("verb", models.CharField(max_length=30)),
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
                    ("is_erased", models.BooleanField(db_default=False, default=False)),
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
                    "indexes": [models.Index(fields=["at"], name="events_by_instant")],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "case", "seq"), name="events_of_a_case_in_order"
                        )
                    ],
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
                                ("child_of", "is a child of"),
                                ("split_from", "was split from"),
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
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "case", "other", "kind"), name="one_link_a_kind"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("case", models.F("other")), _negated=True),
                            name="a_case_is_not_about_itself",
                        ),
                    ],
                },
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
                        "text_html",
                        core.rendered_html.RenderedField(
                            "text", blank=True, editable=False, is_document=False, null=True
                        ),
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
                    "indexes": [
                        models.Index(
                            fields=["organisation", "case", "at"], name="updates_of_a_case"
                        ),
                        models.Index(
                            condition=models.Q(("text_html__isnull", True)),
                            fields=["id"],
                            name="updates_not_rendered",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="FilingDraft",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("fields", models.JSONField(default=dict)),
                    ("revision", models.PositiveIntegerField(default=1)),
                    (
                        "form_key",
                        models.CharField(
                            blank=True, help_text="Of the form that saved it.", max_length=36
                        ),
                    ),
                    ("updated_at", models.DateTimeField()),
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
                        "user",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="filing_drafts",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["-updated_at", "-id"],
                    "indexes": [
                        models.Index(
                            fields=["organisation", "user", "-updated_at"],
                            name="drafts_of_a_person",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="FilingTemplate",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=60)),
                    ("fields", models.JSONField(default=dict)),
                    ("created_at", models.DateTimeField()),
                    (
                        "deleted_at",
                        models.DateTimeField(
                            blank=True,
                            help_text="Emptied, until the sweep removes the row.",
                            null=True,
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
                        "user",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["name", "id"],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("deleted_at", None)),
                            fields=("organisation", "name"),
                            name="one_template_a_name",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("name", ""), _negated=True),
                            name="a_template_has_a_name",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Macro",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "audience",
                        models.CharField(
                            choices=[
                                ("own", "Me alone"),
                                ("team", "A team"),
                                ("all", "All of Care"),
                            ],
                            default="own",
                            max_length=4,
                        ),
                    ),
                    ("name", models.CharField(max_length=60)),
                    ("folder", models.CharField(blank=True, max_length=60)),
                    ("text", models.TextField(max_length=20000)),
                    (
                        "effects",
                        models.JSONField(
                            blank=True,
                            default=dict,
                            help_text="What it does besides: `cases.macro_effects`.",
                        ),
                    ),
                    ("changed_at", models.DateTimeField()),
                    (
                        "owner",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="macros",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "team",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="macros",
                            to="contacts.team",
                        ),
                    ),
                ],
                options={
                    "ordering": ["name", "id"],
                    "constraints": [
                        models.UniqueConstraint(fields=("owner", "name"), name="one_macro_a_name"),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("name", ""), _negated=True),
                                models.Q(("text", ""), _negated=True),
                            ),
                            name="a_macro_says_something",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("audience", "team"), ("team__isnull", False)),
                                models.Q(
                                    models.Q(("audience", "team"), _negated=True),
                                    ("team__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="a_teams_macro_names_the_team",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Notification",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "channel",
                        models.CharField(
                            choices=[
                                ("email", "Email immediately"),
                                ("digest", "In the daily digest"),
                                ("portal", "In CareTrack only"),
                            ],
                            default="email",
                            max_length=10,
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            blank=True,
                            help_text="What sort of news it is: `contacts.notification_preferences.NotificationKind`.",
                            max_length=10,
                        ),
                    ),
                    ("key", models.CharField(max_length=80)),
                    ("address", models.CharField(max_length=254)),
                    ("subject", models.CharField(max_length=250)),
                    ("text", models.TextField()),
                    (
                        "preface",
                        models.TextField(
                            blank=True,
                            db_default="",
                            default="",
                            help_text="Why it goes to this recipient, before its text.",
                        ),
                    ),
                    (
                        "invitation",
                        models.TextField(
                            blank=True,
                            db_default="",
                            default="",
                            help_text="An iCalendar file that goes along.",
                        ),
                    ),
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
                    ("read_at", models.DateTimeField(blank=True, null=True)),
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
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "queued")),
                            fields=["next_attempt_at", "id"],
                            name="notices_to_send",
                        ),
                        models.Index(
                            condition=models.Q(("attempts__gt", 0), ("state", "queued")),
                            fields=["channel"],
                            name="notices_tried_in_vain",
                        ),
                        models.Index(
                            condition=models.Q(("state__in", ["failed", "bounced"])),
                            fields=["state"],
                            name="notices_undelivered",
                        ),
                        models.Index(
                            fields=["recipient", "-created_at", "-id"], name="notices_of_a_reader"
                        ),
                        models.Index(
                            condition=models.Q(("read_at__isnull", True)),
                            fields=["recipient", "organisation"],
                            name="notices_unread",
                        ),
                        models.Index(
                            fields=["organisation", "case", "key"], name="notices_of_a_case"
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "recipient", "channel", "key"), name="told_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("sent_at__isnull", False), ("state", "sent")),
                                models.Q(("state", "sent"), _negated=True),
                                _connector="OR",
                            ),
                            name="sent_means_an_instant",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="MacroUse",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("on", models.DateField()),
                    ("count", models.PositiveIntegerField(default=0)),
                    (
                        "by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "macro",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="uses",
                            to="cases.macro",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("macro", "by", "on"), name="one_count_a_day"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="PendingMessage",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("noun", models.CharField(max_length=20)),
                    ("text", models.TextField()),
                    ("staged", models.JSONField(default=list)),
                    (
                        "effects",
                        models.JSONField(
                            default=dict,
                            help_text="Of the macro, as they were at the click.",
                        ),
                    ),
                    (
                        "macro",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="cases.macro",
                        ),
                    ),
                    (
                        "seen",
                        models.PositiveIntegerField(
                            help_text="The last event its author had read.", null=True
                        ),
                    ),
                    ("created_at", models.DateTimeField()),
                    ("release_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("waiting", "waits"),
                                ("sent", "sent"),
                                ("undone", "undone by its author"),
                                ("refused", "refused when it was due"),
                            ],
                            default="waiting",
                            max_length=10,
                        ),
                    ),
                    ("refusal", models.TextField(blank=True)),
                    (
                        "by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "case",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="pending_messages",
                            to="cases.case",
                        ),
                    ),
                    (
                        "contact",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
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
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "waiting")),
                            fields=["release_at"],
                            name="messages_to_release",
                        ),
                        models.Index(
                            fields=["organisation", "case", "state"], name="messages_of_a_case"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Presence",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "writes",
                        models.CharField(
                            blank=True,
                            help_text="The noun of what they are writing.",
                            max_length=20,
                        ),
                    ),
                    ("since", models.DateTimeField(help_text="Since when they do what they do.")),
                    ("seen_at", models.DateTimeField()),
                    (
                        "by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "case",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
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
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "case", "by"), name="there_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ReadMark",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    (
                        "analyst",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
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
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("analyst", "case"), name="one_look_an_analyst_and_case"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ContactDraft",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "noun",
                        models.CharField(help_text="The action that it is for.", max_length=20),
                    ),
                    ("fields", models.JSONField(default=dict)),
                    ("revision", models.PositiveIntegerField(default=1)),
                    (
                        "form_key",
                        models.CharField(
                            blank=True, help_text="Of the form that saved it.", max_length=36
                        ),
                    ),
                    ("updated_at", models.DateTimeField()),
                    (
                        "case",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="contact_drafts",
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
                        "user",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="contact_drafts",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["-updated_at", "-id"],
                    "indexes": [
                        models.Index(
                            fields=["organisation", "case", "user"], name="contacts_replies_begun"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="SentForm",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("key", models.CharField(max_length=36)),
                    ("digest", models.CharField(max_length=64)),
                    (
                        "result",
                        models.TextField(help_text="The address to which the form led."),
                    ),
                    ("sent_at", models.DateTimeField()),
                    (
                        "organisation",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.organisation",
                        ),
                    ),
                    (
                        "person",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["sent_at"], name="sent_forms_by_age")],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=["person", "key", "digest"], name="a_form_is_sent_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ReplyDraft",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("noun", models.CharField(max_length=20)),
                    ("text", models.TextField()),
                    ("seen", models.PositiveIntegerField(default=0)),
                    ("revision", models.PositiveIntegerField(default=1)),
                    (
                        "form_key",
                        models.CharField(
                            blank=True, help_text="Of the form that saved it.", max_length=36
                        ),
                    ),
                    ("updated_at", models.DateTimeField()),
                    (
                        "by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="reply_drafts",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "case",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="reply_drafts",
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
                    "ordering": ["-updated_at", "-id"],
                    "indexes": [
                        models.Index(
                            fields=["organisation", "case", "by", "-updated_at"],
                            name="replies_begun",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="TagCount",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("tag", models.CharField(db_index=True, max_length=40)),
                    ("n", models.IntegerField()),
                ],
            ),
            migrations.CreateModel(
                name="BulkJob",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("noun", models.CharField(max_length=20)),
                    ("inputs", models.JSONField(blank=True, default=dict)),
                    ("list_address", models.CharField(blank=True, max_length=2200)),
                    ("list_name", models.CharField(max_length=60)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("draft", "Not previewed yet"),
                                ("previewing", "Preview is computed"),
                                ("previewed", "Previewed"),
                                ("running", "Running"),
                                ("finished", "Finished"),
                                ("cancelled", "Cancelled"),
                            ],
                            default="draft",
                            max_length=10,
                        ),
                    ),
                    ("total", models.PositiveIntegerField()),
                    (
                        "done",
                        models.PositiveIntegerField(
                            default=0, help_text="Cases that were worked on."
                        ),
                    ),
                    ("cursor", models.BigIntegerField(default=0)),
                    ("sums", models.JSONField(blank=True, default=dict)),
                    (
                        "why",
                        models.CharField(
                            blank=True, help_text="Why it ended early.", max_length=300
                        ),
                    ),
                    ("chosen_at", models.DateTimeField()),
                    ("started_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "worked_at",
                        models.DateTimeField(help_text="When a case of it was last worked on."),
                    ),
                    ("ended_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "read_at",
                        models.DateTimeField(
                            blank=True,
                            help_text="When the person who started it saw that it ended.",
                            null=True,
                        ),
                    ),
                    (
                        "by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["-id"],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state", "running")),
                            fields=("by",),
                            name="one_running_job_a_person",
                        )
                    ],
                    "indexes": [
                        models.Index(fields=["by", "-id"], name="bulk_jobs_of_a_person"),
                        models.Index(
                            condition=models.Q(("state__in", ["previewing", "running"])),
                            fields=["worked_at"],
                            name="unfinished_bulk_jobs",
                        ),
                        models.Index(
                            condition=models.Q(
                                ("ended_at__isnull", False),
                                ("read_at__isnull", True),
                                ("started_at__isnull", False),
                            ),
                            fields=["by"],
                            name="ended_bulk_jobs_unread",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="BulkJobRow",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "expected",
                        models.CharField(
                            blank=True,
                            choices=[("done", "Done"), ("refused", "Refused")],
                            max_length=8,
                        ),
                    ),
                    ("expected_why", models.CharField(blank=True, max_length=300)),
                    (
                        "outcome",
                        models.CharField(
                            blank=True,
                            choices=[("done", "Done"), ("refused", "Refused")],
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
                        "job",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="rows",
                            to="cases.bulkjob",
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
                    "ordering": ["id"],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "job", "case"),
                            name="one_row_a_case_of_a_bulk_job",
                        )
                    ],
                    "indexes": [
                        models.Index(fields=["job", "id"], name="rows_of_a_bulk_job"),
                        models.Index(
                            condition=models.Q(("outcome", "refused")),
                            fields=["job", "id"],
                            name="refused_rows_of_a_bulk_job",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="SavedView",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "audience",
                        models.CharField(
                            choices=[("portal", "Portal"), ("console", "Console")], max_length=10
                        ),
                    ),
                    ("name", models.CharField(max_length=60)),
                    ("query", models.CharField(blank=True, max_length=1000)),
                    (
                        "columns",
                        models.CharField(
                            blank=True,
                            help_text="Names of its columns with commas; empty: the usual.",
                            max_length=200,
                        ),
                    ),
                    ("is_shared", models.BooleanField(default=False)),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    (
                        "organisation",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.organisation",
                        ),
                    ),
                    (
                        "person",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="saved_views",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["name", "id"],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "person", "audience", "name"),
                            name="one_view_a_name",
                            nulls_distinct=False,
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("name", ""), _negated=True),
                            name="a_view_has_a_name",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="StagedFile",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=200)),
                    ("size", models.PositiveBigIntegerField()),
                    ("content_type", models.CharField(max_length=100)),
                    ("sha256", models.CharField(max_length=64)),
                    (
                        "file",
                        models.FileField(max_length=200, upload_to=cases.models.drafts.staged_path),
                    ),
                    ("created_at", models.DateTimeField()),
                    (
                        "by",
                        models.ForeignKey(
                            blank=True,
                            help_text="Somebody of Care's.",
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "case",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="staged",
                            to="cases.case",
                        ),
                    ),
                    (
                        "draft",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="staged",
                            to="cases.filingdraft",
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
                        "user",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["id"],
                    "indexes": [
                        models.Index(
                            fields=["organisation", "user", "case"], name="staged_of_a_person"
                        ),
                        models.Index(fields=["created_at"], name="staged_by_age"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("by__isnull", True), ("user__isnull", False)),
                                models.Q(("by__isnull", False), ("user__isnull", True)),
                                _connector="OR",
                            ),
                            name="a_file_was_sent_ahead_by_one_person",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Watch",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("since", models.DateTimeField()),
                    (
                        "added_by",
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
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="watches",
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
                        "watcher",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="watches",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["since", "id"],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "case", "watcher"), name="watched_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="SideConversation",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("subject", models.CharField(max_length=200)),
                    (
                        "recipients",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.EmailField(max_length=254),
                            help_text="Of the next message.",
                            size=None,
                        ),
                    ),
                    ("opened_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(blank=True, null=True)),
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
                            related_name="side_conversations",
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
                    "indexes": [
                        models.Index(
                            fields=["organisation", "case"], name="side_conversations_of_a_case"
                        )
                    ],
                    "ordering": ["-opened_at", "-id"],
                },
            ),
            migrations.CreateModel(
                name="SideMessage",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "recipients",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.EmailField(max_length=254), default=list, size=None
                        ),
                    ),
                    (
                        "sender",
                        models.EmailField(
                            blank=True, help_text="Who wrote a logged reply.", max_length=254
                        ),
                    ),
                    (
                        "attachments",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.BigIntegerField(),
                            default=list,
                            help_text="The keys of the case's files.",
                            size=None,
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("queued", "Waits to be sent"),
                                ("sent", "Sent"),
                                ("failed", "Not delivered"),
                                ("received", "Logged reply"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("attempts", models.PositiveSmallIntegerField(default=0)),
                    ("next_attempt_at", models.DateTimeField(blank=True, null=True)),
                    ("sent_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "provider_id",
                        models.CharField(blank=True, help_text="Its Message-ID.", max_length=200),
                    ),
                    ("last_error", models.CharField(blank=True, max_length=300)),
                    (
                        "conversation",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="messages",
                            to="cases.sideconversation",
                        ),
                    ),
                    (
                        "event",
                        models.OneToOneField(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="side_message",
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
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("sent_at__isnull", False), ("state", "sent")),
                                models.Q(("state", "sent"), _negated=True),
                                _connector="OR",
                            ),
                            name="a_sent_side_message_has_an_instant",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("next_attempt_at__isnull", False), ("state", "queued")),
                                models.Q(("state", "queued"), _negated=True),
                                _connector="OR",
                            ),
                            name="a_queued_side_message_is_due",
                        ),
                    ],
                    "indexes": [
                        models.Index(
                            fields=["organisation", "conversation"], name="side_messages_in_order"
                        ),
                        models.Index(
                            condition=models.Q(("state", "queued")),
                            fields=["next_attempt_at", "id"],
                            name="side_messages_to_send",
                        ),
                    ],
                    "ordering": ["id"],
                },
            ),
            migrations.CreateModel(
                name="Reminder",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("note", models.CharField(blank=True, max_length=200)),
                    ("due_at", models.DateTimeField()),
                    ("created_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[("open", "Open"), ("sent", "Sent"), ("cancelled", "Not sent")],
                            default="open",
                            max_length=10,
                        ),
                    ),
                    ("why_not", models.CharField(blank=True, max_length=200)),
                    (
                        "by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="reminders",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "case",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="reminders",
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
                    "ordering": ["due_at", "id"],
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "open")),
                            fields=["due_at", "id"],
                            name="reminders_due",
                        ),
                        models.Index(
                            fields=["by", "state", "due_at"], name="reminders_of_a_person"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Area",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("translations", models.JSONField(blank=True, default=dict)),
                    ("key", models.SlugField(max_length=40, unique=True)),
                    ("name", models.CharField(max_length=80, unique=True)),
                    (
                        "responsibility",
                        models.CharField(
                            choices=[("yours", "Yours"), ("ours", "Ours"), ("shared", "Shared")],
                            max_length=10,
                        ),
                    ),
                    (
                        "why",
                        models.TextField(
                            help_text="In Markdown: why it is yours, ours or shared, and what to look at first."
                        ),
                    ),
                    (
                        "why_html",
                        core.rendered_html.RenderedField(
                            "why", blank=True, editable=False, is_document=True, null=True
                        ),
                    ),
                    ("position", models.PositiveSmallIntegerField(default=0)),
                    ("is_active", models.BooleanField(default=True)),
                ],
                options={
                    "ordering": ["position", "name"],
                },
            ),
            migrations.CreateModel(
                name="Article",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("slug", models.SlugField(max_length=80, unique=True)),
                    ("is_published", models.BooleanField(default=False)),
                    (
                        "draft",
                        models.JSONField(
                            blank=True,
                            default=dict,
                            help_text="Title, summary and body as they are being written, with translations.",
                        ),
                    ),
                    ("changed_at", models.DateTimeField(auto_now=True)),
                    (
                        "area",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="articles",
                            to="cases.area",
                        ),
                    ),
                ],
                options={
                    "ordering": ["slug"],
                },
            ),
            migrations.CreateModel(
                name="ArticleVersion",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("translations", models.JSONField(blank=True, default=dict)),
                    ("number", models.PositiveIntegerField()),
                    ("title", models.CharField(max_length=150)),
                    ("summary", models.CharField(max_length=300)),
                    ("body", models.TextField()),
                    (
                        "body_html",
                        core.rendered_html.RenderedField(
                            "body", blank=True, editable=False, is_document=True, null=True
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    (
                        "document",
                        models.GeneratedField(
                            db_persist=True,
                            expression=django.contrib.postgres.search.CombinedSearchVector(
                                django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector(
                                        "title", config="english", weight="A"
                                    ),
                                    "||",
                                    django.contrib.postgres.search.SearchVector(
                                        "summary", config="english", weight="B"
                                    ),
                                    django.contrib.postgres.search.SearchConfig("english"),
                                ),
                                "||",
                                django.contrib.postgres.search.SearchVector(
                                    "body", config="english", weight="C"
                                ),
                                django.contrib.postgres.search.SearchConfig("english"),
                            ),
                            output_field=django.contrib.postgres.search.SearchVectorField(),
                        ),
                    ),
                    (
                        "article",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="versions",
                            to="cases.article",
                        ),
                    ),
                    (
                        "by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["-number"],
                    "indexes": [
                        django.contrib.postgres.indexes.GinIndex(
                            fields=["document"], name="article_versions_by_words"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("article", "number"), name="one_article_version_a_number"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ArticleVote",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("version", models.PositiveIntegerField()),
                    (
                        "visitor",
                        models.CharField(
                            blank=True,
                            help_text="A random value in the visitor's session.",
                            max_length=32,
                        ),
                    ),
                    ("is_helpful", models.BooleanField()),
                    ("comment", models.CharField(blank=True, max_length=1000)),
                    ("at", models.DateTimeField()),
                    (
                        "article",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="votes",
                            to="cases.article",
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.organisation",
                        ),
                    ),
                    (
                        "person",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["-at", "-id"],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("person__isnull", False)),
                            fields=("article", "person"),
                            name="one_vote_a_person",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("visitor", ""), _negated=True),
                            fields=("article", "visitor"),
                            name="one_vote_a_visitor",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("person__isnull", False), ("visitor", "")),
                                models.Q(
                                    ("person__isnull", True),
                                    models.Q(("visitor", ""), _negated=True),
                                ),
                                _connector="OR",
                            ),
                            name="a_vote_is_a_persons_or_a_visitors",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Deflection",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("on", models.DateField()),
                    ("at", models.DateTimeField()),
                    (
                        "article",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="deflections",
                            to="cases.article",
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
                        "person",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "person", "article", "on"),
                            name="one_deflection_a_person_article_and_day",
                        )
                    ],
                },
            ),
        ),
        migrations.AddField(
            model_name="area",
            name="helps",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="cases.article",
                verbose_name="article that helps",
            ),
        ),
        migrations.AddField(
            model_name="article",
            name="current",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="current_of",
                to="cases.articleversion",
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name="articleversion",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n                IF (to_jsonb(NEW) - ARRAY['body_html', 'document']) = (to_jsonb(OLD) - ARRAY['body_html', 'document']) THEN RETURN NEW; END IF;\n                RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;\n            ",
                        hash="e866763955c1af13b037f24da64debfce99b37ce",
                        operation="UPDATE",
                        pgid="pgtrigger_never_changed_a0d5a",
                        table="cases_articleversion",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="articleversion",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_removed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="053c21c66a7d056be1930996a9e9cd88dd38e306",
                        operation="DELETE",
                        pgid="pgtrigger_never_removed_29419",
                        table="cases_articleversion",
                        when="BEFORE",
                    ),
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
            pgtrigger.migrations.AddTrigger(
                model_name="caseupdate",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n                IF (to_jsonb(NEW) - ARRAY['text_html']) = (to_jsonb(OLD) - ARRAY['text_html']) THEN RETURN NEW; END IF;\n                RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;\n            ",
                        hash="f79207b00ca13ed6a4ccded060901bfbb26c6417",
                        operation="UPDATE",
                        pgid="pgtrigger_never_changed_e2f1d",
                        table="cases_caseupdate",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="caseupdate",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_removed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="103f8317a30d8f94ef66d7bddf283f9e12b00693",
                        operation="DELETE",
                        pgid="pgtrigger_never_removed_52d32",
                        table="cases_caseupdate",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
    ]
