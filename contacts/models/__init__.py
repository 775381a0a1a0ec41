"""Organisations with their sites, licences and offerings; the people of both sides and their
onboarding; Care's teams; and the log of administrative changes.
"""

from contacts.models.admin_event import AdminEvent
from contacts.models.calendars import CalendarVersion, WorkCalendar
from contacts.models.credentials import Credential
from contacts.models.customers import AccountOwner, CustomerNote
from contacts.models.designations import (
    ContactState,
    DesignatedContact,
    PeopleEventType,
    StopReason,
)
from contacts.models.invitations import Invitation, QueuedEmail, QueuedEmailState
from contacts.models.offerings import Channel, Licence, Offering
from contacts.models.organisations import Organisation, Site
from contacts.models.people import Role, User
from contacts.models.people_event import PeopleEvent
from contacts.models.roster import RosterEntry
from contacts.models.search import SearchDocument, SearchDocumentKind
from contacts.models.teams import Assignment, Team
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
    "AccountOwner",
    "AdminEvent",
    "ApiToken",
    "Assignment",
    "CalendarVersion",
    "Certificate",
    "Channel",
    "ContactState",
    "Course",
    "CourseVersion",
    "Credential",
    "CustomerNote",
    "DesignatedContact",
    "Invitation",
    "Lesson",
    "LessonRead",
    "Licence",
    "Offering",
    "Organisation",
    "PeopleEvent",
    "PeopleEventType",
    "Question",
    "QueuedEmail",
    "QueuedEmailState",
    "QuizAttempt",
    "Role",
    "RosterEntry",
    "SearchDocument",
    "SearchDocumentKind",
    "Site",
    "StopReason",
    "Team",
    "User",
    "WorkCalendar",
]
