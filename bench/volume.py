"""Cases by the million, by COPY and set-wise SQL: organisations, people, cases, conversations,
clocks, terms, notifications.

The rows are what the product's actions would have written, as far as a page reads them; the hashes
of the event log are invented. Nothing that the product needs is missing. All constraints hold. One
set-wise statement each replaces the triggers that update the search and the counts of open cases.
Indexes that slow a load down are built after it.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from django.db import connection

from cases import known_tags
from core.tenancy import care_scope
from insight import open_counts
from sla import queue_entries
from sla.models.queue_entry import LAST, NO_CLOCK

# The words of a block of cases in one statement; these have no files and no tags of words. Their
# plain words need no folding and have no pieces, so PostgreSQL's own function gives what
# `search_vector` gives, twenty times as fast. SAME_WORDS shows it for the last case of a block:
# there is no index yet.
INDEXED = """
    WITH own AS (
        SELECT c.id, c.organisation_id, c.opened_at,
            setweight(to_tsvector('simple', c.title), 'A')
            || setweight(to_tsvector('simple', c.area || ' ' || c.external_ref), 'B')
            || setweight(to_tsvector('simple', c.description), 'B') AS vector
        FROM cases_case c WHERE id > %(after)s AND id <= %(until)s),
    updates AS (
        SELECT case_id,
            setweight(to_tsvector('simple', string_agg(text, E'\\n' ORDER BY at, id)), 'C')
                AS care_words,
            setweight(to_tsvector('simple', coalesce(string_agg(text, E'\\n' ORDER BY at,
                id) FILTER (WHERE facing = 'contact'), '')), 'C') AS words,
            max(at) FILTER (WHERE facing = 'contact') AS updated_at
        FROM cases_caseupdate WHERE case_id > %(after)s AND case_id <= %(until)s GROUP BY case_id)
    INSERT INTO cases_casesearch (case_id, organisation_id, updated_at, words, care_words)
    SELECT t.id, t.organisation_id, greatest(t.opened_at, s.updated_at),
        t.vector || coalesce(s.words, ''), t.vector || coalesce(s.care_words, '')
    FROM own t LEFT JOIN updates s ON s.case_id = t.id
    ON CONFLICT (case_id) DO UPDATE SET organisation_id = EXCLUDED.organisation_id,
        updated_at = EXCLUDED.updated_at,
        words = EXCLUDED.words, care_words = EXCLUDED.care_words
"""
SAME_WORDS = """
    SELECT count(*) FROM cases_casesearch s JOIN cases_case c ON c.id = s.case_id
    WHERE s.case_id = %(until)s
        AND s.care_words <> search_case_vector(c) || (
            SELECT search_vector(string_agg(text, E'\\n' ORDER BY at, id), 'C')
            FROM cases_caseupdate u WHERE u.case_id = s.case_id)
"""

ORGANISATIONS, CONTACTS, ANALYSTS, TEAMS = 50, 5, 20, 6
ZONES = [
    "America/Chicago",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Lisbon",
    "Europe/London",
    "UTC",
]
EVENTS = 5
COMMON = "phone"  # is in every second case
WORDS = """
    agent audio bridge browser call carrier chat codec console dashboard delay device drop echo
    email failover firewall gateway headset hold invite jitter latency line log menu message
    network outage packet password queue record region report route screen server session
    silence site skill softphone status timeout transfer trunk upgrade user voice wait wallboard
""".split()  # noqa: SIM905
SETUP = """
    INSERT INTO contacts_workcalendar (name) SELECT 'Bench ' || zone
        FROM unnest(%(zones)s::text[]) zone;
    INSERT INTO contacts_calendarversion
        (calendar_id, number, zone, week, holidays, special_hours, created_at)
        SELECT id, 1, substr(name, 7), '{"mon": [["08:00", "17:00"]], "tue": [["08:00", "17:00"]],
            "wed": [["08:00", "17:00"]], "thu": [["08:00", "17:00"]], "fri": [["08:00",
                "17:00"]]}', '{}', '{}', now()
        FROM contacts_workcalendar WHERE name LIKE 'Bench %%';
    INSERT INTO contacts_organisation
        (public_id, short_name, name, is_historical, created_at, people_event_count,
            people_head_hash)
        SELECT gen_random_uuid(), 'bench-' || n, 'Bench ' || n, false, now(), 0, ''
        FROM generate_series(1, %(organisations)s) n;
    INSERT INTO contacts_licence (organisation_id, product, starts_on)
        SELECT id, 'PureCloud 2', '2015-01-01' FROM contacts_organisation;
    INSERT INTO contacts_site (organisation_id, name, calendar_id, is_main)
        SELECT o.id, 'Main', c.id, true FROM contacts_organisation o JOIN contacts_workcalendar c
            ON c.name = 'Bench ' || (%(zones)s::text[])[1 + o.id %% cardinality(%(zones)s::text[])];
    INSERT INTO contacts_user
        (email, session_epoch, name, role, organisation_id, site_id, language, zone, work_phone,
            theme, notice_channels, key_settings, list_settings,
         digest_hour, is_active, created_at)
        SELECT 'contact-' || s.id || '-' || n || '@bench.invalid', '!', 'Contact ' || n, 'contact',
            s.organisation_id,
               s.id, 'en', 'Europe/Berlin', '', 'auto', '{}', '{}', '{}', 8, true, now()
        FROM contacts_site s, generate_series(1, %(contacts)s) n;
    INSERT INTO contacts_designatedcontact (organisation_id, user_id, state, reason, stopped_by,
        is_primary, form)
        SELECT organisation_id, id, 'active', '', '', false, '{}' FROM contacts_user
            WHERE role = 'contact';
    INSERT INTO contacts_user
        (email, session_epoch, name, role, language, zone, work_phone, theme, notice_channels,
            key_settings, list_settings, digest_hour, is_active,
         created_at)
        SELECT 'analyst-' || n || '@bench.invalid', '!', 'Analyst ' || n, 'analyst', 'en', 'UTC',
            '', 'auto', '{}', '{}', '{}', 8,
               true, now()
        FROM generate_series(1, %(analysts)s) n;
    INSERT INTO contacts_team (name, investigates, is_intake, assignment, areas, turns)
        SELECT 'Team ' || n, n = 1, false, 'off', '{}', 0 FROM generate_series(1, %(teams)s) n;
    INSERT INTO contacts_team_members (team_id, user_id)
        SELECT t.id, u.id FROM contacts_team t JOIN contacts_user u
            ON u.id %% %(teams)s = t.id %% %(teams)s
        WHERE u.role = 'analyst';
"""
CASE = (
    "id",
    "organisation_id",
    "number",
    "kind",
    "state",
    "returns_to",
    "severity",
    "proposed_severity",
    "priority",
    "title",
    "description",
    "business_impact",
    "area",
    "conversation_ids",
    "tags",
    "channel",
    "call_back_number",
    "on_duty_name",
    "external_ref",
    "site_id",
    "contact_id",
    "assignee_id",
    "team_id",
    "opened_at",
    "answered_at",
    "waiting_since",
    "restored_at",
    "resolution_proposed_at",
    "closed_at",
    "closing_reason",
    "last_message_at",
    "event_count",
    "head_hash",
)
# The five events of a case by its state; the text of each is its update.
VERBS = """
    CASE n WHEN 1 THEN 'filed' WHEN 2 THEN 'answered' WHEN 3 THEN 'contact_answered'
        WHEN 4 THEN CASE k.state WHEN 'waiting_on_contact' THEN 'information_requested'
            ELSE 'answered' END
        ELSE CASE k.state WHEN 'closed' THEN 'closed' WHEN 'resolution_proposed'
            THEN 'resolution_proposed'
            WHEN 'waiting_on_contact' THEN 'noted' ELSE 'answered' END END
"""
CALENDAR = """(SELECT v.id FROM contacts_site s JOIN contacts_calendarversion v
                   ON v.calendar_id = s.calendar_id WHERE s.id = k.site_id)"""
IS_STOPPED = "(k.state = 'closed' OR promise = 'response')"
IS_THEIRS = "k.state IN ('waiting_on_contact', 'resolution_proposed')"
FOLLOW = f"""
    INSERT INTO cases_caseevent (organisation_id, case_id, seq, verb, by_id, at, facing,
        particulars, recorded_at, hash)
        SELECT k.organisation_id, k.id, n, {VERBS}, CASE WHEN n IN (1, 3) THEN k.contact_id
                   ELSE coalesce(k.assignee_id, (SELECT min(id) FROM contacts_user
                       WHERE role = 'analyst')) END,
               k.opened_at + n * interval '20 minutes',
               CASE WHEN n = 5 AND k.state = 'waiting_on_contact' THEN 'internal'
                   ELSE 'contact' END,
               CASE n WHEN 1 THEN jsonb_build_object('severity', k.severity)
                   WHEN 5 THEN jsonb_build_object('reason', 'accepted') ELSE '{{}}' END, now(),
                       repeat('0', 64)
        FROM cases_case k, generate_series(1, {EVENTS}) n WHERE k.id > %(after)s
            AND k.id <= %(until)s;
    INSERT INTO cases_caseupdate (organisation_id, case_id, event_id, by_id, at, facing, text)
        SELECT e.organisation_id, e.case_id, e.id, e.by_id, e.at, e.facing,
               'About ' || k.title || ': ' || repeat(substr(k.description, 1, 180) || E'\\n\\n', 2)
        FROM cases_caseevent e JOIN cases_case k ON k.id = e.case_id WHERE k.id > %(after)s
            AND k.id <= %(until)s;
    INSERT INTO sla_caseterms (organisation_id, case_id, policy_version_id, calendar_version_id)
        SELECT organisation_id, id, (SELECT max(id) FROM sla_policyversion),
               {CALENDAR}
        FROM cases_case k WHERE id > %(after)s AND id <= %(until)s;
    INSERT INTO sla_clock (organisation_id, case_id, kind, ordinal, policy_version_id,
        calendar_version_id, severity,
            is_around_the_clock, started_at, target_seconds, pauses, due_at, ended_by, breaches_at,
                outcome, due_steps, done,
            next_step, check_at, stopped_at, used_seconds)
        SELECT k.organisation_id, k.id, promise, 1, (SELECT max(id) FROM sla_policyversion),
               {CALENDAR}, k.severity, false, k.opened_at, 64800, '[]'::jsonb,
               CASE WHEN {IS_STOPPED} OR {IS_THEIRS} THEN NULL
                   ELSE date_trunc('minute',
                       now()) + (k.id %% 7200 - 300) * interval '1 minute' END,
               '', NULL::timestamptz,
               CASE WHEN {IS_STOPPED} THEN 'met' WHEN {IS_THEIRS} THEN 'paused' ELSE 'running' END,
               '[]'::jsonb, '{{}}'::text[], '', NULL::timestamptz,
               CASE WHEN {IS_STOPPED} THEN k.opened_at + interval '40 minutes' END,
               CASE WHEN {IS_STOPPED} THEN 2400 END
        FROM cases_case k, unnest(ARRAY['response', 'restore']) AS promise WHERE k.id > %(after)s
            AND k.id <= %(until)s
        UNION ALL
        SELECT k.organisation_id, k.id, CASE k.state WHEN 'resolution_proposed' THEN 'closure'
                   ELSE 'customer_response' END, 1, (SELECT max(id) FROM sla_policyversion),
               {CALENDAR}, k.severity, false, now(), 97200, '[]'::jsonb,
               date_trunc('minute', now()) + (k.id %% 4320) * interval '1 minute', '',
                   NULL::timestamptz, 'running',
               '[]'::jsonb, '{{}}'::text[], '', NULL::timestamptz, NULL::timestamptz, NULL::integer
        FROM cases_case k WHERE k.id > %(after)s AND k.id <= %(until)s
            AND k.state IN ('waiting_on_contact', 'resolution_proposed');
    INSERT INTO cases_notification (organisation_id, case_id, recipient_id, channel, kind, key,
        address, subject, text, state,
            created_at, attempts, next_attempt_at, sent_at, provider_id, last_error, read_at)
        SELECT organisation_id, id, contact_id, 'email', 'answer', 'CT-' || number || ':event:2',
            '', 'An answer',
               'There is an answer.', 'sent', opened_at, 1, opened_at, opened_at, '', '',
               CASE WHEN id %% 20 = 0 THEN NULL ELSE opened_at END
        FROM cases_case WHERE id > %(after)s AND id <= %(until)s;
"""
PLACES = """
    SELECT k.organisation_id, k.id, k.number, k.severity, k.priority, k.opened_at, c.due_at,
        c.target_seconds,
        k.state, k.assignee_id, k.team_id, k.site_id, k.area, t.calendar_version_id,
        k.last_message_at, e.due_at
    FROM cases_case k JOIN sla_caseterms t ON t.case_id = k.id
        JOIN sla_clock c ON c.case_id = k.id AND c.kind = 'restore' AND c.ordinal = 1
        LEFT JOIN sla_clock e ON e.case_id = k.id AND e.kind IN ('closure', 'customer_response')
    WHERE k.id > %(after)s AND k.id <= %(until)s AND k.state <> 'closed'
"""
PLACED = """
    INSERT INTO sla_queueentry (organisation_id, case_id, number, severity, priority, opened_at,
        calendar_key, due_offset,
        nearest_kind, due_at, target_seconds, day_seconds, state, assignee_id, team_id, site_id,
            area, tags,
        is_historical, contact_spoke_at, update_overdue_at, closing_at,
        is_escalation_requested, is_contested)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 32400, %s, %s, %s, %s, %s, %s, false, %s,
        %s, %s, %s, %s)
"""
BLOCK = 200_000
# The search rows are written set-wise. COPY does not support row-level security, so the rows go to
# a table of their own first, and are then inserted as usual.
BEFORE = """
    ALTER TABLE cases_case DISABLE TRIGGER search_of_new_case;
    ALTER TABLE cases_case DISABLE TRIGGER cases_tags_new;
    ALTER TABLE cases_caseupdate DISABLE TRIGGER search_of_new_update;
    ALTER TABLE sla_queueentry DISABLE TRIGGER insight_counts_new;
    CREATE UNLOGGED TABLE bench_cases (LIKE cases_case INCLUDING DEFAULTS);
    GRANT SELECT ON bench_cases TO caretrack_care;
"""
STAGED = f"""
    INSERT INTO cases_case ({", ".join(CASE)})
        SELECT {", ".join(CASE)} FROM bench_cases WHERE id > %(after)s AND id <= %(until)s
"""
AFTERWARDS = """
    DROP TABLE bench_cases;
    ALTER TABLE cases_case ENABLE TRIGGER search_of_new_case;
    ALTER TABLE cases_case ENABLE TRIGGER cases_tags_new;
    ALTER TABLE cases_caseupdate ENABLE TRIGGER search_of_new_update;
    ALTER TABLE sla_queueentry ENABLE TRIGGER insight_counts_new;
"""
FILLED = (
    "cases_case",
    "cases_caseevent",
    "cases_caseupdate",
    "sla_caseterms",
    "sla_clock",
    "cases_notification",
    "cases_casesearch",
    "sla_queueentry",
)
# References are checked and indexes built once for all rows. Each exists again at the end, or the
# load fails.
REFERENCES = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
               pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])
"""
INDEXES = """
    SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique
"""


@contextmanager
def _indexes_built_afterwards() -> Iterator[psycopg.Connection]:
    """Do what only the owner of the tables may do, and update statistics and visibility at the
    end.
    """
    with psycopg.connect(os.environ["CARETRACK_OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute(BEFORE)
        later = []
        for statement in (REFERENCES, INDEXES):
            for drop, add in owner.execute(statement, [list(FILLED)]).fetchall():
                owner.execute(drop)
                later.append(add)
        yield owner
        owner.execute("SET maintenance_work_mem = '512MB'")
        owner.execute(AFTERWARDS)
        for add in reversed(later):
            owner.execute(add)
        open_counts.recount()
        known_tags.recount()
        owner.execute("VACUUM (ANALYZE)")


@dataclass(frozen=True)
class Loaded:
    """The result of a load: one organisation's contact, and how long it took."""

    cases: int
    seconds: float


def people() -> None:
    """Create organisations and people, once."""
    with care_scope(), connection.cursor() as cursor:
        cursor.execute(
            SETUP,
            {
                "organisations": ORGANISATIONS,
                "contacts": CONTACTS,
                "analysts": ANALYSTS,
                "teams": TEAMS,
                "zones": ZONES,
            },
        )


def load(upto: int) -> Loaded:
    """Raise the number of cases to `upto`; existing ones stay.

    Returns how long it took, indexes included.
    """
    began = time.perf_counter()
    with care_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM cases_case")
        after = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT organisation_id, array_agg(id), min(site_id) FROM contacts_user "
            "WHERE role = 'contact' GROUP BY 1 ORDER BY 1"
        )
        contacts = cursor.fetchall()
        cursor.execute("SELECT array_agg(id) FROM contacts_user WHERE role = 'analyst'")
        analysts = cursor.fetchone()[0]
        cursor.execute("SELECT array_agg(id ORDER BY id) FROM contacts_team")
        teams = cursor.fetchone()[0]
    with _indexes_built_afterwards() as owner:
        with owner.cursor().copy(f"COPY bench_cases ({', '.join(CASE)}) FROM STDIN") as copy:
            for row in _cases(after, upto, contacts, analysts, teams):
                copy.write_row(row)
        for start in range(after, upto, BLOCK):
            block = {"after": start, "until": min(start + BLOCK, upto)}
            with care_scope(), connection.cursor() as cursor:
                cursor.execute(STAGED, block)
                cursor.execute(FOLLOW, block)
                cursor.execute(INDEXED, block)
                cursor.execute(SAME_WORDS, block)
                assert cursor.fetchone()[0] == 0, "the search would have indexed other words"
                _places(cursor, block)
        owner.execute(
            "SELECT setval('case_numbers', %s), setval('cases_case_id_seq', %s)", [upto, upto]
        )
    return Loaded(upto, time.perf_counter() - began)


def _places(cursor: Any, block: dict[str, int]) -> None:
    """Insert the queue entry of each open case. One in 20 is overdue for an update, one in 50
    tagged, one in 200 requests an escalation.
    """
    now = datetime.now(UTC)
    cursor.execute(PLACES, block)
    rows = []
    for org, pk, number, severity, priority, opened, due, target, *rest in cursor.fetchall():
        state, who, team, site, area, calendar_key, last_message_at, closing = rest
        kind, due_offset = (
            ("restore", queue_entries.calendar_total(calendar_key, due)) if due else ("", LAST)
        )
        rows.append(
            (
                org,
                pk,
                number,
                severity,
                priority,
                opened,
                calendar_key if due else NO_CLOCK,
                due_offset,
                kind,
                due,
                target,
                state,
                who,
                team,
                site,
                area,
                _tags(pk),
                last_message_at,
                now - timedelta(minutes=pk % 600) if pk % 20 == 0 and due else None,
                closing,
                pk % 200 == 0,
                pk % 200 == 1,
            )
        )
    cursor.executemany(PLACED, rows)


def _tags(pk: int) -> list[str]:
    """One case in ten has a tag, one of forty; one in fifty is about the carrier."""
    tags = [f"carrier {pk // 10 % 40}"] if pk % 10 == 0 else []
    return [*tags, "carrier"] if pk % 50 == 0 else tags


def _cases(
    after: int, upto: int, contacts: list[Any], analysts: list[int], teams: list[int]
) -> Iterator[tuple[Any, ...]]:
    """One row for each case, the same in every run; one in ten is open, the newest first."""
    now = datetime.now(UTC).replace(microsecond=0)
    chance = random.Random(after)
    span = 3 * 365 * 86400
    for pk in range(after + 1, upto + 1):
        organisation, people_, site = contacts[pk % len(contacts)]
        opened = now - timedelta(seconds=int(span * (1 - pk / (upto + 1))) + 3600)
        state = "closed"
        if chance.random() < 0.1:
            state = chance.choice(
                (
                    "new",
                    "in_progress",
                    "in_progress",
                    "investigating",
                    "waiting_on_contact",
                    "resolution_proposed",
                )
            )
        words = chance.choices(WORDS, k=45)
        title = " ".join(words[:6]).capitalize()
        rare = f"serial{pk // 1000:07d}"  # in twenty cases of each organisation
        text = f"{' '.join(words[6:])} {COMMON if pk // len(contacts) % 2 else ''} {rare}."
        yield (
            pk,
            organisation,
            pk,
            "problem",
            state,
            "in_progress",
            severity := 2 + pk % 3,
            severity,
            3,
            title,
            text,
            "",
            "Voice",
            [],
            _tags(pk),
            "portal",
            "",
            "",
            "",
            site,
            people_[pk // len(contacts) % len(people_)],
            None if state == "new" else analysts[pk % len(analysts)],
            teams[pk % len(teams)],
            opened,
            opened + timedelta(minutes=40),
            opened if state == "waiting_on_contact" else None,
            None,
            opened if state == "resolution_proposed" else None,
            opened + timedelta(hours=5) if state == "closed" else None,
            "accepted" if state == "closed" else "",
            # Some cases stay active for weeks, so the last activity is in another order.
            min(now, opened + timedelta(minutes=100 + pk * 7919 % 40_000)),
            EVENTS,
            "0" * 64,
        )
