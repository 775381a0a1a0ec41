"""The environment variables: what production refuses, secrets from files, and changing the signing
key.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from caretrack import environment
from cases.notifications import outgoing
from contacts import actions as people
from contacts import care_invitations
from contacts.models import Invitation, Role
from core.tenancy import auth_scope
from tests import cast

ROOT = Path(__file__).parents[2]
STRONG = "kQ7-xV2pLm9_sT4wZb8NcR6yHd3JfG5uEa1oXiPqMvWtBnCyKl0z"
FULL = {
    "CARETRACK_SECRET_KEY": STRONG,
    "CARETRACK_ENCRYPTION_KEYS": STRONG,
    "CARETRACK_DATABASE_URL": "postgresql://caretrack_app@db/caretrack",
    "CARETRACK_REDIS_URL": "redis://broker:6379/0",
    "CARETRACK_EMAIL_URL": "smtp://mail:25",
    "CARETRACK_BASE_URL": "https://care.example",
    "CARETRACK_ALLOWED_HOSTS": "care.example",
}
SHOWN = (
    "from caretrack import settings as s;"
    "print(s.SECRET_KEY, s.SECRET_KEY_FALLBACKS, s.DATABASES['default']['HOST'], "
    "s.EMAIL_HOST, s.BROKER_CLIENT_URL)"
)


def start(**variables):
    """Load the settings in a process of its own with these variables and no others."""
    return subprocess.run(
        [sys.executable, "-c", SHOWN],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def refusal(**variables):
    """What the operator reads when production does not start with these variables changed."""
    result = start(**{**FULL, **variables})
    assert result.returncode != 0, result.stdout
    assert "ImproperlyConfigured" in result.stderr
    return result.stderr[result.stderr.index("ImproperlyConfigured") :]


def test_production_starts_with_everything_it_needs():
    result = start(**FULL)
    assert result.stdout.split() == [STRONG, "[]", "db", "mail", "redis://broker:6379/0"]


@pytest.mark.parametrize("name", list(FULL))
def test_production_does_not_start_without_what_it_needs_and_names_it(name):
    result = start(**{key: value for key, value in FULL.items() if key != name})
    assert result.returncode != 0
    assert f"Set {name}" in result.stderr


def test_an_unknown_environment_is_refused():
    assert "say production, trial or test" in start(CARETRACK_ENV="prod").stderr


def test_production_names_everything_that_is_wrong_in_one_message():
    text = refusal(
        CARETRACK_SECRET_KEY="short",
        CARETRACK_SECRET_KEY_FALLBACKS="only-for-trials-and-tests",
        CARETRACK_DEBUG="1",
        CARETRACK_BASE_URL="http://care.example",
        CARETRACK_ALLOWED_HOSTS="*",
        CARETRACK_MFA_ROLES="analyst,managers",
        CARETRACK_TRUSTED_PROXY="1",
        CARETRACK_TRUSTED_PROXIES="-1",
        CARETRACK_DATABASE_POOL="many",
        CARETRACK_SWEEP_SECONDS="0",
        CARETRACK_ATTACHMENT_MAX_BYTES="-5",
        CARETRACK_API_RATE="often",
        CARETRACK_LOG_LEVEL="LOUD",
        CARETRACK_CLAMD="clamd:3310",
        CARETRACK_OUTGOING_ALLOW="10.0.0.0/40",
        CARETRACK_OUTGOING_PORTS="443,https",
        CARETRACK_FILE_ENDINGS="+one,txt",
        CARETRACK_METRICS_TOKEN="abc",
        CARETRACK_EMAIL_URL="mail.example:25",
        CARETRACK_REDIS_URL="http://broker",
        CARETRACK_DATABASE_URL="mysql://user:pass-word@db/caretrack",
        CARETRACK_DATABASE_ROLE="superuser",
    )
    for sentence in (
        "CARETRACK_SECRET_KEY has 5 characters",
        "CARETRACK_SECRET_KEY_FALLBACKS is a value that everybody knows",
        "CARETRACK_DEBUG shows settings and code",
        "CARETRACK_BASE_URL begins with http://",
        "CARETRACK_ALLOWED_HOSTS is *",
        (
            "CARETRACK_MFA_ROLES: 'managers' is no role. Roles are: administrator, "
            "analyst, colleague, contact, manager."
        ),
        (
            "CARETRACK_TRUSTED_PROXY is no setting of CareTrack. Did you mean "
            "CARETRACK_TRUSTED_PROXIES?"
        ),
        "CARETRACK_TRUSTED_PROXIES: Must be greater than or equal to 0.",
        "CARETRACK_DATABASE_POOL: Not a valid integer.",
        "CARETRACK_SWEEP_SECONDS is 0; it must be greater than 0.",
        "CARETRACK_ATTACHMENT_MAX_BYTES is -5",
        "CARETRACK_API_RATE: Write a rate like 600/min.",
        "CARETRACK_LOG_LEVEL: Must be one of",
        "CARETRACK_CLAMD: write it like tcp://",
        "CARETRACK_OUTGOING_ALLOW: '10.0.0.0/40' is neither a host name nor a network",
        "CARETRACK_OUTGOING_PORTS: Write ports like 443,8443.",
        "CARETRACK_FILE_ENDINGS: either every entry begins with + or -, or none does.",
        "CARETRACK_METRICS_TOKEN has 3 characters",
        "CARETRACK_EMAIL_URL: write it like smtp",
        "CARETRACK_REDIS_URL: write it like redis",
        "CARETRACK_DATABASE_URL: write it like postgresql",
        "CARETRACK_DATABASE_ROLE: Must be one of: app, owner.",
    ):
        assert sentence in text
    assert "pass-word" not in text


def test_plain_http_needs_a_setting_that_says_so():
    assert (
        start(
            **{**FULL, "CARETRACK_BASE_URL": "http://care.test", "CARETRACK_ALLOW_HTTP": "1"}
        ).returncode
        == 0
    )


def test_an_unknown_name_is_refused_in_a_trial_too():
    result = start(CARETRACK_ENV="trial", CARETRACK_SWEEP_SECOND="1")
    assert "Did you mean CARETRACK_SWEEP_SECONDS?" in result.stderr


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("hallo", "has 5 characters"),
        ("x" * 50, "repeats only 1 different"),
        ("abcabcabc" * 10, "repeats only 3 different"),
        ("0123456789abcdef" * 4, "repeats one piece"),
        ("django-insecure-" + STRONG, "everybody knows"),
        ("only-for-trials-and-tests" * 2, "everybody knows"),
    ],
)
def test_a_weak_key_is_refused(key, reason):
    (problem,) = environment.weak_key("CARETRACK_SECRET_KEY", key)
    assert reason in problem
    assert key not in problem or len(key) == 5


def test_a_random_key_is_accepted():
    assert environment.weak_key("CARETRACK_SECRET_KEY", STRONG) == []
    assert environment.weak_key("CARETRACK_SECRET_KEY", "0f3b5c7d9e1a2468" * 3 + "15") == []


def test_every_secret_can_come_from_a_file(tmp_path):
    files = {}
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL", "EMAIL_URL", "REDIS_URL"):
        path = tmp_path / name
        path.write_text(FULL[f"CARETRACK_{name}"] + "\n")
        files[f"CARETRACK_{name}_FILE"] = str(path)
    fallbacks = tmp_path / "fallbacks"
    fallbacks.write_text(f"{STRONG[::-1]}\n{STRONG[1:]}\n")
    files["CARETRACK_SECRET_KEY_FALLBACKS_FILE"] = str(fallbacks)
    others = {name: FULL[name] for name in ("CARETRACK_BASE_URL", "CARETRACK_ALLOWED_HOSTS")}
    result = start(**files, **others)
    assert result.stdout.split() == [
        STRONG,
        f"['{STRONG[::-1]}',",
        f"'{STRONG[1:]}']",
        "db",
        "mail",
        "redis://broker:6379/0",
    ]


def test_a_secret_file_that_cannot_be_used_is_named_without_its_content(tmp_path):
    empty, binary, there = tmp_path / "empty", tmp_path / "binary", tmp_path / "there"
    empty.write_text(" \n")
    binary.write_bytes(b"\xff\xfe")
    there.write_text("hidden")
    problems = environment.unusable_files(
        {
            "CARETRACK_SECRET_KEY": "x",
            "CARETRACK_SECRET_KEY_FILE": str(there),
            "CARETRACK_DATABASE_URL_FILE": str(tmp_path / "absent"),
            "CARETRACK_EMAIL_URL_FILE": str(empty),
            "CARETRACK_REDIS_URL_FILE": str(binary),
            "CARETRACK_METRICS_TOKEN_FILE": str(tmp_path),
        }
    )
    assert problems == [
        (
            f"CARETRACK_DATABASE_URL_FILE: {tmp_path / 'absent'} cannot be read (No such "
            "file or directory)."
        ),
        f"CARETRACK_EMAIL_URL_FILE: {empty} is empty.",
        f"CARETRACK_METRICS_TOKEN_FILE: {tmp_path} cannot be read (Is a directory).",
        f"CARETRACK_REDIS_URL_FILE: {binary} cannot be read (it is not text).",
        "Set CARETRACK_SECRET_KEY or CARETRACK_SECRET_KEY_FILE, not both.",
    ]


def test_an_unusable_file_ends_the_start(tmp_path):
    without = {name: value for name, value in FULL.items() if name != "CARETRACK_SECRET_KEY"}
    result = start(**without, CARETRACK_SECRET_KEY_FILE=str(tmp_path / "absent"))
    assert "cannot be read (No such file or directory)" in result.stderr


def test_nothing_can_be_read_after_the_check():
    env = environment.Environment({"CARETRACK_ENV": "test"})
    env.refuse_problems()
    with pytest.raises(ImproperlyConfigured, match="Set CARETRACK_BASE_URL"):
        late = environment.Environment({})
        late.required("CARETRACK_BASE_URL", "")
        late.refuse_problems()


# --- The list of names


def names_in(*paths):
    texts = [(ROOT / path).read_text("utf-8") for path in paths]
    return {
        name
        for text in texts
        for name in re.findall(r"\bCARETRACK_[A-Z][A-Z0-9_]*[A-Z0-9]\b", text)
    }


def test_the_settings_read_exactly_the_names_that_are_known():
    read = names_in("caretrack/settings.py")
    assert read == environment.SETTINGS | environment.SECRETS


def test_the_documents_describe_exactly_the_names_that_an_operator_can_set():
    described = names_in("docs/operations.md")
    operators = environment.SETTINGS | environment.SECRETS | environment.DEPLOYMENT
    assert operators - described == set()
    assert described - operators - environment.FILES == set()


def test_the_deployment_and_the_launcher_use_known_names_only():
    files = ["docker-compose.yml", "Dockerfile", "README.md"]
    files += [path.relative_to(ROOT) for path in (ROOT / "deploy").rglob("*") if path.is_file()]
    files += [path.relative_to(ROOT) for path in (ROOT / "bin").rglob("*.py")]
    assert names_in(*files) - environment.KNOWN == set()
    assert names_in("docker-compose.yml", "deploy/entry") >= environment.DEPLOYMENT


def test_the_roles_of_the_second_step_are_the_roles_of_people():
    assert set(Role.values) - {Role.SYSTEM} == environment.ROLES


# --- A new signing key


@pytest.fixture
def rotate(settings):
    """Put a new signing key in place; the old one becomes a fallback."""

    def change(*, keep_old=True):
        old, new = settings.SECRET_KEY, STRONG[::-1]
        settings.SECRET_KEY_FALLBACKS = [old] if keep_old else []
        settings.SECRET_KEY = new

    return change


def test_a_session_outlives_the_change_of_the_signing_key(ana, rotate):
    client = Client()
    client.force_login(ana)
    rotate()
    assert client.get("/portal/").status_code == 200
    assert client.get("/portal/").status_code == 200


def test_without_the_old_key_everybody_signs_in_again(ana, rotate):
    client = Client()
    client.force_login(ana)
    rotate(keep_old=False)
    assert client.get("/portal/").status_code == 302


def test_links_in_mails_outlive_the_change_of_the_signing_key(acme, maya, rotate):
    invitation = people.invite(acme, by=maya, email="ivy@acme.example", name="Ivy Ito")
    newcomer = cast.care("Nia Novak", "nia@care.example", Role.ANALYST)
    newcomer.set_unusable_password()
    newcomer.save()
    invited, chosen = invitation.token, care_invitations.token_of(newcomer)
    rotate()
    assert Invitation.key_of(invited) == invitation.pk
    assert Client().get(f"/join/{invited}/").status_code == 200
    assert care_invitations.person_of(chosen) == newcomer


def test_a_mail_from_before_the_change_of_the_signing_key_is_still_recognised(rotate):
    before = outgoing.message_id_of(7)
    rotate()
    assert outgoing.message_id_of(7) != before
    assert outgoing.is_message_id_of(7, before)
    assert not outgoing.is_message_id_of(8, before)
    assert not outgoing.is_message_id_of(7, before.replace("notice-7-", "notice-7-0"))


def test_a_password_reset_link_outlives_the_change_of_the_signing_key(ana, rotate, mailoutbox):
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    with auth_scope():
        key = default_token_generator.make_token(ana)
    rotate()
    path = reverse(
        "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(ana), "key": key}
    )
    # Not the word of a bad link: a random token on the page may spell it.
    assert b'name="password1"' in Client().get(path, follow=True).content
    with auth_scope():
        assert default_token_generator.check_token(ana, key)
