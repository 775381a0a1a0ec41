"""Django's own admin: everything is read there by administrators alone, and only what an emergency
needs is done.
"""

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core.exceptions import ValidationError

from caretrack.web.emergency.site import OURS, site
from cases import actions
from contacts import actions as people
from contacts.models import AdminEvent, ApiToken, Credential
from core.errors import Refused
from core.tenancy import auth_scope
from tests import cast

WHO = "/emergency/contacts/user/"


@pytest.fixture
def outage(ana, kim):
    return cast.proposed(ana, kim, severity=1)


@pytest.mark.parametrize("reader", ["ana", "kim", "maya"])
def test_nobody_but_administrators_comes_in(client, reader, request, db):
    client.force_login(request.getfixturevalue(reader))
    answer = client.get("/emergency/", follow=True)
    assert answer.status_code == 403
    assert "Care&#x27;s administrators" in answer.content.decode()


def test_whoever_is_not_logged_in_is_led_to_the_products_own_log_in(client, db):
    answer = client.get(WHO, follow=True)
    assert answer.redirect_chain[-1] == (f"/accounts/login/?next={WHO}", 302)


def test_every_table_of_ours_can_be_read_and_none_changed(as_ada, outage, kim):
    actions.note(outage, by=kim, text="A note.")
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            if model is Credential:  # the database lets nobody but the sign-in read it
                assert not site.is_registered(model)
                continue
            assert site.is_registered(model)
            where = f"/emergency/{label}/{model._meta.model_name}/"
            assert as_ada.get(where).status_code == 200, where
            row = model._default_manager.order_by("-pk").first()
            if row is not None:
                assert as_ada.get(f"{where}{row.pk}/change/").status_code == 200, where
            assert as_ada.get(f"{where}add/").status_code == 403
            if row is not None:
                assert (
                    as_ada.post(f"{where}{row.pk}/delete/", {"post": "yes"}).status_code == 403
                ), where


def test_not_even_here_is_a_critical_case_closed(as_ada, outage):
    answer = as_ada.post(f"/emergency/cases/case/{outage.pk}/change/", {"state": "closed"})
    assert answer.status_code == 403
    outage.refresh_from_db()
    assert outage.state == "resolution_proposed"


def test_no_secret_is_shown(as_ada, ana, ada):
    token, text = ApiToken.issue(
        ada, name="robot", scopes=["cases:read"], expires_at=ada.created_at
    )
    html = as_ada.get(f"{WHO}{ana.pk}/change/").content.decode()
    assert ana.password not in html
    assert ana.session_epoch not in html
    html = as_ada.get(f"/emergency/contacts/apitoken/{token.pk}/change/").content.decode()
    assert token.digest not in html
    assert text not in html


def test_an_address_is_changed_with_a_journal_of_it(as_ada, ana, client):
    answer = as_ada.post(
        f"{WHO}{ana.pk}/change/", {"email": "Ana.Albers@acme.example", "reason": "She married."}
    )
    assert answer.status_code == 302
    ana.refresh_from_db()
    assert ana.email == "ana.albers@acme.example"
    event = AdminEvent.objects.get(verb="changed the address of")
    assert (event.before, event.after) == (
        {"email": "ana@acme.example"},
        {"email": "ana.albers@acme.example", "why": "She married."},
    )
    assert (
        ana.people_events.filter(particulars__after__has_key="email")
        .get()
        .particulars["after"]["why"]
        == "She married."
    )
    page = client.get("/console/changes/?kind=account").content.decode()
    assert "changed the address of the account" in page


def test_an_address_that_somebody_has_is_refused_on_the_form(as_ada, ana, kim):
    answer = as_ada.post(f"{WHO}{ana.pk}/change/", {"email": kim.email.upper(), "reason": "x"})
    assert answer.status_code == 200
    assert "already" in answer.content.decode()
    ana.refresh_from_db()
    assert ana.email == "ana@acme.example"


def test_a_lost_second_step_is_removed_with_a_reason_and_every_log_in_ends(as_ada, kim):
    with auth_scope():
        Authenticator.objects.create(user=kim, type=Authenticator.Type.TOTP, data={"secret": "x"})
        Authenticator.objects.create(user=kim, type=Authenticator.Type.RECOVERY_CODES, data={})
        UserSession.objects.create(user=kim, ip="127.0.0.1", user_agent="x", session_key="k")
    choose = {"action": "remove_second_steps", "_selected_action": [kim.pk]}
    answer = as_ada.post(WHO, choose, follow=True)
    assert "Please write why." in answer.content.decode()
    with auth_scope():
        assert Authenticator.objects.filter(user=kim).count() == 2
    answer = as_ada.post(WHO, {**choose, "reason": "Her phone fell into the Tejo."}, follow=True)
    assert "Kim Kato: removed" in answer.content.decode()
    with auth_scope():
        assert not Authenticator.objects.filter(user=kim).exists()
        assert not UserSession.objects.filter(user=kim).exists()
    saved = AdminEvent.objects.get(verb="removed the second steps of")
    assert saved.before == {"second_steps": ["recovery_codes", "totp"]}
    assert saved.after["why"] == "Her phone fell into the Tejo."


def test_nobody_removes_their_own_second_step(ada, kim):
    with pytest.raises(Refused, match="another administrator"):
        people.remove_second_steps(ada, by=ada, reason="x")
    with pytest.raises(Refused, match="has no second step"):
        people.remove_second_steps(kim, by=ada, reason="x")
    with pytest.raises(Refused, match="administrators"):
        people.remove_second_steps(ada, by=kim, reason="x")


def test_logged_out_everywhere_means_tokens_too(ada, kim):
    token, _ = ApiToken.issue(kim, name="robot", scopes=["cases:read"], expires_at=kim.created_at)
    with auth_scope():
        UserSession.objects.create(user=kim, ip="127.0.0.1", user_agent="x", session_key="k")
    assert people.end_sessions(kim, by=ada, reason="A lost laptop.") == 2
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_caretracks_own_account_is_nobodys(ada, system):
    with pytest.raises(Refused, match="no person behind it"):
        people.change_address(system, by=ada, email="x@care.example", reason="x")
    with pytest.raises(ValidationError):
        people.change_address(ada, by=ada, email="no address", reason="x")
