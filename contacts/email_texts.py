"""The texts of every email about an account, an application or a designation (§1).

English is written here; `locale/` holds the other languages, and a test checks that they are
complete. `{…}` are values of the action. Dates and times follow the recipient's language and time
zone.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext_lazy as _

JAPANESE_DAYS = "月火水木金土日"


class EmailKind(StrEnum):
    """What an email is about."""

    INVITED = "invited"
    INVITED_COLLEAGUE = "invited_colleague"
    INVITED_ELSEWHERE = "invited_elsewhere"
    INVITED_AGAIN = "invited_again"
    INVITED_TO_CARE = "invited_to_care"
    APPLIED = "applied"
    KNOWN = "known"
    ASKED_BACK = "asked_back"
    APPROVED = "approved"
    DECLINED = "declined"
    READMITTED = "readmitted"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    PRIMARY = "primary"
    RENEW = "renew"
    APPLICATION_WARNED = "application_warned"
    APPLICATION_LATE = "application_late"
    CASES_PASSED_ON = "cases_passed_on"
    POLICY_CHANGED = "policy_changed"
    HOLIDAYS_END = "holidays_end"
    SWAP_ASKED = "swap_asked"
    SWAP_ASKED_IN_RETURN = "swap_asked_in_return"
    SWAP_ACCEPTED = "swap_accepted"
    SWAP_TO_CONFIRM = "swap_to_confirm"
    SWAP_TO_CONFIRM_IN_RETURN = "swap_to_confirm_in_return"
    SWAP_ARRANGED = "swap_arranged"
    SWAP_ARRANGED_IN_RETURN = "swap_arranged_in_return"
    SWAP_DECLINED = "swap_declined"
    SWAP_WITHDRAWN = "swap_withdrawn"
    SWAP_SET = "swap_set"
    SWAP_UNDONE = "swap_undone"
    SWAP_UNDONE_IN_GAP = "swap_undone_in_gap"
    REPORT = "report"
    EXPORT_READY = "export_ready"
    EXPORT_FAILED = "export_failed"
    BULK_JOB_FINISHED = "bulk_job_finished"
    BULK_JOB_CANCELLED = "bulk_job_cancelled"
    PASSWORD_RESET = "password_reset"  # noqa: S105 (no password)
    PASSWORD_RESET_DONE = "password_reset_done"  # noqa: S105 (no password)
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (no password)
    ADDRESS_CHANGED = "address_changed"
    AUTHENTICATOR_ADDED = "authenticator_added"
    AUTHENTICATOR_REMOVED = "authenticator_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    RECOVERY_CODES_CREATED = "recovery_codes_created"
    RECOVERY_CODE_USED = "recovery_code_used"
    NEW_DEVICE = "new_device"
    SIGN_IN_FAILURES = "sign_in_failures"


# What to do about an account change that somebody else made.
NOT_YOU = _(
    "If this was not you, reset your password at once and contact Care. Somebody "
    "else may know your password:\n{link}"
)

# Subject and text of each email.
TEXTS: dict[EmailKind, tuple[Any, Any]] = {
    EmailKind.INVITED: (
        _("{by} invites you to CareTrack"),
        _(
            "{by} invites you to become a Designated Contact of {organisation}.\n\n"
            "Choose a password here; the link works until {until}:\n{link}\n\n"
            "If you do not know what this is about, ignore it: nothing happens without you."
        ),
    ),
    EmailKind.INVITED_COLLEAGUE: (
        _("{by} invites you to CareTrack"),
        _(
            "{by} invites you to read the cases of {organisation}.\n\n"
            "Choose a password here; the link works until {until}:\n{link}\n\n"
            "If you do not know what this is about, ignore it: nothing happens without you."
        ),
    ),
    EmailKind.INVITED_ELSEWHERE: (
        _("{by} invites you to CareTrack"),
        _(
            "{by} invites you to work with {organisation}. This address has an "
            "account already, for another "
            "organisation. An account belongs to one: please give them another "
            "address of yours to invite.\n\n"
            "If you do not know what this is about, ignore it: nothing happens without you."
        ),
    ),
    EmailKind.INVITED_AGAIN: (
        _("You are invited to CareTrack"),
        _("You are invited already. Choose a password here; the link works until {until}:\n{link}"),
    ),
    EmailKind.INVITED_TO_CARE: (
        _("{by} invites you to work with CareTrack"),
        _(
            "{by} has made you one of Care's people, as: {role}.\n\n"
            "Choose a password here; the link works until {until}, once:\n{link}\n\n"
            "If you do not know what this is about, ignore it: nothing happens without you."
        ),
    ),
    EmailKind.APPLIED: (
        _("Your application as a Designated Contact of {organisation}"),
        _(
            "You asked to become a Designated Contact of {organisation}. Confirm your address and "
            "start the training here until {until}:\n{link}\n\nIf this was not you, ignore this "
            "email. Nothing happens without you."
        ),
    ),
    EmailKind.KNOWN: (
        _("You have an account already"),
        _(
            "Somebody, probably you, asked to join {organisation} on CareTrack with "
            "this address. It has an account "
            "already: sign in, or ask for a new password, at\n{link}"
        ),
    ),
    EmailKind.ASKED_BACK: (
        _("Waiting for you: a question about your application"),
        _("{by} asks: {reason}\n\nAnswer here:\n{link}"),
    ),
    EmailKind.APPROVED: (
        _("You are a Designated Contact now"),
        _("Care has approved your application. You can open cases from now on:\n{link}"),
    ),
    EmailKind.DECLINED: (
        _("Your application was declined"),
        _("Care has declined your application: {reason}"),
    ),
    EmailKind.READMITTED: (_("You can apply again"), _("You can submit the form again:\n{link}")),
    EmailKind.SUSPENDED: (
        _("You are suspended as a Designated Contact"),
        _("{by} suspended you: {reason}\n\nYou can read cases and not work them."),
    ),
    EmailKind.REINSTATED: (
        _("You are a Designated Contact again"),
        _("{by} reinstated you: {reason}"),
    ),
    EmailKind.LAPSED: (
        _("Your access has ended with the last licence"),
        _(
            "The organisation's last licence that grants a channel has ended. "
            "Self-support stays open:\n{link}"
        ),
    ),
    EmailKind.REVOKED: (
        _("You are no longer a Designated Contact"),
        _("{by} revoked your designation: {reason}"),
    ),
    EmailKind.PRIMARY: (
        _("You are the primary contact now"),
        _("You manage who of your organisation may contact Care:\n{link}"),
    ),
    EmailKind.RENEW: (
        _("Please renew your training by {until}"),
        _(
            "There is a new version of “{course}”. Your access does not change until {until}. "
            "After that you can only read cases until you have passed it:\n{link}"
        ),
    ),
    EmailKind.APPLICATION_WARNED: (
        _("{share} percent of the time for {who} is used"),
        _("{who} is to get a decision on their application by {due}. It is our turn.\n\n{link}"),
    ),
    EmailKind.APPLICATION_LATE: (
        _("The credentials of {who} are late"),
        _(
            "{who} was to get a decision on their application by {due}. It is late, and it is our "
            "turn.\n\n{link}"
        ),
    ),
    EmailKind.CASES_PASSED_ON: (
        _("You are the contact of more cases now"),
        _(
            "{person} is no longer a contact of your organisation. You are the contact of these "
            "open cases now:\n\n{cases}"
        ),
    ),
    EmailKind.POLICY_CHANGED: (
        _("Other service targets for your cases"),
        _(
            "Your open cases are under the policy {policy} now.\n\nReason: {reason}\n\n"
            "These targets change:\n\n{cases}"
        ),
    ),
    EmailKind.HOLIDAYS_END: (
        _("The holidays of the calendar “{calendar}” end with {year}"),
        _(
            "The calendar “{calendar}” has no holidays after {year}. Add those of {next_year}: "
            "without them, service targets count on public holidays too.\n\n{link}"
        ),
    ),
    EmailKind.SWAP_ASKED: (
        _("{asker} asks you to be on call on {start}"),
        _(
            "{asker} asks you to be on call in the rota “{rota}” instead of them:\n"
            "{start} to {end}.{note}\n\nAccept or decline here:\n{link}"
        ),
    ),
    EmailKind.SWAP_ASKED_IN_RETURN: (
        _("{asker} asks you to swap on-call nights: {start}"),
        _(
            "{asker} asks you to be on call in the rota “{rota}” instead of them:\n"
            "{start} to {end}.\n\nIn return they would take from you:\n"
            "{return_start} to {return_end}.{note}\n\nAccept or decline here:\n{link}"
        ),
    ),
    EmailKind.SWAP_ACCEPTED: (
        _("{colleague} accepts your swap on {start}; a manager confirms it"),
        _(
            "{colleague} accepts to be on call in the rota “{rota}” instead of you:\n"
            "{start} to {end}.\n\nA manager confirms swaps of this rota. Until then you are on "
            "call.\n\n{link}"
        ),
    ),
    EmailKind.SWAP_TO_CONFIRM: (
        _("Please confirm a swap in {rota}: {start}"),
        _(
            "{colleague} would be on call in the rota “{rota}” instead of {asker}:\n"
            "{start} to {end}.{note}\n\nConfirm or decline here:\n{link}"
        ),
    ),
    EmailKind.SWAP_TO_CONFIRM_IN_RETURN: (
        _("Please confirm a swap in {rota}: {start}"),
        _(
            "{colleague} would be on call in the rota “{rota}” instead of {asker}:\n"
            "{start} to {end}.\n\n{asker} would be on call instead of {colleague}:\n"
            "{return_start} to {return_end}.{note}\n\nConfirm or decline here:\n{link}"
        ),
    ),
    EmailKind.SWAP_ARRANGED: (
        _("Swapped: {colleague} is on call on {start}"),
        _(
            "{colleague} is on call in the rota “{rota}” instead of {asker}:\n"
            "{start} to {end}.\n\n{link}"
        ),
    ),
    EmailKind.SWAP_ARRANGED_IN_RETURN: (
        _("Swapped: {colleague} is on call on {start}"),
        _(
            "{colleague} is on call in the rota “{rota}” instead of {asker}:\n"
            "{start} to {end}.\n\n{asker} is on call instead of {colleague}:\n"
            "{return_start} to {return_end}.\n\n{link}"
        ),
    ),
    EmailKind.SWAP_DECLINED: (
        _("The swap on {start} was declined"),
        _(
            "The swap between {asker} and {colleague} in the rota “{rota}” was declined:\n"
            "{start} to {end}.\n\n{asker} is still on call then.\n\n{link}"
        ),
    ),
    EmailKind.SWAP_WITHDRAWN: (
        _("{asker} no longer asks for the swap on {start}"),
        _(
            "{asker} no longer asks you to be on call in the rota “{rota}”:\n"
            "{start} to {end}. You have nothing to do.\n\n{link}"
        ),
    ),
    EmailKind.SWAP_SET: (
        _("{person} is on call on {start}"),
        _("{by} has put {person} on call in the rota “{rota}”:\n{start} to {end}.\n\n{link}"),
    ),
    EmailKind.SWAP_UNDONE: (
        _("The swap on {start} was undone: {holder} is on call"),
        _(
            "{by} has undone the swap that put {person} on call in the rota “{rota}”:\n"
            "{start} to {end}.\n\n{holder} is on call then.\n\n{link}"
        ),
    ),
    EmailKind.SWAP_UNDONE_IN_GAP: (
        _("The swap on {start} was undone"),
        _(
            "{by} has undone the swap that put {person} on call in the rota “{rota}”:\n"
            "{start} to {end}.\n\nNobody is on call then.\n\n{link}"
        ),
    ),
    EmailKind.REPORT: (
        _("Service report of {organisation}, {first} to {last}"),
        _(
            "From {first} to {last}, {opened} cases were opened and {closed} closed. {met} "
            "service targets were met and {missed} missed.\n\nThe whole report, with every missed "
            "target explained, also as a file:\n{link}"
        ),
    ),
    EmailKind.EXPORT_READY: (
        _("Your file is ready: {file}"),
        _("{rows} rows. You can download it for a week:\n{link}"),
    ),
    EmailKind.EXPORT_FAILED: (
        _("Your file could not be made: {file}"),
        _("{why}\n\nPlease ask for it again:\n{link}"),
    ),
    EmailKind.BULK_JOB_FINISHED: (
        _("Your bulk job is finished: {done} of {cases} cases"),
        _(
            "{done} of {cases} cases were changed, {refused} were refused. The report says why, "
            "case by case:\n{link}"
        ),
    ),
    EmailKind.BULK_JOB_CANCELLED: (
        _("Your bulk job was cancelled: {done} of {cases} cases"),
        _(
            "{done} of {cases} cases were changed before, {refused} were refused, and the others "
            "are as they were. The report lists them:\n{link}"
        ),
    ),
    EmailKind.PASSWORD_RESET: (
        _("Reset your CareTrack password"),
        _(
            "On {at} somebody asked to reset the password of your CareTrack account. "
            "Choose a new password here. "
            "The link works once, within {minutes} minutes after we sent this email:\n{link}\n\n"
            "If this was not you, ignore this email. Your password stays as it is."
        ),
    ),
    EmailKind.PASSWORD_RESET_DONE: (
        _("Your password was reset"),
        _("Your CareTrack password was reset on {at}, from {source}.\n\n{not_you}"),
    ),
    EmailKind.PASSWORD_CHANGED: (
        _("Your password was changed"),
        _("Your CareTrack password was changed on {at}, from {source}.\n\n{not_you}"),
    ),
    EmailKind.ADDRESS_CHANGED: (
        _("Your CareTrack email address was changed"),
        _(
            "{by} changed the email address of your CareTrack account on {at}. You "
            "sign in with the new address, and "
            "no more email goes to this one.\n\nIf you did not ask for this, contact Care."
        ),
    ),
    EmailKind.AUTHENTICATOR_ADDED: (
        _("An authenticator app was added to your account"),
        _(
            "An authenticator app was added to your CareTrack account on {at}, from "
            "{source}.\n\n{not_you}"
        ),
    ),
    EmailKind.AUTHENTICATOR_REMOVED: (
        _("The authenticator app was removed from your account"),
        _(
            "The authenticator app was removed from your CareTrack account on {at}, "
            "from {source}.\n\n{not_you}"
        ),
    ),
    EmailKind.PASSKEY_ADDED: (
        _("A passkey was added to your account"),
        _(
            "The passkey “{passkey}” was added to your CareTrack account on {at}, "
            "from {source}.\n\n{not_you}"
        ),
    ),
    EmailKind.PASSKEY_REMOVED: (
        _("A passkey was removed from your account"),
        _(
            "The passkey “{passkey}” was removed from your CareTrack account on "
            "{at}, from {source}.\n\n{not_you}"
        ),
    ),
    EmailKind.RECOVERY_CODES_CREATED: (
        _("New recovery codes for your account"),
        _(
            "Recovery codes were created for your CareTrack account on {at}, from "
            "{source}. Earlier codes no longer "
            "work.\n\n{not_you}"
        ),
    ),
    EmailKind.RECOVERY_CODE_USED: (
        _("A recovery code of your account was used"),
        _(
            "Somebody signed in to your CareTrack account with a recovery code on "
            "{at}, from {source}. "
            "Codes left: {left}.\n\n{not_you}"
        ),
    ),
    EmailKind.NEW_DEVICE: (
        _("New sign-in to your account"),
        _(
            "Somebody signed in to your CareTrack account on {at}, from {source}, "
            "with a browser that we had not seen "
            "before: {browser}.\n\n{not_you}"
        ),
    ),
    EmailKind.SIGN_IN_FAILURES: (
        _("Failed attempts to sign in to your account"),
        _(
            "Somebody tried to sign in to your CareTrack account and failed "
            "{failures} times in a row, the last time "
            "on {at}, from {source}. Your account is not locked. You can sign in as "
            "usual on a device that you used "
            "before, or with a passkey.\n\n"
            "If you forgot your password, reset it here. If it was not you, tell Care:\n{link}"
        ),
    ),
}


def compose(
    kind: EmailKind, *, language: str, zone: str, greeted: str, values: dict[str, Any]
) -> tuple[str, str]:
    """Subject and text of an email in the recipient's language, with a greeting."""
    with translation.override(language):
        formatted = {key: _formatted(value, zone) for key, value in values.items()}
        formatted.setdefault("not_you", str(NOT_YOU).format(**{"link": "", **formatted}))
        subject, text = (str(text).format(**formatted) for text in TEXTS[kind])
        greeting = f"{greeted} 様" if translation.get_language() == "ja" else f"{greeted},"
    return subject, f"{greeting}\n\n{text}\n"


def _formatted(value: Any, zone: str) -> str:
    """A date or time as the recipient's language writes it; a time in their zone, which is
    named.
    """
    if not isinstance(value, date):
        return str(value)
    local = value.astimezone(ZoneInfo(zone)) if isinstance(value, datetime) else None
    day = local or value
    if translation.get_language() == "ja":
        shown = f"{day.year}年{day.month}月{day.day}日"
        return f"{shown}({JAPANESE_DAYS[day.weekday()]}){local:%H:%M}（{zone}）" if local else shown
    return f"{local:%A %d %B %Y %H:%M} ({zone})" if local else f"{day:%d %B %Y}"
