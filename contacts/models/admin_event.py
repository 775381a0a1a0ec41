"""What Care's people change about how Care works: teams, rotas and the like, with before and after
(§14).
"""

from typing import Any

from django.db import models

from contacts.models.people import User
from core.redaction import never_changed


class AdminEvent(models.Model):
    """One change of something that Care administers. Rows are immutable, except that erasure may
    redact texts.

    `kind` is the type of the thing, `key` its id, `name` its name at that time. `before` and
    `after` hold the differing fields as plain values. A created thing has an empty `before`, a
    removed one an empty `after`.
    """

    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    verb = models.CharField(max_length=30)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["kind", "-id"], name="changes_of_a_kind"),
            models.Index(fields=["kind", "key", "-id"], name="changes_of_one_thing"),
        ]
        triggers = never_changed("name", "before", "after")

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} {self.name}"

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """Every difference as (field name, before, after)."""
        names = sorted({*self.before, *self.after})
        return [
            (name.replace("_", " "), self.before.get(name), self.after.get(name)) for name in names
        ]
