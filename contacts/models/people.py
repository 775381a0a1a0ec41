"""People of both sides: contacts and colleagues of an organisation; analysts, managers and
administrators of Care.
"""

import secrets
from collections.abc import Iterator
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import check_password, is_password_usable, make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from contacts.models.calendars import check_zone
from contacts.models.organisations import Organisation, Site
from core.fields import AddressField, LineField
from core.tenancy import auth_scope


class Role(models.TextChoices):
    """The role of a person; every right follows from it."""

    CONTACT = "contact", _("Designated Contact")
    COLLEAGUE = "colleague", _("Colleague (read only)")
    ANALYST = "analyst", _("Analyst")
    MANAGER = "manager", _("Manager")
    ADMINISTRATOR = "administrator", _("Administrator")
    SYSTEM = "system", _("CareTrack itself")


CUSTOMER_ROLES = (Role.CONTACT, Role.COLLEAGUE)
CARE_ROLES = (Role.ANALYST, Role.MANAGER, Role.ADMINISTRATOR)


def new_session_epoch() -> str:
    """A random token that a person's sessions contain: a new one ends them all."""
    return secrets.token_hex(16)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person who may sign in with `email`; without a password only an invitation can
        set one.
        """
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def system(self) -> "User":
        """The author of what sweeps do: every event has an author."""
        return self.get(role=Role.SYSTEM)


class User(AbstractBaseUser):
    """A person who may sign in.

    People of Care belong to no organisation; everyone else belongs to exactly one.
    """

    email = AddressField(unique=True)
    name = LineField(max_length=150)
    role = models.CharField(max_length=20, choices=Role)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )
    site = models.ForeignKey(
        Site,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="people",
        db_constraint=False,
    )
    language = models.CharField(
        max_length=10, choices=[("en", "English"), ("ja", "日本語")], default="en"
    )
    zone = models.CharField(max_length=64, validators=[check_zone])
    work_phone = models.CharField(max_length=40, blank=True)
    theme = models.CharField(
        max_length=5, choices=[(t, t) for t in ("auto", "light", "dark")], default="auto"
    )
    notice_channels = models.JSONField(
        default=dict,
        blank=True,
        help_text='How each kind of news comes: {"answer": "digest"}; the rest by email.',
    )
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    digest_hour = models.PositiveSmallIntegerField(default=8)
    key_settings = models.JSONField(
        default=dict,
        blank=True,
        help_text='Keys of Care\'s pages: {"set": "zendesk", "own": {"note": "x"}}.',
    )
    list_settings = models.JSONField(
        default=dict,
        blank=True,
        help_text='Lists of Care\'s pages: {"density": "compact", "queue": ["case", "due"]}.',
    )
    is_active = models.BooleanField(default=True)
    erased_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since then nothing says who this was; what they did stays.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    session_epoch = models.CharField(max_length=32, default=new_session_epoch, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role", "zone"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_person_an_address"),
            models.CheckConstraint(
                condition=Q(role__in=CUSTOMER_ROLES, organisation__isnull=False)
                | Q(role__in=[*CARE_ROLES, Role.SYSTEM], organisation__isnull=True),
                name="customers_have_an_organisation_and_care_has_none",
            ),
            models.UniqueConstraint(
                fields=["role"], condition=Q(role=Role.SYSTEM), name="one_system_user"
            ),
            models.CheckConstraint(
                condition=Q(digest_hour__lte=23), name="a_digest_has_an_hour_of_the_day"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(is_active=False), name="erased_means_closed"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "role"], name="people_of_an_organisation")]

    def __str__(self) -> str:
        return self.name

    # --- Password and sessions. The hash is in `Credential`, for the sign-in role alone.

    _hash: str | None = None  # a new hash that `save` has not stored yet

    def _read_password(self) -> str:
        if self._hash is not None:
            return self._hash
        from contacts.models.credentials import Credential

        with auth_scope():
            encoded = (
                Credential.objects.filter(pk=self.pk).values_list("password", flat=True).first()
            )
        return encoded or make_password(None)

    def _write_password(self, encoded: str) -> None:
        self._hash, self.session_epoch = encoded, new_session_epoch()

    # Replaces the column of Django's base class: a hash is never read together with a person.
    password = property(
        _read_password, _write_password, doc="The hash of the password, or an unusable one."
    )

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """Save the person, and a new password under the sign-in scope."""
        if self._hash is None:
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        if update_fields is not None:
            update_fields = {*update_fields, "session_epoch"} - {"password"}
        with transaction.atomic():
            super().save(*args, update_fields=update_fields, **kwargs)
            self._save_hash(self._hash)
        self._hash = None

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is their password.

        An outdated hash is replaced, and no session ends.
        """
        return check_password(
            raw_password, self.password, lambda raw: self._save_hash(make_password(raw))
        )

    def _save_hash(self, encoded: str) -> None:
        from contacts.models.credentials import Credential

        with auth_scope():
            if is_password_usable(encoded):
                Credential.objects.update_or_create(user_id=self.pk, defaults={"password": encoded})
            else:
                Credential.objects.filter(pk=self.pk).delete()

    def get_session_auth_hash(self) -> str:
        """The hash that a session must contain to be valid: it changes with the password and
        reveals nothing of it.
        """
        return self._epoch_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for earlier in settings.SECRET_KEY_FALLBACKS:
            yield self._epoch_hash(earlier)

    def _epoch_hash(self, secret: str | bytes) -> str:
        return salted_hmac(
            "caretrack.session", self.session_epoch, secret=secret, algorithm="sha256"
        ).hexdigest()

    def get_full_name(self) -> str:
        return self.name

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def is_care(self) -> bool:
        """Whether this is one of Care's people, who work across organisations."""
        return self.role in CARE_ROLES

    @property
    def is_system(self) -> bool:
        return self.role == Role.SYSTEM

    @property
    def is_erased(self) -> bool:
        """Whether the person has been erased: then nothing about them changes any more."""
        return self.erased_at is not None

    @property
    def is_manager(self) -> bool:
        return self.role in (Role.MANAGER, Role.ADMINISTRATOR)

    @property
    def reads_cases(self) -> bool:
        """Whether this person may read cases (§1): Care, colleagues, and contacts from approval
        until they lapse.

        An invited person or an applicant sees only the training and their own application.
        """
        if not self.is_active:
            return False
        if self.role != Role.CONTACT:
            return True
        from contacts.models.designations import READING

        if hasattr(
            self, "designation_state"
        ):  # the user of a request, whose state was read in the same query
            return self.designation_state in READING
        designation = getattr(self, "designation", None)
        return designation is not None and designation.state in READING
