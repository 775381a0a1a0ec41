"""In the trial no mail leaves the machine: it is kept here, so that a newcomer can read what people
are told.
"""

from django.db import models


class OutboxMessage(models.Model):
    """A mail as its reader would have got it."""

    sent_at = models.DateTimeField(auto_now_add=True)
    sender = models.CharField(max_length=254)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
