"""Designations: the right to contact Care for an organisation, and its states (§1)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from contacts.models.organisations import Organisation
from contacts.models.people import User


class ContactState(models.TextChoices):
    """The state of a person on the way to becoming a Designated Contact, and afterwards (§1)."""

    INVITED = "invited", _("Invited")
    APPLIED = "applied", _("Applied")
    IN_TRAINING = "in_training", _("In training")
    SUBMITTED = "submitted", _("Form submitted")
    ASKED_BACK = "asked_back", _("More information requested")
    DECLINED = "declined", _("Declined")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    LAPSED = "lapsed", _("Lapsed")
    REVOKED = "revoked", _("Revoked")


S = ContactState
JOINING = (S.INVITED, S.APPLIED, S.IN_TRAINING, S.SUBMITTED, S.ASKED_BACK, S.DECLINED)
READING = (S.ACTIVE, S.SUSPENDED)


class StopReason(models.TextChoices):
    """Why a designation stopped, so that CareTrack can restore it for the same reason."""

    NOTHING = "", "—"
    A_PERSON = "person", "A person decided it"
    TRAINING = "training", "The training was not renewed in time"
    LICENCE = "licence", "The last licence that grants a channel has ended"


class DesignatedContact(ConcurrentTransitionMixin, models.Model):
    """The right of a person to contact Care for their organisation, and its states (§1).

    Changed only by `contacts.actions`, which record each step. `form` is what the person wrote
    after the training; `submitted_at` starts the credential clock.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="designated_contacts"
    )
    user = models.OneToOneField(
        User, on_delete=models.PROTECT, related_name="designation", db_constraint=False
    )
    state = FSMField(default=S.INVITED, choices=S.choices, protected=True)
    reason = models.CharField(max_length=300, blank=True)
    stopped_by = models.CharField(max_length=10, choices=StopReason, blank=True)
    is_primary = models.BooleanField(
        default=False, help_text="Manages the people of the organisation."
    )
    form = models.JSONField(default=dict, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    active_since = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    CHANGING = (
        "state",
        "reason",
        "stopped_by",
        "is_primary",
        "form",
        "submitted_at",
        "active_since",
        "changed_at",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(is_primary=True),
                name="one_primary_contact_an_organisation",
            ),
            models.CheckConstraint(
                condition=Q(is_primary=False) | Q(state=S.ACTIVE),
                name="a_primary_contact_is_an_active_one",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state"], name="contacts_by_state"),
            models.Index(
                fields=["submitted_at", "id"],
                condition=Q(state=S.SUBMITTED),
                name="applications_to_decide",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_state_display()})"

    @property
    def is_joining(self) -> bool:
        """Not approved yet: they see the training and the form, but no cases."""
        return self.state in JOINING

    @property
    def reads_cases(self) -> bool:
        """Active contacts work cases and suspended ones may read them; nobody else sees any."""
        return self.state in READING

    # --- Transitions: the state of this row and nothing else

    @transition(field=state, source=[S.INVITED, S.APPLIED], target=S.IN_TRAINING)
    def begin_training(self) -> None:
        """The first lesson was opened."""

    @transition(field=state, source=S.IN_TRAINING, target=S.SUBMITTED)
    def submit_form(self) -> None:
        """The form was submitted: Care's 48 business hours begin."""

    @transition(field=state, source=S.SUBMITTED, target=S.ASKED_BACK)
    def ask_back(self) -> None:
        """Care asks a question: the credential clock pauses."""

    @transition(field=state, source=S.ASKED_BACK, target=S.SUBMITTED)
    def answer_back(self) -> None:
        """The applicant answers: the credential clock resumes."""

    @transition(field=state, source=S.SUBMITTED, target=S.ACTIVE)
    def approve(self) -> None:
        """Care approves the application."""

    @transition(field=state, source=[S.SUBMITTED, S.ASKED_BACK], target=S.DECLINED)
    def decline(self) -> None:
        """Care declines the application, with a reason."""

    @transition(field=state, source=S.ACTIVE, target=S.SUSPENDED)
    def suspend(self) -> None:
        """Temporary: cases can be read, but not worked."""

    @transition(field=state, source=S.LAPSED, target=S.SUSPENDED)
    def await_renewal(self) -> None:
        """The organisation has a licence again, and the training was not renewed meanwhile."""

    @transition(field=state, source=[S.SUSPENDED, S.LAPSED], target=S.ACTIVE)
    def reinstate(self) -> None:
        """The reason of the suspension or lapse no longer applies."""

    @transition(field=state, source=[S.ACTIVE, S.SUSPENDED], target=S.LAPSED)
    def lapse(self) -> None:
        """The organisation's last licence ended."""

    @transition(field=state, source=[S.ACTIVE, S.SUSPENDED, S.LAPSED], target=S.REVOKED)
    def revoke(self) -> None:
        """Permanent."""

    @transition(field=state, source=[S.DECLINED, S.REVOKED], target=S.IN_TRAINING)
    def readmit(self) -> None:
        """Another attempt, beginning with the training."""


class PeopleEventType(models.TextChoices):
    """Event types of an organisation's people. The label is the sentence in the people log."""

    INVITED = "invited", _("invited")
    INVITATION_WITHDRAWN = "invitation_withdrawn", _("withdrew the invitation of")
    APPLIED = "applied", _("asked to become a Designated Contact")
    JOINED = "joined", _("joined")
    TRAINING_BEGUN = "training_begun", _("began the training")
    QUIZ_TAKEN = "quiz_taken", _("took the quiz")
    CERTIFIED = "certified", _("earned a certificate")
    FORM_SUBMITTED = "form_submitted", _("submitted the form")
    ASKED_BACK = "asked_back", _("asked for more information about the form of")
    ANSWERED_BACK = "answered_back", _("answered and submitted the form again")
    APPROVED = "approved", _("approved")
    DECLINED = "declined", _("declined")
    READMITTED = "readmitted", _("gave another chance to")
    SUSPENDED = "suspended", _("suspended")
    REINSTATED = "reinstated", _("reinstated")
    LAPSED = "lapsed", _("let lapse")
    REVOKED = "revoked", _("revoked")
    PRIMARY_MADE = "primary_made", _("made the primary contact")
    ACCESS_ENDED = "access_ended", _("ended the access of")
    ACCESS_RESTORED = "access_restored", _("restored the access of")
    ROSTER_CHANGED = "roster_changed", _("changed the shifts of")
    CHANGED = "changed", _("changed the details of")
    ERASED = "erased", _("erased the personal details of")
