"""Database rights on the tables of this package (`core.table_rights`)."""

from core.table_rights import ORGANISATION, Rights

READ_BY_ALL = Rights(own=None, tenant="select")
READ_BEFORE_LOG_IN = Rights(own=None, tenant="select", log_in="select")
CARES_OWN = Rights(own=None)

TO_ITS_OWNER = """
    invitation_id IS NULL AND EXISTS (
        SELECT FROM contacts_user u
        WHERE u.id = contacts_queuedemail.recipient_id
            AND u.email = contacts_queuedemail.address
            AND u.organisation_id IS NOT DISTINCT FROM contacts_queuedemail.organisation_id
    )
"""

# An organisation's scope may queue emails of its own invitations, and emails to visible people at
# their own address.
TO_ONE_WE_KNOW = """
    CASE WHEN contacts_queuedemail.invitation_id IS NULL THEN EXISTS (
        SELECT FROM contacts_user u
        WHERE u.id = contacts_queuedemail.recipient_id AND u.email = contacts_queuedemail.address
    ) ELSE EXISTS (
        SELECT FROM contacts_invitation i
        WHERE i.id = contacts_queuedemail.invitation_id AND i.email = contacts_queuedemail.address
    ) END
"""

TABLES = {
    "contacts_organisation": Rights(
        own="id", tenant="select, update(people_event_count, people_head_hash)", log_in="select"
    ),
    "contacts_site": Rights(tenant="select"),
    "contacts_licence": Rights(tenant="select"),
    "contacts_accountowner": Rights(),
    "contacts_customernote": Rights(),
    # Triggers write it and `search_documents` reads it, both as the owner; Care rebuilds it.
    "contacts_searchdocument": Rights(owner=True),
    # A contact sees the names of Care's people, who sign their replies, and changes nothing of
    # theirs.
    "contacts_user": Rights(
        tenant="select, insert, update(is_active, language, zone, site_id, "
        "work_phone, theme, notice_channels,"
        " quiet_from, quiet_until, digest_hour)",
        log_in="select, update(last_login, session_epoch)",
        also_readable=f"organisation_id IS NULL AND {ORGANISATION} IS NOT NULL",
    ),
    "contacts_credential": Rights(
        own=None,
        care="",
        log_in="select, insert, update(password, changed_at), delete",
        owner=True,  # `ways_in`
    ),
    "contacts_apitoken": Rights(log_in="select, update(last_used_at)"),
    "contacts_designatedcontact": Rights(
        tenant="select, insert, update(state, reason, stopped_by, is_primary, form, "
        "submitted_at, active_since,"
        " changed_at)",
        log_in="select",
    ),
    "contacts_invitation": Rights(tenant="select, insert, update(*)", log_in="select"),
    # Before sign-in an email about an account can be added, to its owner's own address; none can be
    # read.
    "contacts_queuedemail": Rights(
        tenant="insert",
        tenant_writes=f"({TO_ONE_WE_KNOW})",
        log_in="insert",
        log_in_rows=f"({TO_ITS_OWNER})",
    ),
    "contacts_peopleevent": Rights(
        tenant="select, insert", care="select, insert, update(particulars, is_erased)"
    ),
    "contacts_rosterentry": Rights(tenant="select, insert, update(*), delete"),
    "contacts_lessonread": Rights(tenant="select, insert, update(*)"),
    "contacts_quizattempt": Rights(tenant="select, insert, update(*)"),
    "contacts_certificate": Rights(
        tenant="select, insert", care="select, insert, update(holder)", log_in="select"
    ),
    "contacts_workcalendar": READ_BY_ALL,
    "contacts_calendarversion": READ_BY_ALL,
    "contacts_offering": READ_BY_ALL,
    "contacts_team": READ_BY_ALL,
    "contacts_team_members": READ_BY_ALL,
    "contacts_course": READ_BEFORE_LOG_IN,
    "contacts_courseversion": READ_BEFORE_LOG_IN,
    "contacts_lesson": READ_BY_ALL,
    "contacts_question": READ_BY_ALL,
    "contacts_adminevent": Rights(own=None, care="select, insert, update(name, before, after)"),
}
