"""No secret of a second step lies in the database in clear, keys can be changed, and a missing key
is no 500.
"""

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from caretrack.web.sign_in import encryption
from core.tenancy import auth_scope
from tests import cast

SECRET = "JBSWY3DPEHPK3PXP"
OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture(autouse=True)
def old_key(settings):
    settings.ENCRYPTION_KEYS = [OLD]


@pytest.fixture(autouse=True)
def scope_of_the_log_in(ana, ben):
    """No other scope sees second steps; pages and commands take their own."""
    with auth_scope():
        yield


def rows():
    """The table as a thief would read it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        return cursor.fetchone()[0]


def code():
    return format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time())))


def sign_in(person, value):
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": cast.PASSWORD})
    return client, client.post("/accounts/2fa/authenticate/", {"code": value})


def test_nothing_lies_there_in_clear(ana, monkeypatch):
    monkeypatch.setattr(RecoveryCodes, "generate_seed", lambda self=None: "5eed" * 20)
    TOTP.activate(ana, SECRET)
    codes = RecoveryCodes.activate(ana).get_unused_codes()
    assert SECRET not in rows()
    assert "5eed5eed" not in rows()
    assert not any(one in rows() for one in codes)


def test_a_code_of_an_app_and_a_recovery_code_sign_in(ana):
    TOTP.activate(ana, SECRET)
    codes = RecoveryCodes.activate(ana).get_unused_codes()
    for value in (code(), codes[0]):
        assert sign_in(ana, value)[0].get("/portal/").status_code == 200


def test_keys_are_changed_without_an_hour_in_which_nobody_signs_in(ana, settings):
    TOTP.activate(ana, SECRET)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert Authenticator.objects.get().wrap().validate_code(code())
    call_command("reencrypt_second_factors")
    settings.ENCRYPTION_KEYS = [NEW]
    assert encryption.decrypt(Authenticator.objects.get().data["secret"]) == SECRET


def test_rows_from_before_work_in_clear_until_the_command_has_run(ana, capsys):
    Authenticator.objects.create(user=ana, type="totp", data={"secret": SECRET})
    Authenticator.objects.create(
        user=ana, type="recovery_codes", data={"migrated_codes": ["12345678"]}
    )
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code())
    call_command("reencrypt_second_factors")
    assert "2 second steps were encrypted anew" in capsys.readouterr().out
    assert SECRET not in rows()
    assert "12345678" not in rows()
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == [
        "12345678"
    ]


def test_the_command_is_idempotent_and_leaves_passkeys_alone(ana, capsys):
    TOTP.activate(ana, SECRET)
    Authenticator.objects.create(user=ana, type="webauthn", data={"name": "Yubi", "credential": {}})
    call_command("reencrypt_second_factors")
    before = rows()
    call_command("reencrypt_second_factors")
    assert rows() == before
    assert "0 second steps were encrypted anew" in capsys.readouterr().out


def test_a_missing_key_is_said_in_words_and_counts_as_no_guess(ana, settings, caplog):
    TOTP.activate(ana, SECRET)
    settings.ENCRYPTION_KEYS = [NEW]
    for _ in range(8):
        answer = sign_in(ana, code())[1]
        assert answer.status_code == 403
    assert "Please contact Care" in answer.content.decode()
    assert "CARETRACK_ENCRYPTION_KEYS" in caplog.text


def test_the_command_names_rows_whose_key_is_missing_and_mends_the_others(ana, ben, settings):
    lost = TOTP.activate(ana, SECRET).instance
    settings.ENCRYPTION_KEYS = [NEW]
    Authenticator.objects.create(user=ben, type="totp", data={"secret": SECRET})
    with pytest.raises(CommandError, match=f"decrypts these: {lost.pk}\\."):
        call_command("reencrypt_second_factors")
    assert json.loads(json.dumps(Authenticator.objects.get(user=ben).data))["secret"].startswith(
        encryption.MARK
    )


@pytest.mark.parametrize("stored", ["fernet:", "fernet:x", "fernet:gAAAAA=="])
def test_a_damaged_value_is_unreadable_and_no_crash(stored):
    with pytest.raises(encryption.Unreadable):
        encryption.decrypt(stored)
