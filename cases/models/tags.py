"""How many open cases have each tag."""

from django.db import models


class TagCount(models.Model):
    """By how much the number of open cases with a tag changed; the rows of a tag add up.

    A trigger adds rows (`sql/count_tags.sql`), and a task folds them (`cases.known_tags`).
    """

    tag = models.CharField(max_length=40, db_index=True)
    n = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.n:+} {self.tag}"
