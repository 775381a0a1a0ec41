import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_looks_tenants"),
        ("contacts", "0008_licences_are_cares"),
        ("sla", "0004_credentials_tenants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="policytarget",
            name="promise",
            field=models.CharField(
                choices=[
                    ("response", "Initial response"),
                    ("restore", "Restoration"),
                    ("rca", "Root cause analysis"),
                    ("escalation", "Answer to a request for escalation"),
                    ("silence", "Longest silence while it is our turn"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="QueuePlace",
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
                ("lane", models.BigIntegerField()),
                ("mark", models.BigIntegerField()),
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
                        help_text="The contact's last word: the filing, an answer, a request."
                    ),
                ),
                (
                    "silent_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="From when Care has been silent too long; none while the contact's turn.",
                        null=True,
                    ),
                ),
                ("is_escalation_asked", models.BooleanField(default=False)),
                ("is_contested", models.BooleanField(default=False)),
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
                        related_name="place",
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
                            "lane",
                            "mark",
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
                            "lane",
                            "mark",
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
                            "lane",
                            "mark",
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
                            "lane",
                            "mark",
                            "priority",
                            "opened_at",
                            "number",
                        ],
                        name="queue_order_of_a_state",
                    ),
                    models.Index(fields=["lane"], name="queue_lanes"),
                    models.Index(fields=["assignee"], name="queue_by_assignee"),
                    models.Index(fields=["organisation", "case"], name="queue_by_organisation"),
                    models.Index(
                        condition=models.Q(("silent_at__isnull", False)),
                        fields=["silent_at"],
                        name="queue_silent",
                    ),
                    models.Index(fields=["contact_spoke_at"], name="queue_by_the_contacts_word"),
                    models.Index(
                        condition=models.Q(("is_escalation_asked", True)),
                        fields=["case"],
                        name="queue_escalation_asked",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="queue_by_tag"),
                ],
            },
        ),
    ]
