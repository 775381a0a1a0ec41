"""Who may do what with the tables of the libraries (`core.table_rights`).

Sessions, second factors and the addresses to sign in with are the log-in's alone. What nobody needs
while the product runs, such as the list of migrations, is in no role's reach.
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
