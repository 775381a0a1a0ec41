"""What operators watch: who may read it, and each gauge against a count by hand."""

import os
import re
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from redis import ConnectionError as BrokerAway

from caretrack.ops.metrics import broker, requests, state, work
from cases import actions
from cases.models import Case, Notification
from cases.tasks import forget_who_was_there
from contacts import actions as people
from contacts.models import QueuedEmail
from insight import aggregation, open_counts
from insight.models import OpenCount
from routing import actions as routing_actions
from routing import alerts, assignment
from routing.models import Alert, AlertMessage, AssignmentJob
from sla import credentials, sweeps
from sla.models import Clock, ClockFact
from sla.models.clock import CARES_PROMISES
from tests import cast
from tests.cast import utc
from tests.scrape import TOKEN, ask, families, metric, some

ROOT = Path(__file__).parents[2]
NIGHT = "2026-03-02 23:00"  # Monday night in Berlin and in Tokyo
SEVERITY = {1: "critical", 2: "high", 3: "medium", 4: "low", None: "none"}


@pytest.fixture
def at(time_machine):
    """Moves time to an instant."""
    return lambda text: time_machine.move_to(utc(text), tick=False)


# --- Who may read it


def test_without_a_token_set_there_is_no_such_page(db, settings):
    settings.METRICS_TOKEN = ""
    assert ask().status_code == 404
    assert ask(authorization="Bearer ").status_code == 404


WRONG = (
    None,
    "",
    "Bearer",
    "Bearer ",
    f"Bearer {TOKEN}x",
    f"Bearer {TOKEN[:-1]}",
    f"Basic {TOKEN}",
    TOKEN,
    "Bearer é",
)


@pytest.mark.parametrize("sent", WRONG)
def test_a_wrong_token_opens_nothing(db, watched, sent):
    answer = ask(**({} if sent is None else {"authorization": sent}))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert b"caretrack_" not in answer.content


def test_the_token_opens_prometheus_own_text_which_nobody_keeps(db, watched):
    for scheme in ("Bearer", "bearer"):
        answer = ask(authorization=f"{scheme} {TOKEN}")
        assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert Client(headers={"authorization": f"Bearer {TOKEN}"}).post("/metrics").status_code == 405


def test_somebody_who_is_logged_in_needs_the_token_as_well(ada, watched):
    client = Client()
    client.force_login(ada)
    assert client.get("/metrics").status_code == 401


# --- Content


def test_open_cases_and_those_that_nobody_has(ana, ben, kim, watched):
    for severity in (1, 3, 3, 4):
        cast.file(ana, severity)
    cast.waiting(ben, kim, 3)
    cast.proposed(ana, kim, 2)
    actions.close(cast.file(ana), by=kim, reason="duplicate", text="See the other one.")
    expected = Counter(
        (SEVERITY[case.severity], case.state) for case in Case.objects.exclude(state="closed")
    )
    assert len(expected) == 5
    assert some(metric("caretrack_open_cases", "severity", "state")) == expected
    assert len(metric("caretrack_open_cases", "severity", "state")) == 20
    free = Counter(
        (SEVERITY[case.severity],)
        for case in Case.objects.exclude(state="closed").filter(assignee=None)
    )
    assert some(metric("caretrack_unassigned_cases", "severity")) == free
    open_counts.fold()
    assert some(metric("caretrack_open_cases", "severity", "state")) == expected


def test_a_replayed_history_counts_nowhere(ana, watched, at):
    at("2026-03-02 09:00")
    cast.file(ana, 1)
    at("2026-03-02 15:00")
    sweeps.check_clocks()
    assert metric("caretrack_breaches_last_day", "kind", "severity")["response", "critical"] == 1
    OpenCount.objects.update(is_historical=True)
    ana.organisation.is_historical = True
    ana.organisation.save()
    for name, *labels in (
        ("caretrack_open_cases", "severity", "state"),
        ("caretrack_breaches_last_day", "kind", "severity"),
        ("caretrack_breaches_total", "kind", "severity"),
    ):
        assert not some(metric(name, *labels))


def test_how_late_the_sweeps_are(ana, kim, watched, at):
    at("2026-03-02 09:00")
    cast.file(ana, 1)
    cast.file(ana, 2)
    nothing = dict.fromkeys(
        [("clocks",), ("credentials",), ("placements",), ("pages",), ("reminders",)], 0
    )
    assert metric("caretrack_sweep_lag_seconds", "sweep") == nothing
    at("2026-03-02 11:00")
    due = Clock.objects.to_check(timezone.now())
    oldest = min(clock.check_at for clock in due)
    assert (
        metric("caretrack_sweep_lag_seconds", "sweep")["clocks",]
        == (timezone.now() - oldest).total_seconds()
        > 60
    )
    assert metric("caretrack_sweep_due", "sweep")["clocks",] == due.count() > 1
    sweeps.check_clocks()
    assert metric("caretrack_sweep_lag_seconds", "sweep")["clocks",] == 0
    assert metric("caretrack_sweep_due", "sweep")["clocks",] == 0


def test_an_application_waits_for_a_sweep_of_its_own(acme, watched, at):
    at("2026-03-02 09:00")
    cast.applicant(acme, "Ivy Inoue", "ivy@acme.example")
    check_at = Clock.objects.to_applicants().get().check_at
    at("2026-03-20 09:00")
    assert (
        metric("caretrack_sweep_lag_seconds", "sweep")["credentials",]
        == (timezone.now() - check_at).total_seconds()
    )
    assert some(metric("caretrack_sweep_due", "sweep")) == {("credentials",): 1}
    credentials.sweep()
    assert metric("caretrack_breaches_total", "kind", "severity")["credential", "none"] == 1


def test_messages_by_kind(ana, kim, watched, at):
    at("2026-03-02 09:00")
    Notification.objects.all().update(state="sent", sent_at=timezone.now())
    QueuedEmail.objects.all().delete()
    now, case = timezone.now(), cast.file(ana)
    Notification.objects.all().delete()

    def notice(number, channel="email", due=timedelta(), **more):
        Notification.objects.create(
            organisation=ana.organisation,
            case=case,
            recipient=ana,
            key=f"k{number}",
            address=ana.email,
            subject="S",
            text="T",
            channel=channel,
            created_at=now,
            next_attempt_at=now - due,
            **more,
        )

    notice(1, due=timedelta(seconds=90))
    notice(2, due=timedelta(seconds=30), attempts=2)
    notice(3, due=timedelta(minutes=-5), attempts=1)  # refused, put off
    notice(4, due=timedelta(hours=-8))  # quiet hours
    notice(5, "digest", due=timedelta(minutes=2))
    notice(6, "digest", due=timedelta(hours=-2))
    notice(7, due=timedelta(days=1), state="failed", attempts=6)
    notice(8, due=timedelta(days=1), state="bounced", attempts=1, sent_at=now)
    notice(9, due=timedelta(days=1), state="sent", sent_at=now)
    for number, due in enumerate(
        (timedelta(minutes=3), timedelta(minutes=1), timedelta(minutes=-10))
    ):
        QueuedEmail.objects.create(
            organisation=ana.organisation,
            key=f"k{number}",
            address="x@acme.example",
            subject="S",
            text="T",
            created_at=now,
            next_attempt_at=now - due,
            attempts=number,
        )
    actions.open_side_conversation(
        Case.objects.first(), by=kim, subject="S", recipients=["x@carrier.example"], text="T"
    )
    kinds = ("notice", "digest", "letter", "page", "side")
    for name, values in (
        ("caretrack_messages_waiting", (2, 1, 2, 0, 1)),
        ("caretrack_messages_oldest_wait_seconds", (90, 120, 180, 0, 0)),
        ("caretrack_messages_retrying", (2, 0, 2, 0, 0)),
    ):
        assert metric(name, "kind") == {
            (kind,): value for kind, value in zip(kinds, values, strict=True)
        }, name
    assert metric("caretrack_notices_undelivered", "state") == {("failed",): 1, ("bounced",): 1}


@pytest.fixture
def on_call(kim, lee, maya, at):
    """Kim is called at night, then Lee, then Maya, five minutes each."""
    at("2026-03-02 08:00")
    office = cast.calendar("Care office", "UTC")
    people.save_team(
        None,
        by=maya,
        name="First line",
        members=[kim, lee],
        calendar=office,
        is_intake=True,
        assignment="round_robin",
    )
    rota = routing_actions.save_rota(
        None,
        by=maya,
        name="Nights",
        zone="UTC",
        begins_on=utc("2026-03-02 00:00").date(),
        hands_over="09:00",
        minutes=5,
        people=[kim, lee],
        manager=maya,
    )
    routing_actions.add_shift(rota, by=maya, weekdays=range(7), starts="00:00", ends="24:00")
    return rota


def test_pages_placements_and_their_messages(ana, maya, watched, on_call, at):
    at(NIGHT)
    case = cast.file(ana, 1)
    cast.file(ana, 3)
    assert metric("caretrack_placements_waiting") == 2
    assert metric("caretrack_sweep_due", "sweep")["placements",] == 2
    at("2026-03-02 23:01")
    assert metric("caretrack_sweep_lag_seconds", "sweep")["placements",] == 60
    assignment.assign_waiting()
    assert (
        metric("caretrack_placements_waiting")
        == AssignmentJob.objects.exclude(look_at=None).count()
        == 1
    )
    assert (
        metric("caretrack_sweep_due", "sweep")["placements",] == 0
    )  # it waits for somebody to come to work
    assert metric("caretrack_pages", "state") == {("open",): 1, ("ran_out",): 0}
    AlertMessage.objects.all().update(
        state="queued", next_attempt_at=timezone.now() - timedelta(seconds=40), attempts=1
    )
    assert (
        metric("caretrack_messages_waiting", "kind")["page",] == AlertMessage.objects.count() == 1
    )
    assert metric("caretrack_messages_oldest_wait_seconds", "kind")["page",] == 40
    assert metric("caretrack_messages_retrying", "kind")["page",] == 1
    late = Alert.objects.get(case=case).next_at
    at("2026-03-02 23:10")
    assert (
        metric("caretrack_sweep_lag_seconds", "sweep")["pages",]
        == (timezone.now() - late).total_seconds()
        == 240
    )
    for minute in range(10, 60, 6):
        at(f"2026-03-02 23:{minute}")
        alerts.escalate()
    assert metric("caretrack_pages", "state") == {("open",): 0, ("ran_out",): 1}
    alerts.drill(on_call, by=maya)
    assert metric("caretrack_pages", "state") == {("open",): 0, ("ran_out",): 1}


def missed_by_hand(since=None):
    """The first breach of each of Care's promises, of the last day or ever."""
    firsts = {}
    for fact in ClockFact.objects.filter(kind="breached", clock__kind__in=CARES_PROMISES).order_by(
        "-at", "-pk"
    ):
        firsts[fact.clock_id] = fact
    return Counter(
        (fact.clock.kind, SEVERITY[fact.severity])
        for fact in ClockFact.objects.filter(pk__in=[f.pk for f in firsts.values()]).select_related(
            "clock"
        )
        if since is None or fact.at >= since
    )


def test_promises_missed_within_a_day_and_ever(ana, ben, kim, watched, at):
    at("2026-03-02 09:00")
    for severity in (1, 2, 3, 4):
        cast.file(ana, severity)
        cast.file(ben, severity)
    counts = []
    for day in ("2026-03-02 15:00", "2026-03-04 12:00", "2026-03-05 08:00", "2026-03-10 10:00"):
        at(day)
        sweeps.check_clocks()
        now = timezone.now()
        last_day, ever = missed_by_hand(now - timedelta(hours=24)), missed_by_hand()
        assert some(metric("caretrack_breaches_last_day", "kind", "severity")) == last_day
        assert some(metric("caretrack_breaches_total", "kind", "severity")) == ever
        aggregation.run(now)  # what was added from the facts is now added from the sums
        assert some(metric("caretrack_breaches_total", "kind", "severity")) == ever
        counts.append((sum(last_day.values()), sum(ever.values())))
    assert counts[0][0] > 0
    assert counts[0][1] < counts[1][1] < counts[-1][1]
    assert counts[1][0] < counts[1][1]
    for name in ("caretrack_breaches_last_day", "caretrack_breaches_total"):  # 0 is reported too
        assert len(metric(name, "kind", "severity")) == 4 * (len(CARES_PROMISES) - 1) + 1


def test_how_old_the_managers_figures_are(ana, watched, at):
    at("2026-03-02 09:00")
    cast.file(ana)
    assert "caretrack_figures_age_seconds" not in families()
    aggregation.run(timezone.now())
    at("2026-03-02 09:20")
    assert metric("caretrack_figures_age_seconds") == aggregation.LAG.total_seconds() + 20 * 60


def test_nothing_of_a_tenant_is_shown(ana, ben, kim, watched, as_watcher):
    case = cast.file(ana, 1)
    cast.waiting(ben, kim)
    client = Client()
    client.force_login(ana)
    assert client.get(f"/portal/cases/{case.code}/").status_code == 200
    text = ask(authorization=f"Bearer {TOKEN}").content.decode()
    for word in (
        "Acme",
        "acme",
        "Globex",
        "globex",
        "Ana",
        "ana@",
        case.title,
        case.code,
        "organisation=",
    ):
        assert word not in text, word
    labels = {
        name
        for family in families().values()
        for sample in family.samples
        for name in sample.labels
    }
    assert labels == {
        *("severity", "state", "sweep", "kind"),
        *("method", "route", "status", "task", "outcome", "le"),
    }


# --- What it costs


def statements():
    with CaptureQueriesContext(connection) as seen:
        families()
    return [
        q["sql"] for q in seen.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))
    ]


def test_it_costs_as_many_statements_for_fifty_cases_as_for_none(ana, ben, kim, watched):
    few = statements()
    assert len(few) == 6  # and the scope, which a test is in already
    for _ in range(25):
        cast.file(ana)
        cast.waiting(ben, kim)
    assert len(statements()) == len(few)


def test_asking_needs_no_session_and_no_reader(db, watched):
    assert not [sql for sql in statements() if "session" in sql or "contacts_user" in sql]


def test_what_a_scrape_reads_lies_in_indexes(ana, watched):
    params = {"now": timezone.now(), "promises": [str(kind) for kind in CARES_PROMISES]}
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off"
        )  # a handful of rows needs no index; a million do
        for sql in (state.DUE, state.MESSAGES, state.OTHERS, state.LAST_DAY, state.EVER):
            cursor.execute(f"EXPLAIN {sql}", params)
            plan = "\n".join(line for (line,) in cursor.fetchall())
            read = set(re.findall(r"Seq Scan on (\w+)", plan))
            assert read <= {"insight_watermark", "routing_alert", "contacts_organisation"}, plan


# --- When a server is away


def test_without_the_broker_its_metrics_are_absent_and_it_is_said_to_be_away(
    db, watched, monkeypatch
):
    broker.client().rpush(broker.QUEUE, "one", "two", "three")
    assert metric("caretrack_broker_up") == 1
    assert metric("caretrack_queue_length") == 3
    monkeypatch.setattr(broker, "client", away)
    results = families()
    assert results["caretrack_broker_up"].samples[0].value == 0
    assert not {"caretrack_queue_length", "caretrack_task_duration_seconds"} & set(results)
    assert results["caretrack_database_up"].samples[0].value == 1


def away():
    raise BrokerAway


def test_a_broker_that_nobody_answers_at_is_away_as_well(
    db, watched, monkeypatch, settings, tmp_path
):
    settings.BROKER_CLIENT_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    monkeypatch.setattr(broker, "client", broker.client.__wrapped__)
    assert metric("caretrack_broker_up") == 0
    broker.count("some.task", "success", 1.0)  # a task does not fail for it


def test_without_the_database_what_the_broker_says_is_said_still(db, watched, monkeypatch):
    def gone(*args):
        raise OperationalError

    monkeypatch.setattr(state, "_read", gone)
    results = families()
    assert results["caretrack_database_up"].samples[0].value == 0
    assert results["caretrack_broker_up"].samples[0].value == 1
    assert not {"caretrack_open_cases", "caretrack_breaches"} & set(results)


# --- Requests and tasks


def test_a_route_is_a_pattern_and_never_an_address(ana, watched):
    case = cast.file(ana)
    client = Client()
    client.force_login(ana)
    case_page = f"/portal/cases/{case.code}/"
    for path in (case_page, case_page, "/portal/cases/CT-9999999/", "/no/such/"):
        client.get(path)
    client.generic("BREW", "/healthz")
    results = metric("caretrack_request_duration_seconds_count", "method", "route", "status")
    assert results["GET", "portal/cases/<case:number>/", "2xx"] == 2
    assert results["GET", "portal/cases/<case:number>/", "4xx"] == 1
    assert results["GET", "none", "4xx"] == 1
    assert results["other", "healthz", "4xx"] == 1
    text = ask(authorization=f"Bearer {TOKEN}").content.decode()
    assert not re.search(r"CT-\d|no/such|BREW", text)


def test_nothing_is_measured_where_nobody_watches(db, settings):
    settings.METRICS_TOKEN = ""
    requests.DURATIONS.clear()
    Client().get("/healthz")
    assert not [sample for family in requests.DURATIONS.collect() for sample in family.samples]


PROCESS = """
import os, sys
from caretrack import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, generate_latest
from caretrack.ops.metrics import requests
request = HttpRequest()
request.method = "GET"
for _ in range(int(sys.argv[1])):
    requests.observe(request, HttpResponse(status=503), 0.03)
registry = CollectorRegistry()
requests.register(registry)
print(generate_latest(registry).decode())
"""


def test_the_numbers_of_several_processes_add_up(tmp_path):
    folder = tmp_path / "made" / "when missing"
    environ = {**os.environ, "CARETRACK_METRICS_TOKEN": TOKEN, "CARETRACK_METRICS_DIR": str(folder)}
    for times in ("3", "4"):
        done = subprocess.run(
            [sys.executable, "-c", PROCESS, times],
            env=environ,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    results = {
        (sample.name, sample.labels.get("le")): sample.value
        for family in text_string_to_metric_families(done.stdout)
        for sample in family.samples
    }
    assert results["caretrack_request_duration_seconds_count", None] == 7
    assert results["caretrack_request_duration_seconds_bucket", "0.025"] == 0
    assert results["caretrack_request_duration_seconds_bucket", "0.05"] == 7
    assert results["caretrack_request_duration_seconds_sum", None] == pytest.approx(0.21)


def test_tasks_are_counted_by_name_and_outcome(db, watched):
    work.listen()
    try:
        forget_who_was_there.apply()
        forget_who_was_there.apply()
        forget_who_was_there.apply(args=["too much"])
    finally:
        for signal, heard in (
            (work.signals.task_prerun, work._begin),
            (work.signals.task_postrun, work._end),
        ):
            signal.disconnect(heard, dispatch_uid="caretrack.ops.metrics")
    assert metric("caretrack_task_duration_seconds_count", "task", "outcome") == {
        ("cases.tasks.forget_who_was_there", "success"): 2,
        ("cases.tasks.forget_who_was_there", "failure"): 1,
    }
    assert not work._began


def test_a_tasks_time_falls_into_its_bucket(db, watched):
    for seconds in (0.05, 0.3, 7, 1000):
        broker.count("some.task", "success", seconds)
    results = metric("caretrack_task_duration_seconds_bucket", "le")
    assert [results[bound,] for bound in broker.BOUNDS] == [0, 1, 1, 2, 2, 2, 3, 3, 3, 4]
    assert metric("caretrack_task_duration_seconds_sum") == pytest.approx(1007.35)
