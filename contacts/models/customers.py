"""What Care keeps about a customer for itself: the account owner, and notes."""

from django.db import models

from contacts.models.organisations import Organisation
from contacts.models.people import User


class AccountOwner(models.Model):
    """The person of Care who looks after a customer."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, related_name="account_owner", db_constraint=False
    )
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.owner_id} looks after {self.organisation_id}"


class CustomerNote(models.Model):
    """A note of Care about a customer, or about one of their people, which neither ever reads."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="care_notes", db_constraint=False
    )
    about = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="care_notes",
        db_constraint=False,
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(max_length=4000)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["organisation", "-at", "-id"], name="notes_of_a_customer")]

    def __str__(self) -> str:
        return f"note of {self.by_id} about {self.organisation_id}"
