"""Health says what is so, and every page is safe by its headers."""

from django.test import Client


def test_healthz_asks_nobody():
    assert Client().get("/healthz").json() == {"status": "alive"}


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
