"""Organisations, their sites and licences, the offerings they may use, the people on both sides, and how they join."""

from contacts.models.calendars import CalendarVersion, WorkCalendar
from contacts.models.designations import ContactState, DesignatedContact, PeopleVerb, Why
from contacts.models.invitations import Invitation, Letter, LetterState
from contacts.models.journal import PeopleEvent
from contacts.models.offerings import Channel, Licence, Offering
from contacts.models.organisations import Organisation, Site
from contacts.models.people import Role, Team, User
from contacts.models.roster import RosterEntry
from contacts.models.tokens import ApiToken
from contacts.models.training import (
    Certificate,
    Course,
    CourseVersion,
    Lesson,
    LessonRead,
    Question,
    QuizAttempt,
)

__all__ = [
    "ApiToken",
    "CalendarVersion",
    "Certificate",
    "Channel",
    "ContactState",
    "Course",
    "CourseVersion",
    "DesignatedContact",
    "Invitation",
    "Lesson",
    "LessonRead",
    "Letter",
    "LetterState",
    "Licence",
    "Offering",
    "Organisation",
    "PeopleEvent",
    "PeopleVerb",
    "Question",
    "QuizAttempt",
    "Role",
    "RosterEntry",
    "Site",
    "Team",
    "User",
    "Why",
    "WorkCalendar",
]
