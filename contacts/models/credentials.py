"""What proves that a person is who they say: read by the log-in role of the database and by nobody
else.
"""

from django.db import models

from contacts.models.people import User


class Credential(models.Model):
    """The password hash of a person. A person without a row cannot sign in with a password.

    It is a table of its own because PostgreSQL then keeps it from every scope but the log-in's:
    neither a customer's scope, nor Care's, nor a connection without a scope can read or write a
    hash (`contacts.rights`).
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=True
    )
    password = models.CharField(max_length=128)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"the password of person {self.user_id}"
