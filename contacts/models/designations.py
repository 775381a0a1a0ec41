"""The right to contact Care for an organisation, the way to it, and what happens to it later
(§1).
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from contacts.models.organisations import Organisation
from contacts.models.people import User


class ContactState(models.TextChoices):
    """Where a person stands on the way to becoming, and in being, a Designated Contact (§1)."""

    INVITED = "invited", _("Invited")
    APPLIED = "applied", _("Applied")
    IN_TRAINING = "in_training", _("In training")
    SUBMITTED = "submitted", _("Form submitted")
    ASKED_BACK = "asked_back", _("Asked back")
    DECLINED = "declined", _("Declined")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    LAPSED = "lapsed", _("Lapsed")
    REVOKED = "revoked", _("Revoked")


S = ContactState
JOINING = (S.INVITED, S.APPLIED, S.IN_TRAINING, S.SUBMITTED, S.ASKED_BACK, S.DECLINED)
READING = (S.ACTIVE, S.SUSPENDED)


class StopReason(models.TextChoices):
    """What made a designation stop by itself, so that the same thing can bring it back by
    itself.
    """

    NOTHING = "", "—"
    A_PERSON = "person", "A person decided it"
    TRAINING = "training", "The training was not renewed in time"
    LICENCE = "licence", "The last licence that grants a channel has ended"


class DesignatedContact(ConcurrentTransitionMixin, models.Model):
    """The right of a person to contact Care for their organisation, and the states it passes
    through (§1).

    Changed only by the verbs of `contacts.actions`, which journal each step. `form` is what the
    person wrote at the end of the training; `submitted_at` starts the credential clock.
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
        """Not yet approved: training and the form are theirs, cases are not."""
        return self.state in JOINING

    @property
    def reads_cases(self) -> bool:
        """Active contacts work cases; suspended ones may still read them; nobody else sees any."""
        return self.state in READING

    # --- Transitions: the state of this row and nothing else

    @transition(field=state, source=[S.INVITED, S.APPLIED], target=S.IN_TRAINING)
    def begin_training(self) -> None:
        """The first lesson is opened."""

    @transition(field=state, source=S.IN_TRAINING, target=S.SUBMITTED)
    def submit_form(self) -> None:
        """The form at the end of the training is in: Care's 48 business hours begin."""

    @transition(field=state, source=S.SUBMITTED, target=S.ASKED_BACK)
    def ask_back(self) -> None:
        """Care needs to know something first: the credential clock waits."""

    @transition(field=state, source=S.ASKED_BACK, target=S.SUBMITTED)
    def answer_back(self) -> None:
        """The applicant has answered: the credential clock goes on."""

    @transition(field=state, source=S.SUBMITTED, target=S.ACTIVE)
    def approve(self) -> None:
        """Credentials are issued."""

    @transition(field=state, source=[S.SUBMITTED, S.ASKED_BACK], target=S.DECLINED)
    def decline(self) -> None:
        """Care says no, with a reason."""

    @transition(field=state, source=S.ACTIVE, target=S.SUSPENDED)
    def suspend(self) -> None:
        """For a while: cases can be read, not worked."""

    @transition(field=state, source=[S.SUSPENDED, S.LAPSED], target=S.ACTIVE)
    def reinstate(self) -> None:
        """What stopped it is over."""

    @transition(field=state, source=[S.ACTIVE, S.SUSPENDED], target=S.LAPSED)
    def lapse(self) -> None:
        """The last licence has ended."""

    @transition(field=state, source=[S.ACTIVE, S.SUSPENDED, S.LAPSED], target=S.REVOKED)
    def revoke(self) -> None:
        """For good."""

    @transition(field=state, source=[S.DECLINED, S.REVOKED], target=S.IN_TRAINING)
    def readmit(self) -> None:
        """Another try, from the training on."""


class PeopleEventType(models.TextChoices):
    """What can happen to a person of an organisation. The label is its sentence in the journal."""

    INVITED = "invited", _("invited")
    INVITATION_WITHDRAWN = "invitation_withdrawn", _("withdrew the invitation of")
    APPLIED = "applied", _("asked to become a Designated Contact")
    JOINED = "joined", _("joined")
    TRAINING_BEGUN = "training_begun", _("began the training")
    QUIZ_TAKEN = "quiz_taken", _("took the quiz")
    CERTIFIED = "certified", _("earned a certificate")
    FORM_SUBMITTED = "form_submitted", _("submitted the form")
    ASKED_BACK = "asked_back", _("asked back about the form of")
    ANSWERED_BACK = "answered_back", _("answered and submitted the form again")
    APPROVED = "approved", _("approved")
    DECLINED = "declined", _("declined")
    READMITTED = "readmitted", _("gave another try to")
    SUSPENDED = "suspended", _("suspended")
    REINSTATED = "reinstated", _("reinstated")
    LAPSED = "lapsed", _("let lapse")
    REVOKED = "revoked", _("revoked")
    PRIMARY_MADE = "primary_made", _("made the primary contact")
    ACCESS_ENDED = "access_ended", _("ended the access of")
    ACCESS_RESTORED = "access_restored", _("restored the access of")
    ROSTER_CHANGED = "roster_changed", _("changed the roster of")
    CHANGED = "changed", _("changed the details of")
    ERASED = "erased", _("erased the personal details of")
