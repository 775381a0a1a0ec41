"""Areas, articles, drafts, staged files; what a scanner says of a file; who is on duty for a Critical case."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import cases.models.drafts


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_tenants"),
        ("contacts", "0003_system_user"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="Area",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                        help_text="Title, summary and body as they are being written.",
                    ),
                ),
                ("changed_at", models.DateTimeField(auto_now=True)),
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
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=150)),
                ("summary", models.CharField(max_length=300)),
                ("body", models.TextField()),
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
            ],
            options={
                "ordering": ["-number"],
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
                        help_text="A random word kept in the visitor's session.",
                        max_length=32,
                    ),
                ),
                ("is_helpful", models.BooleanField()),
                ("comment", models.CharField(blank=True, max_length=1000)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-at", "-id"],
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
            ],
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
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-updated_at", "-id"],
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
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="attachment",
            name="finding",
            field=models.CharField(
                blank=True, help_text="What the scanner calls it.", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="next_scan_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="attachment",
            name="scan_state",
            field=models.CharField(
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
        migrations.AddField(
            model_name="attachment",
            name="scanned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="on_duty_name",
            field=models.CharField(
                blank=True, help_text="Who is there for a Critical case (§6).", max_length=150
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("scan_state", "waiting")),
                fields=["next_scan_at"],
                name="attachments_to_scan",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["organisation", "-opened_at", "-id"],
                name="cases_open_newest",
            ),
        ),
        migrations.AddField(
            model_name="article",
            name="area",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="articles",
                to="cases.area",
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
            model_name="articleversion",
            name="article",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="cases.article",
            ),
        ),
        migrations.AddField(
            model_name="articleversion",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
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
        migrations.AddField(
            model_name="articlevote",
            name="article",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="votes",
                to="cases.article",
            ),
        ),
        migrations.AddField(
            model_name="articlevote",
            name="organisation",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contacts.organisation",
            ),
        ),
        migrations.AddField(
            model_name="articlevote",
            name="person",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="deflection",
            name="article",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deflections",
                to="cases.article",
            ),
        ),
        migrations.AddField(
            model_name="deflection",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contacts.organisation",
            ),
        ),
        migrations.AddField(
            model_name="deflection",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="filingdraft",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contacts.organisation",
            ),
        ),
        migrations.AddField(
            model_name="filingdraft",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="filing_drafts",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="stagedfile",
            name="case",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="staged",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="stagedfile",
            name="draft",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="staged",
                to="cases.filingdraft",
            ),
        ),
        migrations.AddField(
            model_name="stagedfile",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contacts.organisation",
            ),
        ),
        migrations.AddField(
            model_name="stagedfile",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="articleversion",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["document"], name="article_versions_by_words"
            ),
        ),
        migrations.AddConstraint(
            model_name="articleversion",
            constraint=models.UniqueConstraint(
                fields=("article", "number"), name="one_article_version_a_number"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="articleversion",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="affd4839c208e7645388c372516b80b60dee52fd",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_never_changed_a0d5a",
                    table="cases_articleversion",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="articlevote",
            constraint=models.UniqueConstraint(
                condition=models.Q(("person__isnull", False)),
                fields=("article", "person"),
                name="one_vote_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="articlevote",
            constraint=models.UniqueConstraint(
                condition=models.Q(("visitor", ""), _negated=True),
                fields=("article", "visitor"),
                name="one_vote_a_visitor",
            ),
        ),
        migrations.AddConstraint(
            model_name="articlevote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("person__isnull", False), ("visitor", "")),
                    models.Q(("person__isnull", True), models.Q(("visitor", ""), _negated=True)),
                    _connector="OR",
                ),
                name="a_vote_is_a_persons_or_a_visitors",
            ),
        ),
        migrations.AddConstraint(
            model_name="deflection",
            constraint=models.UniqueConstraint(
                fields=("organisation", "person", "article", "on"),
                name="one_deflection_a_person_article_and_day",
            ),
        ),
        migrations.AddIndex(
            model_name="filingdraft",
            index=models.Index(
                fields=["organisation", "user", "-updated_at"], name="drafts_of_a_person"
            ),
        ),
        migrations.AddIndex(
            model_name="stagedfile",
            index=models.Index(fields=["organisation", "user", "case"], name="staged_of_a_person"),
        ),
        migrations.AddIndex(
            model_name="stagedfile",
            index=models.Index(fields=["created_at"], name="staged_by_age"),
        ),
    ]
