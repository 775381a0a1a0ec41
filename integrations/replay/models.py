"""The replayed logs, so that a second run adds nothing and an interrupted one continues."""

from django.db import models


class ReplayedLog(models.Model):
    """One log by its content: its reserved case numbers, and the last instant in it."""

    sha256 = models.CharField(max_length=64)
    mapping = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    first_number = models.BigIntegerField()
    histories = models.PositiveIntegerField()
    ends_at = models.DateTimeField()
    begun_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sha256", "mapping"], name="one_replay_a_log")
        ]

    def __str__(self) -> str:
        return self.name
