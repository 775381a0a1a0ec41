"""Degraded, not dead: without broker, cache or database, and with requests that would never end."""

import json
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache, caches
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from redis import Redis, RedisError

from caretrack import celery
from caretrack.web import time_limit
from caretrack.web.middleware import TenantMiddleware
from caretrack.web.shared import costly_work
from cases import actions
from cases.models import Case, Notification, NotificationState
from contacts.models import ApiToken
from core.redis_health import RedisHealth, health_of
from core.signed_cache import Cache, seal, unseal
from core.tenancy import care_scope
from tests import cast
from tests.web.test_portal import filing


@pytest.fixture
def hanging():
    """A server that takes connections and never answers, as one that was stopped.

    Counts its callers.
    """

    class Hanging:
        def __init__(self):
            self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
            self.url = f"redis://127.0.0.1:{self.server.getsockname()[1]}/0"
            self.callers = []
            threading.Thread(target=self.take, daemon=True).start()

        def take(self):
            while True:
                try:
                    self.callers.append(self.server.accept()[0])
                except OSError:
                    return

    server = Hanging()
    yield server
    server.server.close()
    for caller in server.callers:
        caller.close()


@pytest.fixture
def without_redis(hanging, settings):
    """The product with a broker and a cache that hang."""
    settings.BROKER_CLIENT_URL = hanging.url
    shared = {"BACKEND": "core.signed_cache.Cache", "LOCATION": hanging.url}
    settings.CACHES = {**django_settings.CACHES, "default": shared}
    yield hanging
    caches["default"].close()


def test_a_cache_that_hangs_is_asked_once_and_the_process_goes_on_with_its_own_memory(hanging):
    ours = Cache(hanging.url, {})
    ours.set("a", 1)
    assert health_of(hanging.url).is_away
    callers_before = len(hanging.callers)
    assert (ours.get("a"), ours.incr("a"), ours.add("a", 5), ours.get_many(["a"])) == (
        1,
        2,
        False,
        {"a": 2},
    )
    ours.delete("a")
    assert ours.get("a", "gone") == "gone"
    assert len(hanging.callers) - callers_before <= 2  # the watching thread alone asks again


def test_cache_and_queue_on_one_server_wait_for_it_once(hanging):
    """Somebody who signs in while the server hangs waits 0.3 seconds, not once for each of its
    databases.
    """
    Cache(hanging.url, {}).set("a", 1)
    assert health_of(hanging.url.replace("/0", "/1")).is_away
    assert health_of(
        "redis+socket:///run/a?virtual_host=0".replace("redis+socket", "unix")
    ) is not health_of(hanging.url)


def test_a_cache_that_is_gone_is_no_failure_either():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
    ours = Cache(url, {})
    ours.set("a", [1, "b"])
    assert ours.get("a") == [1, "b"]


def test_it_is_used_again_once_it_answers():
    health = RedisHealth(django_settings.BROKER_CLIENT_URL)
    health.mark_away(RedisError("for a moment"))
    for _attempt in range(100):
        if not health.is_away:
            break
        time.sleep(0.05)
    assert health.answers()


def test_pages_work_and_a_critical_case_is_opened_without_broker_and_cache(
    without_redis, transactional_db
):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        _row, token = ApiToken.issue(
            ana,
            name="t",
            scopes=["cases:read", "cases:write"],
            expires_at=timezone.now() + timedelta(hours=1),
        )
    client = Client()
    assert (
        client.post("/accounts/login/", {"login": ana.email, "password": cast.PASSWORD}).status_code
        == 302
    )
    assert client.get("/portal/").status_code == 200
    with care_scope():
        form = filing(
            ana,
            title="Nothing works",
            function_down="yes",
            workaround="no",
            degraded="severely",
            on_duty_name="Ana",
            call_back_number="+49 30 5550100",
        )
    answer = client.post("/portal/cases/new/", form)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    machine = Client(headers={"Authorization": f"Bearer {token}"})
    assert machine.get("/api/v1/cases/").status_code == 200
    with care_scope():
        case = Case.objects.get(title="Nothing works")
        kim = cast.care("Kim", "kim@care.example", "analyst")
        actions.answer(case, by=kim, text="We look.")
        waiting = Notification.objects.filter(case=case, state=NotificationState.QUEUED)
        assert waiting.exists()  # it is a row, and the sweep sends it
    assert len(without_redis.callers) < 12


def test_a_task_is_published_at_once_or_not_at_all(hanging, settings):
    from cases.tasks import relay_notices

    settings.BROKER_CLIENT_URL = hanging.url
    with pytest.raises(celery.BrokerAway):
        relay_notices.delay()
    assert health_of(hanging.url).is_away
    callers_before = len(hanging.callers)
    with pytest.raises(celery.BrokerAway):
        relay_notices.delay()
    assert len(hanging.callers) - callers_before <= 1


# --- What the cache holds is signed


def test_nobody_who_writes_to_the_cache_signs_in_or_runs_code(ana):
    client = Client()
    client.force_login(ana)
    assert client.get("/portal/").status_code == 200
    key = cache.make_key(f"session:{client.session.session_key}")
    redis = Redis.from_url(str(django_settings.CACHES["default"]["LOCATION"]))
    stranger = cache.make_key("session:strangerstrangerstrangerstranger")
    redis.set(stranger, redis.get(key))  # signed by us, for another key
    redis.set(cache.make_key("forged"), json.dumps([0, {"a": 1}]))
    redis.set(cache.make_key("pickled"), pickle.dumps({"a": 1}))
    assert cache.get("session:strangerstrangerstrangerstranger") is None
    assert (cache.get("forged"), cache.get("pickled", "nothing")) == (None, "nothing")
    other = Client()
    other.cookies["caretrack_session"] = "strangerstrangerstrangerstranger"
    assert other.get("/portal/").status_code == 302


def test_an_entry_is_good_until_its_end_and_no_longer():
    import time_machine

    sealed = seal("k", {"a": 1}, 60)
    assert unseal("k", sealed.encode()) == {"a": 1}
    with (
        time_machine.travel(timezone.now() + timedelta(seconds=62)),
        pytest.raises(Exception, match="ended"),
    ):
        unseal("k", sealed.encode())


def test_a_bare_number_in_the_cache_is_a_count_or_nothing(maya):
    """A writer to Redis cannot give a page a number where it expects something else."""
    redis = Redis.from_url(str(django_settings.CACHES["default"]["LOCATION"]))
    key = "insight.wall.Europe/Berlin"
    redis.set(cache.make_key(key), 1)
    assert cache.get(key, "nothing") == "nothing"
    cache.set("seven", 7)
    assert (cache.get("seven"), redis.get(cache.make_key("seven")).isdigit()) == (7, False)


def test_a_session_that_was_ended_is_not_in_the_cache(ana):
    client = Client()
    client.force_login(ana)
    client.get("/portal/")
    key = client.session.session_key
    client.post("/accounts/logout/")
    assert cache.get(f"session:{key}") is None


# --- Without the database

AWAY = """
import django; django.setup()
from django.test import Client
said = {}
for path in ("/healthz", "/readyz", "/", "/portal/", "/accounts/login/", "/api/v1/cases/"):
    answer = Client(raise_request_exception=False).get(path, SERVER_NAME="127.0.0.1")
    headers = answer.headers
    said[path] = [answer.status_code, headers.get("Content-Type"), headers.get("Retry-After"),
                  answer.content.decode()[:2000]]
answer = Client().get("/portal/", SERVER_NAME="127.0.0.1", headers={"accept-language": "ja"})
said["in Japanese"] = answer.content.decode()
import json; print(json.dumps(said))
"""


def test_without_the_database_a_plain_page_says_so():
    environ = {
        **os.environ,
        "CARETRACK_ENV": "trial",
        "CARETRACK_DATABASE_ROLE": "app",
        "CARETRACK_DATABASE_URL": "postgresql://caretrack_app@127.0.0.1:1/caretrack",
    }
    done = subprocess.run(
        [sys.executable, "-c", AWAY], env=environ, capture_output=True, text=True, timeout=120
    )
    payload = json.loads(done.stdout.splitlines()[-1]) if done.stdout else pytest.fail(done.stderr)
    assert payload["/healthz"][0] == 200
    assert payload["/readyz"][0] == 503
    assert '"database": "away: OperationalError"' in payload["/readyz"][3]
    for path in ("/", "/portal/", "/accounts/login/"):
        status, _kind, retry, page = payload[path]
        assert (status, retry) == (503, "10"), path
        assert "CareTrack cannot reach its database" in page
    assert '<html lang="ja"' in payload["in Japanese"]
    assert "CareTrack cannot reach" not in payload["in Japanese"]
    status, kind, _retry, body = payload["/api/v1/cases/"]
    assert (status, kind) == (503, "application/problem+json")
    assert json.loads(body)["title"] == "CareTrack cannot reach its database"


# --- Requests that would never end


def test_code_that_never_ends_is_ended_and_the_thread_goes_on():
    with pytest.raises(time_limit.RequestTooLong), time_limit.limit(0.1):
        while True:
            pass
    with time_limit.limit(60):
        assert sum(range(10_000)) == 49_995_000


def test_a_request_that_is_over_in_time_is_left_alone():
    for _round in range(50):
        with time_limit.limit(60):
            pass
    time.sleep(2 * time_limit.CHECK_SECONDS)


def request_through(get_response, settings):
    settings.REQUEST_SECONDS = 1
    request = RequestFactory().get("/portal/")
    request.session = {}
    return TenantMiddleware(get_response)(request)


def test_a_request_over_its_limit_is_answered_in_words(settings, transactional_db):
    def endless(request):
        while True:
            pass

    answer = request_through(endless, settings)
    assert answer.status_code == 503
    assert "This took too long" in answer.content.decode()


def test_a_statement_over_the_limit_is_ended_by_the_database(settings, transactional_db):
    outcome = {}

    def slow(request):
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            outcome["limit"] = cursor.fetchone()[0]
        return HttpResponse()

    assert request_through(slow, settings).status_code == 200
    assert outcome["limit"] == "1s"
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == "0"


# --- Costly work takes turns


def test_costly_work_takes_turns_and_a_third_comer_is_told_to_try_again(as_ana, monkeypatch):
    monkeypatch.setattr(costly_work, "WAIT_SECONDS", 0.05)
    with costly_work.turn():
        answer = as_ana.post("/preview/", {"text": "**x**"})  # waits for a moment, in vain
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "try again" in answer.content.decode()
    assert as_ana.post("/preview/", {"text": "**x**"}).status_code == 200


def test_a_download_that_nobody_reads_gives_its_place_back():
    for _attempt in range(10):
        costly_work.Stream(iter(["a", "b"])).close()
    assert list(costly_work.Stream(iter(["a", "b"]))) == ["a", "b"]


def test_a_few_downloads_stream_at_once_and_take_no_turn():
    streams = [costly_work.Stream(iter(["a"])) for _ in range(4)]
    with pytest.raises(costly_work.Busy):
        costly_work.Stream(iter(["a"]))
    with costly_work.turn():
        pass
    for stream in streams:
        stream.close()


@pytest.fixture
def as_ana(ana):
    client = Client()
    client.force_login(ana)
    return client


def test_readyz_knows_a_full_disk(client, db, settings, monkeypatch):
    assert client.get("/readyz").json() == {
        "status": "ready",
        "database": "ready",
        "database disk": "ready",
        "file disk": "ready",
        "broker": "ready",
    }
    monkeypatch.setattr("caretrack.ops.health.NEEDED_BYTES", 10**18)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["file disk"]) == (503, "away: DiskFull")


def test_readyz_stays_ready_without_the_broker(client, db, settings, hanging):
    settings.BROKER_CLIENT_URL = hanging.url
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (200, "away: working without it")


def test_a_forked_process_begins_anew(hanging):
    """A worker's processes are forked: none may believe for ever that Redis is away, or wait for a
    lost lock.
    """
    health = health_of(hanging.url)
    assert not health.answers()
    pid = os.fork()
    if pid == 0:
        with time_limit.limit(60):
            os._exit(0 if not health.is_away else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert health.is_away
