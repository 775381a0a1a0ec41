import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

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
                name="ReportSchedule",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "covers",
                        models.CharField(
                            choices=[
                                ("week", "Every week"),
                                ("month", "Every month"),
                                ("quarter", "Every quarter"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("weekday", models.PositiveSmallIntegerField(help_text="0 is Monday.")),
                    ("hour", models.PositiveSmallIntegerField()),
                    ("zone", models.CharField(max_length=60)),
                    ("next_at", models.DateTimeField()),
                    ("sent_at", models.DateTimeField(blank=True, null=True)),
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
                            related_name="report_schedules",
                            to="contacts.organisation",
                        ),
                    ),
                ],
                options={
                    "ordering": ["id"],
                    "indexes": [
                        models.Index(
                            fields=["organisation", "id"], name="schedules_of_an_organisation"
                        ),
                        models.Index(fields=["next_at"], name="schedules_that_are_due"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("weekday__lt", 7), ("hour__lt", 24)),
                            name="a_weekday_and_an_hour",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ReportRecipient",
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
                        "recipient",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "schedule",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="readers",
                            to="reports.reportschedule",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "schedule", "recipient"),
                            name="a_report_once_a_reader",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Export",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("query", models.CharField(max_length=1000)),
                    ("name", models.CharField(max_length=200)),
                    (
                        "form",
                        models.CharField(choices=[("csv", "CSV"), ("xlsx", "XLSX")], max_length=4),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("waiting", "Waiting"),
                                ("working", "Being made"),
                                ("ready", "Ready"),
                                ("failed", "Failed"),
                            ],
                            default="waiting",
                            max_length=10,
                        ),
                    ),
                    ("total", models.PositiveIntegerField()),
                    ("done", models.PositiveIntegerField(default=0)),
                    ("tries", models.PositiveSmallIntegerField(default=0)),
                    ("file", models.CharField(blank=True, max_length=100)),
                    ("why", models.CharField(blank=True, max_length=300)),
                    ("requested_at", models.DateTimeField()),
                    (
                        "worked_at",
                        models.DateTimeField(help_text="When a batch of it was last written."),
                    ),
                    ("ready_at", models.DateTimeField(blank=True, null=True)),
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
                    "indexes": [
                        models.Index(fields=["by", "-id"], name="exports_of_a_person"),
                        models.Index(
                            condition=models.Q(("state__in", ["waiting", "working"])),
                            fields=["worked_at"],
                            name="unfinished_exports",
                        ),
                    ],
                },
            ),
        ),
    ]
