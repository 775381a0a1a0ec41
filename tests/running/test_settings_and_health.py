"""Production is loud about what is missing; health says what is so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

ROOT = Path(__file__).parents[2]
FULL = {
    "CARETRACK_SECRET_KEY": "x" * 50,
    "CARETRACK_DATABASE_URL": "postgresql://caretrack_app@db/caretrack",
    "CARETRACK_REDIS_URL": "redis://broker:6379/0",
    "CARETRACK_EMAIL_URL": "smtp://mail:25",
}


def load_settings(**environ):
    names = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ}
    code = (
        "from caretrack import settings as s; print(s.CACHES['default']['LOCATION'], s.CELERY_BROKER_URL, s.EMAIL_HOST)"
    )
    return subprocess.run(
        [sys.executable, "-c", code], env=names, capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_production_starts_with_everything_it_needs():
    said = load_settings(**FULL)
    assert said.stdout.split() == ["redis://broker:6379/1", "redis://broker:6379/0", "mail"]


@pytest.mark.parametrize("name", list(FULL))
def test_production_does_not_start_without_a_secret_and_names_it(name):
    said = load_settings(**{key: value for key, value in FULL.items() if key != name})
    assert said.returncode != 0
    assert f"Set {name}" in said.stderr


def test_an_unknown_environment_is_refused():
    assert "say production, trial or test" in load_settings(CARETRACK_ENV="prod").stderr


def test_healthz_asks_nobody_and_readyz_asks_database_and_broker(db):
    client = Client()
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready", "database": "ready", "broker": "ready"}


def test_readyz_says_what_is_away(db, monkeypatch):
    def away(*args):
        raise ConnectionError

    monkeypatch.setattr(cache, "set", away)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, "away: ConnectionError")


def test_every_page_forbids_what_is_not_its_own(db):
    policy = Client().get("/accounts/login/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy


def test_nobody_changes_the_address_that_notices_go_to(ana):
    client = Client()
    client.force_login(ana)
    for answer in (
        client.get("/accounts/email/"),
        client.post("/accounts/email/", {"email": "x@y.example", "action_add": ""}),
    ):
        assert answer.status_code == 403
    ana.refresh_from_db()
    assert ana.email == "ana@acme.example"


def test_a_form_without_its_token_is_refused_on_a_page_of_ours(ana):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    answer = client.post("/theme/", {"theme": "dark"})
    assert answer.status_code == 403
    assert b"CareTrack" in answer.content
