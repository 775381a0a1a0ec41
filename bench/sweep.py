"""The sweep over 100,000 running clocks, 10,000 of them due, beside a raw UPDATE … SKIP LOCKED of
as many rows.

    bin/bench sweep [--json] [--quick]

Rounds are interleaved in one run. Ratios count; absolute times depend on the machine. The sweep
writes facts and notifications and the raw update does not: their cost is what is measured.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from core import current_time  # noqa: E402
from core.tenancy import care_scope  # noqa: E402
from sla import policy_files, sweeps  # noqa: E402

BATCH = 1000
_tenth = -1
SETUP = """
    INSERT INTO contacts_workcalendar (name) VALUES ('Bench') ON CONFLICT DO NOTHING;
    INSERT INTO contacts_calendarversion (calendar_id, number, zone, week, holidays, created_at)
        SELECT id, 1, 'UTC', '{"mon": [["08:00", "17:00"]]}', '{}', now()
        FROM contacts_workcalendar WHERE name = 'Bench';
    INSERT INTO contacts_organisation
        (public_id, short_name, name, is_historical, created_at, people_event_count,
            people_head_hash)
        SELECT gen_random_uuid(), 'bench-' || n, 'Bench ' || n, false, now(), 0, ''
            FROM generate_series(1, 50) n;
    INSERT INTO contacts_site (organisation_id, name, calendar_id, is_main)
        SELECT o.id, 'Main', c.id, true FROM contacts_organisation o, contacts_workcalendar c
            WHERE c.name = 'Bench';
    INSERT INTO contacts_user
        (email, session_epoch, name, role, organisation_id, site_id, language, zone, work_phone,
            theme,
        notice_channels, digest_hour, is_active, created_at)
        SELECT 'contact-' || s.id || '@bench.invalid', '!', 'Contact', 'contact', s.organisation_id,
            s.id, 'en', 'UTC',
               '', 'auto', '{}', 8, true, now()
        FROM contacts_site s;
    INSERT INTO contacts_user
        (email, session_epoch, name, role, language, zone, work_phone, theme, notice_channels,
            digest_hour, is_active,
         created_at)
        SELECT 'analyst-' || n || '@bench.invalid', '!', 'Analyst', 'analyst', 'en', 'UTC', '',
            'auto', '{}', 8,
               true, now()
        FROM generate_series(1, 20) n;
"""
CASES = """
    WITH contact AS (SELECT row_number() OVER (ORDER BY id) - 1 AS n, * FROM contacts_user
        WHERE role = 'contact'),
         analyst AS (SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM contacts_user
             WHERE role = 'analyst')
    INSERT INTO cases_case
        (organisation_id, number, kind, state, returns_to, severity, proposed_severity, priority,
            title,
        description, business_impact, area, conversation_ids, channel, call_back_number,
            on_duty_name, external_ref,
        site_id, contact_id, assignee_id, opened_at, closing_reason, last_message_at, event_count,
            head_hash)
    SELECT c.organisation_id, nextval('case_numbers'), 'problem', 'in_progress', 'in_progress',
        2 + g.n %% 3, 3, 3,
           'Bench case ' || g.n, 'A description.', '', '', '{}', 'portal', '', '', '', c.site_id,
               c.id, a.id,
           now() - interval '1 day', '', now(), 1, ''
    FROM generate_series(1, %s) AS g(n) JOIN contact c ON c.n = g.n %% 50 JOIN analyst a
        ON a.n = g.n %% 20
"""
CLOCKS = """
    INSERT INTO sla_clock (organisation_id, case_id, kind, ordinal, policy_version_id,
        calendar_version_id, severity,
        is_around_the_clock, started_at, target_seconds, pauses, due_at, ended_by, breaches_at,
            outcome, due_steps, done,
        next_step, check_at)
    SELECT k.organisation_id, k.id, 'restore', 1, (SELECT max(id) FROM sla_policyversion),
           (SELECT max(id) FROM contacts_calendarversion), k.severity, false, k.opened_at, 64800,
               '[]',
           now() + interval '2 days', '', now() + interval '2 days', 'running', '[]', '{}',
               'warn:75',
           now() + interval '1 day'
    FROM cases_case k
"""
# Every tenth clock: half of them missed, half at a warning.
MAKE_DUE = """
    UPDATE sla_clock SET check_at = now() - interval '1 minute', done = '{}',
        next_step = CASE WHEN id %% 20 = 0 THEN 'breach' ELSE 'warn:75' END,
        due_at = CASE WHEN id %% 20 = 0 THEN now() - interval '61 seconds'
            ELSE now() + interval '2 days' END,
        breaches_at = CASE WHEN id %% 20 = 0 THEN now() - interval '61 seconds'
            ELSE now() + interval '2 days' END,
        due_steps = CASE WHEN id %% 20 = 0 THEN jsonb_build_array(jsonb_build_array('breach',
            now() - interval '1 minute'))
                 ELSE jsonb_build_array(jsonb_build_array('warn:75', now() - interval '1 minute'),
                                        jsonb_build_array('warn:90', now() + interval '1 day'),
                                        jsonb_build_array('breach', now() + interval '2 days')) END
    WHERE id %% 10 = 0
"""
RAW = """
    UPDATE sla_clock SET check_at = now() + interval '1 day', next_step = 'warn:90' WHERE id IN (
        SELECT id FROM sla_clock WHERE check_at <= %s ORDER BY check_at, id
            LIMIT %s FOR UPDATE SKIP LOCKED)
"""
PROBE = (
    "SELECT id FROM sla_clock WHERE check_at <= %s ORDER BY check_at, id LIMIT %s "
    "FOR UPDATE SKIP LOCKED"
)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/bench sweep", description=__doc__)
    parser.add_argument(
        "--json", action="store_true", help="figures and ratios as one object on the last line"
    )
    parser.add_argument("--quick", action="store_true", help="a size that ends within a minute")
    options = parser.parse_args(argv)
    clocks, rounds = (20_000, 2) if options.quick else (100_000, 3)
    prepare(clocks)
    sql: list[float] = []
    raw_rates, own_rates = [], []
    for _ in range(rounds):
        make_due()
        raw_rates.append(rate(raw_sweep))
        make_due()
        own_rates.append(rate(lambda: own_sweep(sql)))
    probe, idle = idle_times(20 if options.quick else 100)
    figures = {
        "cases_per_s": round(statistics.median(own_rates)),
        "sql_per_1000": round(statistics.mean(sql), 1),
        "ratio_raw": round(statistics.median(own_rates) / statistics.median(raw_rates), 3),
        "idle_ratio_raw": round(idle / probe, 2),
    }
    print(
        f"{clocks:,} running clocks, {clocks // 10:,} due, {rounds} interleaved "
        f"rounds, batches of {BATCH:,}"
    )
    own, statements = figures["cases_per_s"], figures["sql_per_1000"]
    print(f"sweep   {own:>8,} cases/s   with facts and notices; {statements} SQL per 1,000")
    raw, ratio, idle_ratio = (
        round(statistics.median(raw_rates)),
        figures["ratio_raw"],
        figures["idle_ratio_raw"],
    )
    print(f"raw     {raw:>8,} rows/s    UPDATE … SKIP LOCKED; ratio {ratio} (aim 0.25)")
    print(
        f"idle    {idle * 1000:8.2f} ms        raw probe {probe * 1000:.2f} ms; ratio "
        f"{idle_ratio} (aim at most 5)"
    )
    if options.json:
        print(json.dumps(figures))
    return 0


def prepare(clocks: int) -> None:
    with care_scope():
        policy_files.load()
        run(SETUP)
        run(CASES, [clocks])
        run(CLOCKS)
    run("ANALYZE")


def make_due() -> None:
    """Make the next tenth of the clocks due, so that every round writes facts and notifications
    about new clocks.
    """
    global _tenth
    _tenth += 1
    with care_scope():
        run(
            MAKE_DUE.replace("%%", "%")
            .replace("id % 10 = 0", f"id % 10 = {_tenth}")
            .replace("id % 20 = 0", "id / 10 % 2 = 0")
        )


def raw_sweep() -> int:
    with care_scope(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RAW, [current_time.now(), BATCH])
        return int(cursor.rowcount)


def own_sweep(sql: list[float]) -> int:
    statements = 0

    def count(execute: Callable[..., object], *args: object) -> object:
        nonlocal statements
        statements += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        done = sweeps.check_clocks(BATCH)
    if done:
        sql.append(statements * 1000 / done)
    return done


def rate(sweep: Callable[[], int]) -> float:
    done, started = 0, time.perf_counter()
    while count := sweep():
        done += count
    return done / (time.perf_counter() - started)


def idle_times(repeats: int) -> tuple[float, float]:
    """Seconds of a raw probe and of a sweep that find nothing, interleaved; medians."""
    probes, sweeps_ = [], []
    for _ in range(repeats):
        started = time.perf_counter()
        with care_scope(), connection.cursor() as cursor:
            cursor.execute(PROBE, [current_time.now(), BATCH])
        probes.append(time.perf_counter() - started)
        started = time.perf_counter()
        sweeps.check_clocks(BATCH)
        sweeps_.append(time.perf_counter() - started)
    return statistics.median(probes), statistics.median(sweeps_)


def run(sql: str, params: list[object] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
