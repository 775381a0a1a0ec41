"""What Care's people changed about how Care works: teams, rotas and the like, with before and after
(§14).
"""

from typing import Any

from django.db import models

from contacts.models.people import User
from core.redaction import never_changed


class AdminEvent(models.Model):
    """One change of something that Care administers. Rows are added, never changed; words in them
    can be erased.

    `kind` says what sort of thing it is, `key` which one, `name` what it was called then. `before`
    and `after` hold what differs, by field, as plain values; what was made has nothing before, what
    was removed nothing after.
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
        """(field, before, after) of everything that differs, by the name of the field."""
        names = sorted({*self.before, *self.after})
        return [
            (name.replace("_", " "), self.before.get(name), self.after.get(name)) for name in names
        ]
