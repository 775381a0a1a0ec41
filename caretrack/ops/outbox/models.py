"""In the trial no email leaves the machine. It is stored here, so that visitors can read it."""

from django.db import models


class OutboxMessage(models.Model):
    """An email as its recipient would have received it."""

    sent_at = models.DateTimeField(auto_now_add=True)
    sender = models.CharField(max_length=254)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
