import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import contacts.models.calendars
import contacts.models.people
import core.rendered_html
from core.migration_operations import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        django.contrib.postgres.operations.BtreeGinExtension(),
        django.contrib.postgres.operations.TrigramExtension(),
        Together(
            migrations.CreateModel(
                name="WorkCalendar",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=100, unique=True)),
                ],
            ),
            migrations.CreateModel(
                name="Course",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("translations", models.JSONField(blank=True, default=dict)),
                    ("key", models.SlugField(max_length=60, unique=True)),
                    ("name", models.CharField(max_length=120)),
                    (
                        "is_for_contacts",
                        models.BooleanField(
                            default=False,
                            help_text="The course that a Designated Contact must pass.",
                        ),
                    ),
                ],
                options={
                    "ordering": ["name"],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("is_for_contacts", True)),
                            fields=("is_for_contacts",),
                            name="one_course_for_contacts",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Organisation",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "public_id",
                        models.UUIDField(
                            default=uuid.uuid4,
                            editable=False,
                            unique=True,
                            verbose_name="organisation id",
                        ),
                    ),
                    (
                        "short_name",
                        models.CharField(
                            max_length=40,
                            unique=True,
                            validators=[
                                django.core.validators.RegexValidator(
                                    "^[a-z0-9][a-z0-9-]{1,39}$",
                                    "Use 2 to 40 small letters, digits and hyphens.",
                                )
                            ],
                        ),
                    ),
                    ("name", models.CharField(max_length=200)),
                    (
                        "is_historical",
                        models.BooleanField(
                            default=False,
                            help_text="Read from another system's log: measured, never reminded, warned or closed.",
                        ),
                    ),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    ("people_event_count", models.PositiveIntegerField(default=0)),
                    ("people_head_hash", models.CharField(blank=True, max_length=64)),
                ],
                options={
                    "ordering": ["short_name"],
                    "indexes": [models.Index(fields=["name", "id"], name="organisations_by_name")],
                },
            ),
            migrations.CreateModel(
                name="Licence",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("product", models.CharField(max_length=60)),
                    ("starts_on", models.DateField()),
                    ("ends_on", models.DateField(blank=True, null=True)),
                    (
                        "organisation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="licences",
                            to="contacts.organisation",
                        ),
                    ),
                ],
                options={
                    "ordering": ["product", "starts_on"],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("ends_on__isnull", True),
                                ("ends_on__gte", models.F("starts_on")),
                                _connector="OR",
                            ),
                            name="a_licence_ends_after_it_starts",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Site",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=200)),
                    ("is_main", models.BooleanField(default=False)),
                    (
                        "organisation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="sites",
                            to="contacts.organisation",
                        ),
                    ),
                    (
                        "calendar",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.workcalendar",
                        ),
                    ),
                ],
                options={
                    "ordering": ["-is_main", "name"],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "name"), name="one_site_a_name"
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("is_main", True)),
                            fields=("organisation",),
                            name="one_main_site_an_organisation",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="User",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "last_login",
                        models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                    ),
                    ("email", models.EmailField(max_length=254, unique=True)),
                    ("name", models.CharField(max_length=150)),
                    (
                        "role",
                        models.CharField(
                            choices=[
                                ("contact", "Designated Contact"),
                                ("colleague", "Colleague (read only)"),
                                ("analyst", "Analyst"),
                                ("manager", "Manager"),
                                ("administrator", "Administrator"),
                                ("system", "CareTrack itself"),
                            ],
                            max_length=20,
                        ),
                    ),
                    (
                        "language",
                        models.CharField(
                            choices=[("en", "English"), ("ja", "日本語")],
                            default="en",
                            max_length=10,
                        ),
                    ),
                    (
                        "zone",
                        models.CharField(
                            max_length=64, validators=[contacts.models.calendars.check_zone]
                        ),
                    ),
                    ("work_phone", models.CharField(blank=True, max_length=40)),
                    (
                        "theme",
                        models.CharField(
                            choices=[("auto", "auto"), ("light", "light"), ("dark", "dark")],
                            default="auto",
                            max_length=5,
                        ),
                    ),
                    (
                        "notice_channels",
                        models.JSONField(
                            blank=True,
                            default=dict,
                            help_text='How each kind of news comes: {"answer": "digest"}; the rest by email.',
                        ),
                    ),
                    ("quiet_from", models.TimeField(blank=True, null=True)),
                    ("quiet_until", models.TimeField(blank=True, null=True)),
                    ("digest_hour", models.PositiveSmallIntegerField(default=8)),
                    (
                        "key_settings",
                        models.JSONField(
                            blank=True,
                            default=dict,
                            help_text='Keys of Care\'s pages: {"set": "zendesk", "own": {"note": "x"}}.',
                        ),
                    ),
                    (
                        "list_settings",
                        models.JSONField(
                            blank=True,
                            default=dict,
                            help_text='Lists of Care\'s pages: {"density": "compact", "queue": ["case", "due"]}.',
                        ),
                    ),
                    ("is_active", models.BooleanField(default=True)),
                    (
                        "erased_at",
                        models.DateTimeField(
                            blank=True,
                            help_text="Since then nothing says who this was; what they did stays.",
                            null=True,
                        ),
                    ),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    (
                        "session_epoch",
                        models.CharField(
                            default=contacts.models.people.new_session_epoch,
                            editable=False,
                            max_length=32,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="people",
                            to="contacts.organisation",
                        ),
                    ),
                    (
                        "site",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="people",
                            to="contacts.site",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "role"], name="people_of_an_organisation"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            django.db.models.functions.text.Lower("email"),
                            name="one_person_an_address",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("organisation__isnull", False),
                                    ("role__in", ("contact", "colleague")),
                                ),
                                models.Q(
                                    ("organisation__isnull", True),
                                    ("role__in", ["analyst", "manager", "administrator", "system"]),
                                ),
                                _connector="OR",
                            ),
                            name="customers_have_an_organisation_and_care_has_none",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("role", "system")),
                            fields=("role",),
                            name="one_system_user",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("digest_hour__lte", 23)),
                            name="a_digest_has_an_hour_of_the_day",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("quiet_from__isnull", True), ("quiet_until__isnull", True)
                                ),
                                models.Q(
                                    ("quiet_from__isnull", False), ("quiet_until__isnull", False)
                                ),
                                _connector="OR",
                            ),
                            name="quiet_hours_begin_and_end",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("erased_at__isnull", True), ("is_active", False), _connector="OR"
                            ),
                            name="erased_means_closed",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Credential",
                fields=[
                    (
                        "user",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("password", models.CharField(max_length=128)),
                    ("changed_at", models.DateTimeField(auto_now=True)),
                ],
            ),
            migrations.CreateModel(
                name="CourseVersion",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("translations", models.JSONField(blank=True, default=dict)),
                    ("number", models.PositiveIntegerField()),
                    ("summary", models.TextField(blank=True)),
                    (
                        "pass_percent",
                        models.PositiveSmallIntegerField(
                            default=80,
                            validators=[
                                django.core.validators.MinValueValidator(1),
                                django.core.validators.MaxValueValidator(100),
                            ],
                        ),
                    ),
                    ("renew_by", models.DateField(blank=True, null=True)),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    ("published_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "course",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="versions",
                            to="contacts.course",
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
                    "ordering": ["-number"],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("course", "number"), name="one_course_version_a_number"
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("published_at__isnull", True)),
                            fields=("course",),
                            name="one_draft_a_course",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Lesson",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("translations", models.JSONField(blank=True, default=dict)),
                    ("position", models.PositiveSmallIntegerField()),
                    ("title", models.CharField(max_length=150)),
                    ("body", models.TextField()),
                    (
                        "body_html",
                        core.rendered_html.RenderedField(
                            "body", blank=True, editable=False, is_document=True, null=True
                        ),
                    ),
                    (
                        "version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="lessons",
                            to="contacts.courseversion",
                        ),
                    ),
                ],
                options={
                    "ordering": ["position", "id"],
                },
            ),
            migrations.CreateModel(
                name="LessonRead",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    (
                        "lesson",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="contacts.lesson",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="lessons_read",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.organisation",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "user", "lesson"), name="a_lesson_is_read_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Invitation",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("email", models.EmailField(max_length=254)),
                    ("name", models.CharField(max_length=150)),
                    (
                        "role",
                        models.CharField(
                            choices=[
                                ("contact", "Designated Contact"),
                                ("colleague", "Colleague (read only)"),
                            ],
                            default="contact",
                            max_length=20,
                        ),
                    ),
                    ("language", models.CharField(default="en", max_length=10)),
                    ("applied", models.BooleanField(default=False)),
                    ("created_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    ("accepted_at", models.DateTimeField(blank=True, null=True)),
                    ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "by",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="invitations",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="invitations",
                            to="contacts.organisation",
                        ),
                    ),
                    (
                        "site",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="contacts.site",
                        ),
                    ),
                ],
                options={
                    "ordering": ["-created_at", "-id"],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(
                                ("accepted_at__isnull", True), ("withdrawn_at__isnull", True)
                            ),
                            fields=("organisation", "email"),
                            name="one_open_invitation_an_address",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="DesignatedContact",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "state",
                        django_fsm.FSMField(
                            choices=[
                                ("invited", "Invited"),
                                ("applied", "Applied"),
                                ("in_training", "In training"),
                                ("submitted", "Form submitted"),
                                ("asked_back", "More information requested"),
                                ("declined", "Declined"),
                                ("active", "Active"),
                                ("suspended", "Suspended"),
                                ("lapsed", "Lapsed"),
                                ("revoked", "Revoked"),
                            ],
                            default="invited",
                            max_length=50,
                            protected=True,
                        ),
                    ),
                    ("reason", models.CharField(blank=True, max_length=300)),
                    (
                        "stopped_by",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "—"),
                                ("person", "A person decided it"),
                                ("training", "The training was not renewed in time"),
                                ("licence", "The last licence that grants a channel has ended"),
                            ],
                            max_length=10,
                        ),
                    ),
                    (
                        "is_primary",
                        models.BooleanField(
                            default=False, help_text="Manages the people of the organisation."
                        ),
                    ),
                    ("form", models.JSONField(blank=True, default=dict)),
                    ("submitted_at", models.DateTimeField(blank=True, null=True)),
                    ("active_since", models.DateTimeField(blank=True, null=True)),
                    ("changed_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "user",
                        models.OneToOneField(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="designation",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="designated_contacts",
                            to="contacts.organisation",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "state"], name="contacts_by_state"),
                        models.Index(
                            condition=models.Q(("state", "submitted")),
                            fields=["submitted_at", "id"],
                            name="applications_to_decide",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("is_primary", True)),
                            fields=("organisation",),
                            name="one_primary_contact_an_organisation",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("is_primary", False), ("state", "active"), _connector="OR"
                            ),
                            name="a_primary_contact_is_an_active_one",
                        ),
                    ],
                },
                bases=(django_fsm.ConcurrentTransitionMixin, models.Model),
            ),
            migrations.CreateModel(
                name="Certificate",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.CharField(max_length=20, unique=True)),
                    (
                        "holder",
                        models.CharField(
                            help_text="The name as it was when the certificate was issued.",
                            max_length=150,
                        ),
                    ),
                    (
                        "holder_of",
                        models.CharField(help_text="The organisation's name then.", max_length=200),
                    ),
                    ("issued_at", models.DateTimeField()),
                    (
                        "user",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="certificates",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="certificates",
                            to="contacts.courseversion",
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.organisation",
                        ),
                    ),
                ],
                options={
                    "ordering": ["-issued_at", "-id"],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "user", "version"),
                            name="one_certificate_a_version",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ApiToken",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=80)),
                    ("prefix", models.CharField(max_length=8, unique=True)),
                    ("digest", models.CharField(max_length=64)),
                    (
                        "scopes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=30), default=list, size=None
                        ),
                    ),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    ("expires_at", models.DateTimeField()),
                    ("last_used_at", models.DateTimeField(blank=True, null=True)),
                    ("revoked_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="api_tokens",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="contacts.organisation",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="PeopleEvent",
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
                    ("particulars", models.JSONField(default=dict)),
                    ("hash", models.CharField(max_length=64)),
                    ("is_erased", models.BooleanField(db_default=False, default=False)),
                    (
                        "about",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="people_events",
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
                        "organisation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="people_events",
                            to="contacts.organisation",
                        ),
                    ),
                ],
                options={
                    "ordering": ["seq"],
                    "indexes": [
                        models.Index(
                            fields=["organisation", "about", "seq"], name="people_events_about_one"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "seq"), name="people_events_in_order"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Question",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("translations", models.JSONField(blank=True, default=dict)),
                    ("position", models.PositiveSmallIntegerField()),
                    ("text", models.TextField()),
                    (
                        "options",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=300), size=None
                        ),
                    ),
                    (
                        "right",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.PositiveSmallIntegerField(), size=None
                        ),
                    ),
                    ("why", models.TextField(blank=True)),
                    (
                        "lesson",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="questions",
                            to="contacts.lesson",
                        ),
                    ),
                    (
                        "version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="questions",
                            to="contacts.courseversion",
                        ),
                    ),
                ],
                options={
                    "ordering": ["position", "id"],
                },
            ),
            migrations.CreateModel(
                name="QueuedEmail",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("key", models.CharField(max_length=120)),
                    ("address", models.EmailField(max_length=254)),
                    ("subject", models.CharField(max_length=250)),
                    ("text", models.TextField()),
                    ("language", models.CharField(default="en", max_length=10)),
                    (
                        "state",
                        models.CharField(
                            choices=[("queued", "Queued"), ("sent", "Sent"), ("failed", "Failed")],
                            default="queued",
                            max_length=10,
                        ),
                    ),
                    ("created_at", models.DateTimeField()),
                    ("attempts", models.PositiveSmallIntegerField(default=0)),
                    ("next_attempt_at", models.DateTimeField()),
                    ("sent_at", models.DateTimeField(blank=True, null=True)),
                    ("last_error", models.CharField(blank=True, max_length=300)),
                    (
                        "invitation",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="letters",
                            to="contacts.invitation",
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            blank=True,
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
                ],
                options={
                    "ordering": ["created_at", "id"],
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "queued")),
                            fields=["next_attempt_at", "id"],
                            name="letters_to_send",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "address", "key"),
                            name="a_letter_once",
                            nulls_distinct=False,
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="QuizAttempt",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveSmallIntegerField()),
                    ("shown", models.JSONField()),
                    ("answers", models.JSONField(blank=True, default=dict)),
                    ("started_at", models.DateTimeField()),
                    ("finished_at", models.DateTimeField(blank=True, null=True)),
                    ("right_count", models.PositiveSmallIntegerField(blank=True, null=True)),
                    ("is_passed", models.BooleanField(default=False)),
                    (
                        "organisation",
                        models.ForeignKey(
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
                            related_name="quiz_attempts",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "version",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="attempts",
                            to="contacts.courseversion",
                        ),
                    ),
                ],
                options={
                    "ordering": ["-started_at", "-id"],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "user", "version", "number"),
                            name="attempts_at_a_quiz_in_order",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("finished_at__isnull", True)),
                            fields=("organisation", "user", "version"),
                            name="one_attempt_at_a_time",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="RosterEntry",
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
                        "zone",
                        models.CharField(
                            max_length=64, validators=[contacts.models.calendars.check_zone]
                        ),
                    ),
                    ("phone", models.CharField(max_length=40)),
                    (
                        "until_on",
                        models.DateField(
                            blank=True, help_text="Last day; empty: until it is changed.", null=True
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="roster",
                            to="contacts.organisation",
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="roster",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "ordering": ["starts", "id"],
                    "indexes": [
                        models.Index(
                            fields=["organisation", "user"], name="roster_of_an_organisation"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Team",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=100, unique=True)),
                    ("investigates", models.BooleanField(default=False)),
                    ("is_intake", models.BooleanField(default=False)),
                    (
                        "assignment",
                        models.CharField(
                            choices=[
                                ("off", "Off: people take cases themselves"),
                                ("round_robin", "Round robin: each in turn"),
                                ("least_loaded", "Least loaded: who has the fewest open cases"),
                            ],
                            default="off",
                            max_length=12,
                        ),
                    ),
                    (
                        "areas",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=40),
                            blank=True,
                            default=list,
                            size=None,
                        ),
                    ),
                    ("turns", models.PositiveBigIntegerField(db_default=0, default=0)),
                    (
                        "members",
                        models.ManyToManyField(
                            blank=True, related_name="teams", to=settings.AUTH_USER_MODEL
                        ),
                    ),
                    (
                        "calendar",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.workcalendar",
                        ),
                    ),
                ],
                options={
                    "ordering": ["name"],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("is_intake", True)),
                            fields=("is_intake",),
                            name="one_intake_team",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Offering",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("translations", models.JSONField(blank=True, default=dict)),
                    ("key", models.SlugField(max_length=60, unique=True)),
                    ("name", models.CharField(max_length=120)),
                    (
                        "channel",
                        models.CharField(
                            choices=[
                                ("self_support", "Self-support"),
                                ("voice", "Enhanced support by voice"),
                                ("portal", "Web portal"),
                                ("phone", "Phone"),
                                ("api", "API"),
                                ("email", "Email"),
                            ],
                            max_length=20,
                        ),
                    ),
                    (
                        "region",
                        models.CharField(blank=True, help_text="Empty: everywhere.", max_length=10),
                    ),
                    (
                        "severities",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.PositiveSmallIntegerField(),
                            blank=True,
                            default=list,
                            help_text="Empty: all four.",
                            size=None,
                        ),
                    ),
                    (
                        "products",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=60),
                            blank=True,
                            default=list,
                            help_text="Licences of which one is needed; empty: none.",
                            size=None,
                        ),
                    ),
                    ("phone_number", models.CharField(blank=True, max_length=40)),
                    ("position", models.PositiveSmallIntegerField(default=0)),
                    (
                        "calendar",
                        models.ForeignKey(
                            blank=True,
                            help_text="Empty: 24x7x365.",
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="contacts.workcalendar",
                        ),
                    ),
                ],
                options={
                    "ordering": ["position", "key"],
                },
            ),
            migrations.CreateModel(
                name="CalendarVersion",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveIntegerField()),
                    (
                        "zone",
                        models.CharField(
                            max_length=64, validators=[contacts.models.calendars.check_zone]
                        ),
                    ),
                    (
                        "week",
                        models.JSONField(
                            help_text='Intervals of each weekday: {"mon": [["08:00", "17:00"]], …}'
                        ),
                    ),
                    (
                        "holidays",
                        models.JSONField(
                            blank=True,
                            default=dict,
                            help_text='Names by date: {"2026-01-01": "New Year"}',
                        ),
                    ),
                    (
                        "special_hours",
                        models.JSONField(
                            blank=True,
                            default=dict,
                            help_text='Hours by date: {"2026-12-24": {"name": "Christmas Eve", '
                            '"hours": [["08:00", "12:00"]]}}',
                        ),
                    ),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    (
                        "calendar",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="versions",
                            to="contacts.workcalendar",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("calendar", "number"), name="one_calendar_version_a_number"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="AdminEvent",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("kind", models.CharField(max_length=30)),
                    ("key", models.CharField(max_length=80)),
                    ("name", models.CharField(max_length=200)),
                    ("verb", models.CharField(max_length=30)),
                    ("before", models.JSONField(default=dict)),
                    ("after", models.JSONField(default=dict)),
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
                        models.Index(fields=["kind", "-id"], name="changes_of_a_kind"),
                        models.Index(fields=["kind", "key", "-id"], name="changes_of_one_thing"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="AccountOwner",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "organisation",
                        models.OneToOneField(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="account_owner",
                            to="contacts.organisation",
                        ),
                    ),
                    (
                        "owner",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="CustomerNote",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("text", models.TextField(max_length=4000)),
                    (
                        "about",
                        models.ForeignKey(
                            blank=True,
                            db_constraint=False,
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="care_notes",
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
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="care_notes",
                            to="contacts.organisation",
                        ),
                    ),
                ],
                options={
                    "ordering": ["-at", "-id"],
                    "indexes": [
                        models.Index(
                            fields=["organisation", "-at", "-id"], name="notes_of_a_customer"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="SearchDocument",
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
                                ("organisation", "Organisation"),
                                ("person", "Person"),
                                ("analysis", "Analysis"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("object_id", models.BigIntegerField()),
                    (
                        "name",
                        models.TextField(help_text="Folded: for beginnings and misspellings."),
                    ),
                    ("words", django.contrib.postgres.search.SearchVectorField()),
                    (
                        "care_words",
                        django.contrib.postgres.search.SearchVectorField(
                            help_text="With what only Care reads."
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            help_text="None for people of Care.",
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="contacts.organisation",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        django.contrib.postgres.indexes.GinIndex(
                            fields=["organisation", "words"], name="documents_for_tenants"
                        ),
                        django.contrib.postgres.indexes.GinIndex(
                            fields=["care_words"], name="documents_for_care"
                        ),
                        django.contrib.postgres.indexes.GinIndex(
                            django.contrib.postgres.indexes.OpClass(
                                models.F("name"), name="gin_trgm_ops"
                            ),
                            name="documents_by_name",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("kind", "object_id"), name="one_document_an_object"
                        ),
                    ],
                },
            ),
        ),
        Together(
            pgtrigger.migrations.AddTrigger(
                model_name="adminevent",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF (to_jsonb(NEW) - ARRAY['name', 'before', 'after']) = (to_jsonb(OLD) - ARRAY['name', 'before', 'after']) AND true\n        AND only_erased(to_jsonb(OLD) - 'is_erased', to_jsonb(NEW) - 'is_erased')\n    THEN RETURN NEW; END IF;\n    RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;\n",
                        hash="6bfe51a3a2e4e0b4ed1fcbddef98c7c254c4b8f5",
                        operation="UPDATE",
                        pgid="pgtrigger_never_changed_92cdd",
                        table="contacts_adminevent",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="adminevent",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_removed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="88f5657a05c7f2a5dadafe99fe73c47e45b3b44c",
                        operation="DELETE",
                        pgid="pgtrigger_never_removed_feccd",
                        table="contacts_adminevent",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="courseversion",
                trigger=pgtrigger.compiler.Trigger(
                    name="published_never_changes",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."published_at" IS NOT NULL)',
                        func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                        hash="ba79f00e24b7ba67d4276ba9c21cdc762f0074fa",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_published_never_changes_d8124",
                        table="contacts_courseversion",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="lesson",
                trigger=pgtrigger.compiler.Trigger(
                    name="fixed_once_published",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        declare="DECLARE version bigint; old_version bigint;",
                        func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'body_html' = to_jsonb(OLD) - 'body_html' THEN RETURN NEW; END IF;\n            IF TG_OP <> 'DELETE' THEN version := NEW.version_id; END IF;\n            IF TG_OP <> 'INSERT' THEN old_version := OLD.version_id; END IF;\n            IF EXISTS (SELECT FROM contacts_courseversion v\n                       WHERE v.id IN (version, old_version) AND v.published_at IS NOT NULL) THEN\n                RAISE EXCEPTION 'contacts_lesson: a published version of a course never changes';\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                        hash="552bde9b85f838c8a96e724ec6f31e8e42a8fbfc",
                        operation="INSERT OR UPDATE OR DELETE",
                        pgid="pgtrigger_fixed_once_published_ff5a8",
                        table="contacts_lesson",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="certificate",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF (to_jsonb(NEW) - ARRAY['holder']) = (to_jsonb(OLD) - ARRAY['holder']) AND true\n        AND only_erased(to_jsonb(OLD) - 'is_erased', to_jsonb(NEW) - 'is_erased')\n    THEN RETURN NEW; END IF;\n    RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;\n",
                        hash="bd6ffe1492c6bbe591b11448ed58356c5522fe1f",
                        operation="UPDATE",
                        pgid="pgtrigger_never_changed_fb39b",
                        table="contacts_certificate",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="certificate",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_removed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="88a6085ec7dc432772c37826a6b750b5369482cc",
                        operation="DELETE",
                        pgid="pgtrigger_never_removed_64a10",
                        table="contacts_certificate",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="peopleevent",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="\n    IF (to_jsonb(NEW) - ARRAY['particulars', 'is_erased']) = (to_jsonb(OLD) - ARRAY['particulars', 'is_erased']) AND NEW.is_erased\n        AND only_erased(to_jsonb(OLD) - 'is_erased', to_jsonb(NEW) - 'is_erased')\n    THEN RETURN NEW; END IF;\n    RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;\n",
                        hash="e9a11f6394a7b315e8771a8e9cfdb22d74c8febf",
                        operation="UPDATE",
                        pgid="pgtrigger_never_changed_5f7c8",
                        table="contacts_peopleevent",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="peopleevent",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_removed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                        hash="6f5f118e60f00ad0f3e45127cb50be5570bf2c95",
                        operation="DELETE",
                        pgid="pgtrigger_never_removed_0ab19",
                        table="contacts_peopleevent",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="question",
                trigger=pgtrigger.compiler.Trigger(
                    name="fixed_once_published",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        declare="DECLARE version bigint; old_version bigint;",
                        func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'body_html' = to_jsonb(OLD) - 'body_html' THEN RETURN NEW; END IF;\n            IF TG_OP <> 'DELETE' THEN version := NEW.version_id; END IF;\n            IF TG_OP <> 'INSERT' THEN old_version := OLD.version_id; END IF;\n            IF EXISTS (SELECT FROM contacts_courseversion v\n                       WHERE v.id IN (version, old_version) AND v.published_at IS NOT NULL) THEN\n                RAISE EXCEPTION 'contacts_question: a published version of a course never changes';\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                        hash="8dd097f6ca11f2043b14cba64ac49741ba9c481f",
                        operation="INSERT OR UPDATE OR DELETE",
                        pgid="pgtrigger_fixed_once_published_6636d",
                        table="contacts_question",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="quizattempt",
                trigger=pgtrigger.compiler.Trigger(
                    name="finished_never_changes",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        condition='WHEN (OLD."finished_at" IS NOT NULL)',
                        func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                        hash="3cbeb5b19399b2742a3751bd501176464aff87bb",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_finished_never_changes_b2770",
                        table="contacts_quizattempt",
                        when="BEFORE",
                    ),
                ),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name="calendarversion",
                trigger=pgtrigger.compiler.Trigger(
                    name="never_changed",
                    sql=pgtrigger.compiler.UpsertTriggerSql(
                        func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                        hash="3b02eef79842b37d73707e9764eeafc177812c5d",
                        operation="UPDATE OR DELETE",
                        pgid="pgtrigger_never_changed_b2f76",
                        table="contacts_calendarversion",
                        when="BEFORE",
                    ),
                ),
            ),
        ),
    ]
