"""When each of Care's people works, which areas they can work (§8), and the turns of the round
robin.
"""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from contacts.models import CalendarVersion, Team, User


class TeamTurn(models.Model):
    """The last turn of a person: the value of the team's counter when they were last assigned a
    case.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "person"], name="one_turn_a_person_and_team")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in team {self.team_id}: {self.number}"


class WorkPattern(models.Model):
    """The working hours of one of Care's people, in their own time zone, and the areas that they
    can work.

    An empty week means the team's hours; no skills mean every area.
    """

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="work_pattern")
    week = models.JSONField(
        default=dict, blank=True, help_text='Such as {"mon": [["08:00", "17:00"]]}.'
    )
    skills = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    away_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"work pattern of {self.person_id}"

    def is_away(self, at: datetime) -> bool:
        return self.away_until is not None and at < self.away_until

    def can_work(self, area: str) -> bool:
        """Whether the person can work an area, given by its key; a case without an area needs no
        skill.
        """
        return not area or not self.skills or area in self.skills

    def is_open(self, at: datetime, zone: str) -> bool:
        """Whether their own week includes that instant; `zone` is theirs."""
        return CalendarVersion(zone=zone, week=self.week, holidays={}).is_open(at)
