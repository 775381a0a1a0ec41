"""Accounts: nobody signs up, a second step where the role needs one, devices that can be logged
out.
"""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client

from core.tenancy import auth_scope
from tests import cast


def log_in(email, password=cast.PASSWORD, agent="Firefox"):
    client = Client(headers={"User-Agent": agent})
    client.post("/accounts/login/", {"login": email, "password": password})
    return client


def test_nobody_signs_up_by_themselves(client, db):
    answer = client.post(
        "/accounts/signup/", {"email": "eve@example.com", "password1": "a long enough sentence"}
    )
    assert "created by invitation" in answer.content.decode()


def test_a_role_that_needs_a_second_step_is_led_to_it_and_to_nothing_else(settings, kim, ana):
    settings.MFA_REQUIRED_ROLES = ["analyst"]
    client = Client()
    client.force_login(kim)
    for path in ("/console/", "/console/applications/", "/insight/"):
        assert client.get(path)["Location"] == "/accounts/2fa/"
    assert client.get("/accounts/2fa/").status_code == 200
    with auth_scope():
        Authenticator.objects.create(user=kim, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert client.get("/console/").status_code == 200
    as_ana = Client()
    as_ana.force_login(ana)
    assert as_ana.get("/portal/").status_code == 200


def test_recovery_codes_alone_are_no_second_step(settings, kim):
    settings.MFA_REQUIRED_ROLES = ["analyst"]
    with auth_scope():
        Authenticator.objects.create(user=kim, type=Authenticator.Type.RECOVERY_CODES, data={})
    client = Client()
    client.force_login(kim)
    assert client.get("/console/")["Location"] == "/accounts/2fa/"


def test_a_device_that_was_lost_is_logged_out_from_another(ana):
    lost, here = log_in(ana.email, agent="Lost phone"), log_in(ana.email, agent="Laptop")
    assert "Lost phone" in here.get("/accounts/sessions/").content.decode()
    with auth_scope():
        session = UserSession.objects.get(user_agent="Lost phone")
    assert here.post(f"/accounts/sessions/{session.pk}/end/").status_code == 302
    assert lost.get("/portal/").status_code == 302
    assert here.get("/portal/").status_code == 200


def test_nobody_logs_out_another_persons_device(ana, ben):
    log_in(ana.email)
    with auth_scope():
        session = UserSession.objects.get(user=ana)
    assert log_in(ben.email).post(f"/accounts/sessions/{session.pk}/end/").status_code == 404
    with auth_scope():
        assert UserSession.objects.filter(pk=session.pk).exists()


def test_the_passkey_button_stands_on_the_log_in_page(client, db):
    page = client.get("/accounts/login/").content.decode()
    assert "passkey_login" in page
    assert "<script>" not in page


NEW = "another long enough sentence"


def test_a_changed_password_works_and_ends_the_other_sessions(ana):
    here, other = log_in(ana.email), log_in(ana.email)
    form = {"oldpassword": cast.PASSWORD, "password1": NEW, "password2": NEW}
    assert here.post("/accounts/password/change/", form).status_code == 302
    assert here.get("/portal/").status_code == 200
    assert other.get("/portal/").status_code == 302
    assert log_in(ana.email).get("/portal/").status_code == 302
    assert log_in(ana.email, NEW).get("/portal/").status_code == 200


def test_an_older_hash_is_replaced_at_log_in_and_no_session_ends(ana, settings):
    here = log_in(ana.email)
    before = ana.password
    settings.PASSWORD_HASHERS = list(reversed(settings.PASSWORD_HASHERS))
    assert log_in(ana.email).get("/portal/").status_code == 200
    assert ana.password != before
    assert here.get("/portal/").status_code == 200
