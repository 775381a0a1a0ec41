import secrets

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import contacts.models.calendars
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
                name="AssignmentJob",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("look_at", models.DateTimeField(blank=True, null=True)),
                    ("raised", models.BooleanField(default=False)),
                    ("rerouted", models.BooleanField(default=False)),
                    (
                        "case",
                        models.OneToOneField(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="placement",
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
                            condition=models.Q(("look_at__isnull", False)),
                            fields=["look_at", "id"],
                            name="cases_to_place",
                        ),
                        models.Index(fields=["organisation", "case"], name="placement_of_a_case"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="OnCallRota",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=100, unique=True)),
                    (
                        "zone",
                        models.CharField(
                            max_length=64, validators=[contacts.models.calendars.check_zone]
                        ),
                    ),
                    (
                        "begins_on",
                        models.DateField(help_text="The first day of the first person's week."),
                    ),
                    (
                        "hands_over",
                        models.CharField(
                            default="09:00",
                            max_length=5,
                            validators=[
                                django.core.validators.RegexValidator(
                                    "^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$",
                                    "Write a time such as 08:00 or 24:00.",
                                )
                            ],
                        ),
                    ),
                    (
                        "minutes",
                        models.PositiveSmallIntegerField(
                            default=5,
                            validators=[
                                django.core.validators.MinValueValidator(1),
                                django.core.validators.MaxValueValidator(240),
                            ],
                        ),
                    ),
                    ("webhook", models.CharField(blank=True, max_length=500)),
                    ("webhook_nonce", models.CharField(default=secrets.token_hex, max_length=64)),
                    ("is_active", models.BooleanField(default=True)),
                    ("swaps_need_manager", models.BooleanField(default=False)),
                    (
                        "manager",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "team",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="rotas",
                            to="contacts.team",
                        ),
                    ),
                ],
                options={
                    "ordering": ["name"],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("is_active", True)),
                            fields=("team",),
                            name="one_active_rota_a_team",
                            nulls_distinct=False,
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("minutes__gte", 1), ("minutes__lte", 240)),
                            name="a_rota_waits_1_to_240_minutes",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Alert",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("is_drill", models.BooleanField(default=False)),
                    ("why", models.CharField(max_length=100)),
                    ("opened_at", models.DateTimeField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("open", "Being alerted"),
                                ("acknowledged", "Acknowledged"),
                                ("ran_out", "Nobody acknowledged"),
                                ("called_off", "No longer needed"),
                            ],
                            default="open",
                            max_length=12,
                        ),
                    ),
                    ("next_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "answered_how",
                        models.CharField(
                            blank=True, help_text="The verb that acknowledged it.", max_length=30
                        ),
                    ),
                    ("ended_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "answered_by",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="pages",
                            to="cases.case",
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
                        "rota",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="pages",
                            to="routing.oncallrota",
                        ),
                    ),
                ],
                options={
                    "ordering": ["-id"],
                    "indexes": [
                        models.Index(
                            condition=models.Q(("next_at__isnull", False)),
                            fields=["next_at", "id"],
                            name="pages_to_climb",
                        ),
                        models.Index(
                            fields=["organisation", "case", "-id"], name="pages_of_a_case"
                        ),
                        models.Index(fields=["rota", "-id"], name="pages_of_a_rota"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("is_drill", False), ("state", "open")),
                            fields=("organisation", "case"),
                            name="one_open_page_a_case",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("case__isnull", True),
                                    ("is_drill", True),
                                    ("organisation__isnull", True),
                                ),
                                models.Q(
                                    ("case__isnull", False),
                                    ("is_drill", False),
                                    ("organisation__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="a_page_is_about_a_case_or_a_drill",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("next_at__isnull", False), ("state", "open")),
                                models.Q(
                                    models.Q(("state", "open"), _negated=True),
                                    ("next_at__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="an_open_page_has_a_next_rung",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="AlertStep",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveSmallIntegerField()),
                    (
                        "level",
                        models.CharField(
                            choices=[
                                ("on_call", "on call"),
                                ("next", "next in the rota"),
                                ("manager", "manager"),
                                ("everyone", "every manager"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("until", models.DateTimeField(blank=True, null=True)),
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
                        "page",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="steps",
                            to="routing.alert",
                        ),
                    ),
                    (
                        "recipient",
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
                    "ordering": ["number"],
                    "constraints": [
                        models.UniqueConstraint(fields=("page", "number"), name="one_step_a_level")
                    ],
                },
            ),
            migrations.CreateModel(
                name="AlertMessage",
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
                            choices=[("email", "Email"), ("webhook", "Webhook")], max_length=10
                        ),
                    ),
                    ("address", models.CharField(max_length=500)),
                    ("subject", models.CharField(blank=True, max_length=250)),
                    ("text", models.TextField()),
                    (
                        "state",
                        models.CharField(
                            choices=[("queued", "Queued"), ("sent", "Sent"), ("failed", "Failed")],
                            default="queued",
                            max_length=10,
                        ),
                    ),
                    ("attempts", models.PositiveSmallIntegerField(default=0)),
                    ("next_attempt_at", models.DateTimeField()),
                    ("sent_at", models.DateTimeField(blank=True, null=True)),
                    ("last_error", models.CharField(blank=True, max_length=300)),
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
                        "recipient",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "step",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="messages",
                            to="routing.alertstep",
                        ),
                    ),
                ],
                options={
                    "ordering": ["id"],
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "queued")),
                            fields=["next_attempt_at", "id"],
                            name="page_messages_to_send",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("step", "channel", "address"), name="a_page_message_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="OnCallPlace",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("position", models.PositiveSmallIntegerField()),
                    (
                        "person",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "rota",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="places",
                            to="routing.oncallrota",
                        ),
                    ),
                ],
                options={
                    "ordering": ["position"],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("rota", "person"), name="one_place_a_person_and_rota"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="OnCallOverride",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("reason", models.CharField(blank=True, max_length=200)),
                    (
                        "instead_of",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "person",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "rota",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="overrides",
                            to="routing.oncallrota",
                        ),
                    ),
                ],
                options={
                    "ordering": ["starts_at", "id"],
                    "indexes": [models.Index(fields=["rota", "ends_at"], name="swaps_of_a_rota")],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                            name="a_swap_begins_and_ends",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="SwapRequest",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("starts_at", models.DateTimeField()),
                    ("ends_at", models.DateTimeField()),
                    ("return_starts_at", models.DateTimeField(blank=True, null=True)),
                    ("return_ends_at", models.DateTimeField(blank=True, null=True)),
                    ("note", models.CharField(blank=True, max_length=200)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("open", "Waiting for an answer"),
                                ("accepted", "Accepted, waiting for a manager"),
                                ("arranged", "Arranged"),
                                ("declined", "Declined"),
                                ("withdrawn", "Withdrawn"),
                            ],
                            default="open",
                            max_length=10,
                        ),
                    ),
                    ("asked_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "asked_by",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "colleague",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "confirmed_by",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "rota",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="swap_requests",
                            to="routing.oncallrota",
                        ),
                    ),
                ],
                options={
                    "ordering": ["starts_at", "id"],
                    "indexes": [models.Index(fields=["ends_at"], name="swap_requests_by_end")],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state__in", ["open", "accepted"])),
                            fields=("rota", "asked_by", "colleague", "starts_at"),
                            name="one_request_a_night_and_colleague",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                            name="a_requested_night_ends",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("return_ends_at", None), ("return_starts_at", None)),
                                ("return_ends_at__gt", models.F("return_starts_at")),
                                _connector="OR",
                            ),
                            name="a_night_in_return_ends",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="OnCallShift",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "weekdays",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.PositiveSmallIntegerField(), size=None
                        ),
                    ),
                    (
                        "starts",
                        models.CharField(
                            max_length=5,
                            validators=[
                                django.core.validators.RegexValidator(
                                    "^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$",
                                    "Write a time such as 08:00 or 24:00.",
                                )
                            ],
                        ),
                    ),
                    (
                        "ends",
                        models.CharField(
                            max_length=5,
                            validators=[
                                django.core.validators.RegexValidator(
                                    "^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$",
                                    "Write a time such as 08:00 or 24:00.",
                                )
                            ],
                        ),
                    ),
                    (
                        "person",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "rota",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="shifts",
                            to="routing.oncallrota",
                        ),
                    ),
                ],
                options={
                    "ordering": ["starts", "id"],
                },
            ),
            migrations.CreateModel(
                name="TeamTurn",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveBigIntegerField()),
                    (
                        "person",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "team",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="contacts.team",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("team", "person"), name="one_turn_a_person_and_team"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="WorkPattern",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "week",
                        models.JSONField(
                            blank=True,
                            default=dict,
                            help_text='Such as {"mon": [["08:00", "17:00"]]}.',
                        ),
                    ),
                    (
                        "skills",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=40),
                            blank=True,
                            default=list,
                            size=None,
                        ),
                    ),
                    ("away_until", models.DateTimeField(blank=True, null=True)),
                    (
                        "person",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="work_pattern",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alertstep",
            trigger=pgtrigger.compiler.Trigger(
                name="never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d5c6d1f1ca518c8a78cf561c66b7b98d65a9e31f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_never_changed_d29f4",
                    table="routing_alertstep",
                    when="BEFORE",
                ),
            ),
        ),
    ]
