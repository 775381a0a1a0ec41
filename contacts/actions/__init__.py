"""Actions on people: an organisation's people (§1), Care's own people and teams (§8, §10), and what
Care administers of its customers.

Each is one function that locks, guards, changes and records, in one transaction. Each raises
Refused where the policy or a right forbids it, and TransitionNotAllowed from a wrong state.
"""

from contacts.actions.calendars import save_calendar
from contacts.actions.care_people import (
    change_role,
    deactivate,
    invite_to_care,
    invite_to_care_again,
    join_care,
    reactivate,
)
from contacts.actions.courses import (
    begin_draft,
    change_course,
    publish_course,
    remove_lesson,
    remove_question,
    write_lesson,
    write_question,
)
from contacts.actions.customers import (
    add_customer_note,
    remove_customer_note,
    set_account_owner,
)
from contacts.actions.designations import (
    answer_back,
    approve,
    ask_back,
    decline,
    lapse,
    make_primary,
    readmit,
    reinstate,
    revoke,
    submit_form,
    suspend,
)
from contacts.actions.emergency import change_address, end_sessions, remove_second_steps
from contacts.actions.erasure import erase_person
from contacts.actions.offerings import save_licence, save_offering
from contacts.actions.onboarding import accept_invitation, apply, invite, withdraw_invitation
from contacts.actions.organisations import change_organisation, make_organisation, save_site
from contacts.actions.people import (
    add_to_roster,
    change_details,
    end_access,
    remove_from_roster,
    restore_access,
)
from contacts.actions.teams import save_team, set_team_hours
from contacts.actions.training import begin_attempt, finish_attempt, read_lesson

__all__ = [
    "accept_invitation",
    "add_customer_note",
    "add_to_roster",
    "answer_back",
    "apply",
    "approve",
    "ask_back",
    "begin_attempt",
    "begin_draft",
    "change_address",
    "change_course",
    "change_details",
    "change_organisation",
    "change_role",
    "deactivate",
    "decline",
    "end_access",
    "end_sessions",
    "erase_person",
    "finish_attempt",
    "invite",
    "invite_to_care",
    "invite_to_care_again",
    "join_care",
    "lapse",
    "make_organisation",
    "make_primary",
    "publish_course",
    "reactivate",
    "read_lesson",
    "readmit",
    "reinstate",
    "remove_customer_note",
    "remove_from_roster",
    "remove_lesson",
    "remove_question",
    "remove_second_steps",
    "restore_access",
    "revoke",
    "save_calendar",
    "save_licence",
    "save_offering",
    "save_site",
    "save_team",
    "set_account_owner",
    "set_team_hours",
    "submit_form",
    "suspend",
    "withdraw_invitation",
    "write_lesson",
    "write_question",
]
