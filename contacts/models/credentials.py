"""Passwords: only the sign-in role of the database can read them."""

from django.db import models

from contacts.models.people import User


class Credential(models.Model):
    """The password hash of a person. A person without a row cannot sign in with a password.

    It is a table of its own so that PostgreSQL hides it from every scope but the sign-in scope. A
    customer's scope, Care's scope and a connection without a scope can neither read nor write a
    hash (`contacts.rights`).
    """

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=True
    )
    password = models.CharField(max_length=128)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"the password of person {self.user_id}"
