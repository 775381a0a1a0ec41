"""Table rights for third-party apps (`core.table_rights`).

Only the sign-in role reads sessions, second factors and sign-in addresses. No role reads tables
that the running product does not need, such as the list of migrations.
"""

from core.table_rights import EVERYTHING, Rights

LOG_INS_OWN = Rights(own=None, care="", log_in=EVERYTHING)
NOBODYS = Rights(own=None, care="", plain=True)

TABLES = {
    "django_session": Rights(
        own=None, care="", log_in="select, insert, update(session_data, expire_date), delete"
    ),
    "usersessions_usersession": LOG_INS_OWN,
    "mfa_authenticator": Rights(own=None, care="", log_in=EVERYTHING, owner=True),  # `ways_in`
    "account_emailaddress": LOG_INS_OWN,
    "account_emailconfirmation": LOG_INS_OWN,
    "django_admin_log": Rights(own=None, care="select, insert"),
    "django_content_type": Rights(own=None, care="select", plain=True),
    "django_migrations": NOBODYS,
    "auth_group": NOBODYS,
    "auth_group_permissions": NOBODYS,
    "auth_permission": NOBODYS,
}
