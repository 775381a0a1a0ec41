import django.db.models.deletion
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import core.rendered_html
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
                    (
                        "initial_text_html",
                        core.rendered_html.RenderedField(
                            "initial_text", blank=True, editable=False, is_document=False, null=True
                        ),
                    ),
                    ("initial_sent_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "draft",
                        models.JSONField(
                            blank=True, default=dict, help_text="A document as `rca.document` says."
                        ),
                    ),
                    (
                        "draft_html",
                        core.rendered_html.RenderedField(
                            "draft", blank=True, editable=False, is_document=False, null=True
                        ),
                    ),
                    (
                        "revision",
                        models.PositiveIntegerField(
                            db_default=0, default=0, help_text="Counts the savings of the draft."
                        ),
                    ),
                    (
                        "writers",
                        models.JSONField(
                            blank=True,
                            default=list,
                            help_text="Who wrote on it since it was last published.",
                        ),
                    ),
                    ("review_note", models.TextField(blank=True)),
                    (
                        "review_note_html",
                        core.rendered_html.RenderedField(
                            "review_note", blank=True, editable=False, is_document=False, null=True
                        ),
                    ),
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
                    "indexes": [
                        models.Index(fields=["organisation", "state"], name="analyses_by_state")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Comment",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "part",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "The whole document"),
                                ("summary", "Summary"),
                                ("impact", "Impact on your business"),
                                ("timeline", "Timeline"),
                                ("detection", "How it was noticed"),
                                ("root_cause", "Root cause"),
                                ("went_well", "What went well"),
                                ("went_badly", "What did not go well"),
                                ("actions", "What we change so that it does not come back"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("text", models.TextField()),
                    (
                        "text_html",
                        core.rendered_html.RenderedField(
                            "text", blank=True, editable=False, is_document=False, null=True
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("resolved_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "analysis",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="comments",
                            to="rca.analysis",
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
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.organisation",
                        ),
                    ),
                    (
                        "resolved_by",
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
                    "ordering": ["at", "id"],
                    "indexes": [
                        models.Index(
                            fields=["organisation", "analysis"], name="comments_on_a_draft"
                        )
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("resolved_at__isnull", True), ("resolved_by__isnull", True)
                                ),
                                models.Q(
                                    ("resolved_at__isnull", False), ("resolved_by__isnull", False)
                                ),
                                _connector="OR",
                            ),
                            name="resolved_by_somebody_at_an_instant",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="CorrectiveAction",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("position", models.PositiveSmallIntegerField(default=0)),
                    ("what", models.TextField()),
                    ("owner_name", models.CharField(blank=True, max_length=150)),
                    ("due_on", models.DateField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("open", "Open"),
                                ("in_progress", "In progress"),
                                ("done", "Done"),
                                ("dropped", "Dropped"),
                            ],
                            default="open",
                            max_length=12,
                        ),
                    ),
                    (
                        "comment",
                        models.TextField(
                            blank=True,
                            help_text="The latest comment; the reason, if it was dropped.",
                        ),
                    ),
                    ("moved_at", models.DateTimeField()),
                    ("remind_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "analysis",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="actions",
                            to="rca.analysis",
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
                        "owner",
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
                    "ordering": ["position", "id"],
                    "indexes": [
                        models.Index(
                            fields=["organisation", "analysis"], name="actions_of_an_analysis"
                        ),
                        models.Index(
                            condition=models.Q(("state__in", ("open", "in_progress"))),
                            fields=["due_on", "id"],
                            name="actions_standing_by_date",
                        ),
                        models.Index(
                            condition=models.Q(("remind_at__isnull", False)),
                            fields=["remind_at", "id"],
                            name="actions_to_remind_of",
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("owner__isnull", False),
                                models.Q(("owner_name", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="an_action_has_an_owner",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "dropped"), _negated=True),
                                models.Q(("comment", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="dropped_with_a_reason",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="DocumentationRequest",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("due_at", models.DateTimeField(blank=True, null=True)),
                    ("delivered_at", models.DateTimeField(blank=True, null=True)),
                    ("discussion_requested_at", models.DateTimeField(blank=True, null=True)),
                    ("meeting_due_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "case",
                        models.OneToOneField(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="documentation_request",
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
                        "original",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="documentation_asked",
                            to="cases.case",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "original"], name="requests_about_a_case"
                        ),
                        models.Index(
                            condition=models.Q(("delivered_at__isnull", True)),
                            fields=["due_at", "id"],
                            name="documents_owed",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Meeting",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("starts_at", models.DateTimeField()),
                    (
                        "zone",
                        models.CharField(
                            help_text="The zone in which it was agreed.", max_length=64
                        ),
                    ),
                    ("minutes", models.PositiveSmallIntegerField()),
                    (
                        "place",
                        models.CharField(
                            help_text="A link, a number to call, or a room.", max_length=300
                        ),
                    ),
                    ("sequence", models.PositiveSmallIntegerField(default=0)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("arranged", "Arranged"),
                                ("held", "Held"),
                                ("cancelled", "Cancelled"),
                            ],
                            default="arranged",
                            max_length=10,
                        ),
                    ),
                    ("created_at", models.DateTimeField()),
                    (
                        "arranged_by",
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
                        "request",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="meetings",
                            to="rca.documentationrequest",
                        ),
                    ),
                ],
                options={
                    "ordering": ["-id"],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state", "arranged")),
                            fields=("organisation", "request"),
                            name="one_appointment_at_a_time",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Attendee",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "invitee",
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
                        "meeting",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="attendees",
                            to="rca.meeting",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "meeting", "invitee"), name="invited_once"
                        )
                    ],
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
                    (
                        "sections_html",
                        core.rendered_html.RenderedField(
                            "sections", blank=True, editable=False, is_document=False, null=True
                        ),
                    ),
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
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "analysis", "number"),
                            name="one_rca_version_a_number",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("author", models.F("reviewer")), _negated=True),
                            name="reviewed_by_a_second_person",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Acknowledgement",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    (
                        "by",
                        models.ForeignKey(
                            db_constraint=False,
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
                        "version",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="acknowledgements",
                            to="rca.rcaversion",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "version"), name="acknowledged_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Recipient",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                    (
                        "request",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="recipients",
                            to="rca.documentationrequest",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "request", "person"),
                            name="one_copy_a_recipient",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Saving",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("revision", models.PositiveIntegerField()),
                    ("at", models.DateTimeField()),
                    ("document", models.JSONField()),
                    ("window", models.JSONField(blank=True, null=True)),
                    (
                        "analysis",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="savings",
                            to="rca.analysis",
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
                    "ordering": ["-revision"],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "analysis", "revision"),
                            name="savings_of_a_draft_counted",
                        )
                    ],
                },
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name="rcaversion",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n                IF (to_jsonb(NEW) - ARRAY['sections_html']) = (to_jsonb(OLD) - ARRAY['sections_html']) THEN RETURN NEW; END IF;\n                RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;\n            ",
                        hash="846afafcc60e1dfa54ffb1a37b6acafceaeebea3",
                        operation="UPDATE",
                        pgid="pgtrigger_never_changed_0c84e",
                        table="rca_rcaversion",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="rcaversion",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_removed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="73bd83c07d1e22c34de3ad32cbe163c7400f398e",
                        operation="DELETE",
                        pgid="pgtrigger_never_removed_fa95a",
                        table="rca_rcaversion",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="acknowledgement",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                        hash="c5a939ab364338737cabe9a627956bc654033fbb",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_never_changed_40f7f",
                        table="rca_acknowledgement",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
    ]
