"""Organisations, their sites and licences, the offerings they may use, and the people on both sides."""

from contacts.models.calendars import CalendarVersion, WorkCalendar
from contacts.models.offerings import Channel, Licence, Offering
from contacts.models.organisations import Organisation, Site
from contacts.models.people import DesignatedContact, Role, Team, User
from contacts.models.tokens import ApiToken

__all__ = [
    "ApiToken",
    "CalendarVersion",
    "Channel",
    "DesignatedContact",
    "Licence",
    "Offering",
    "Organisation",
    "Role",
    "Site",
    "Team",
    "User",
    "WorkCalendar",
]
