"""What every page has around it: theme, nothing inline, the sign-in, and the outbox and gallery
of a trial.
"""

import pytest

from caretrack.ops.outbox.models import OutboxMessage
from cases import actions
from tests import cast


def test_the_theme_is_kept_with_the_person(as_ana, ana):
    as_ana.post("/theme/", {"theme": "dark"})
    ana.refresh_from_db()
    assert ana.theme == "dark"
    assert 'data-bs-theme="dark"' in as_ana.get("/portal/").content.decode()


def test_what_people_write_is_never_run(as_ana, ana):
    case = cast.file(ana, title="<script>alert(1)</script>")
    actions.answer_as_contact(
        case, by=ana, text="<img src=x onerror=alert(1)> [x](javascript:alert(1))"
    )
    shown = as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    assert "<script>alert" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown


def test_nothing_on_a_page_is_inline(as_ana, ana, kim):
    case = cast.waiting(ana, kim)
    for path in (
        "/portal/",
        "/portal/cases/new/",
        f"/portal/cases/{case.code}/",
        "/portal/organisation/",
    ):
        shown = as_ana.get(path).content.decode()
        assert " style=" not in shown
        assert " onclick=" not in shown
        assert "<script>" not in shown
        assert shown.count("<h1") == 1


def test_no_page_of_a_reader_is_stored_on_its_way(client, ana, kim):
    case = cast.file(ana)
    client.force_login(kim)
    for path in ("palette/", "palette/?q=acme", f"people/{ana.pk}/", f"cases/{case.code}/"):
        assert client.get(f"/console/{path}")["Cache-Control"] == "private, no-cache", path
    client.force_login(ana)
    assert client.get("/portal/search/?q=x")["Cache-Control"] == "private, no-cache"
    assert "no-store" in client.get("/live/token/")["Cache-Control"]


def test_the_log_in_page_has_no_demo_outside_of_a_trial(client, db):
    assert "caretrack-demo" not in client.get("/accounts/login/").content.decode()


def test_sign_up_is_closed(client, db):
    assert "password1" not in client.get("/accounts/signup/").content.decode()


@pytest.mark.parametrize(
    "path", ["password/change/", "2fa/", "2fa/totp/activate/", "sessions/", "logout/"]
)
def test_the_pages_of_ones_own_account_open(as_ana, path):
    answer = as_ana.get(f"/accounts/{path}", follow=True)
    assert answer.status_code == 200
    assert answer.content.decode().count("<h1") == 1


@pytest.mark.parametrize("path", ["login/", "password/reset/", "signup/"])
def test_the_pages_before_log_in_open(client, db, path):
    answer = client.get(f"/accounts/{path}", follow=True)
    assert answer.status_code == 200
    assert answer.content.decode().count("<h1") == 1


# --- The texts in the trial's outbox


def test_there_is_no_outbox_outside_of_a_trial(as_ana):
    assert as_ana.get("/outbox/").status_code == 404
    assert as_ana.get("/gallery/").status_code == 404


@pytest.fixture
def trial(settings):
    """The addresses of a trial."""
    settings.TRIAL = True
    settings.ROOT_URLCONF = "tests.web.trial_urls"


def test_everybody_reads_their_own_mail_and_care_reads_all(trial, client, ana, ben, kim):
    mails = [
        OutboxMessage.objects.create(sender="care@x", to=to, subject=f"For {to}", text="Hello")
        for to in (ana.email, ben.email)
    ]
    client.force_login(ana)
    shown = client.get("/outbox/").content.decode()
    assert f"For {ana.email}" in shown
    assert f"For {ben.email}" not in shown
    assert client.get(f"/outbox/{mails[1].pk}/").status_code == 404
    client.force_login(kim)
    assert f"For {ben.email}" in client.get("/outbox/").content.decode()
    assert "Hello" in client.get(f"/outbox/{mails[1].pk}/").content.decode()


def test_the_gallery_shows_every_part_to_both_sides(trial, client, ana, kim):
    for person in (ana, kim):
        client.force_login(person)
        shown = client.get("/gallery/")
        assert shown.status_code == 200
        assert "the whole target" in shown.content.decode()


def test_the_log_in_page_of_a_trial_shows_who_there_is(trial, client, db):
    assert "caretrack-demo" not in client.get("/accounts/login/").content.decode()
    cast.contact(cast.organisation("nordlicht", "Nordlicht"), "Ana Albers", "ana@nordlicht.example")
    shown = client.get("/accounts/login/").content.decode()
    assert "caretrack-demo" in shown
    assert "maya@care.example" in shown
