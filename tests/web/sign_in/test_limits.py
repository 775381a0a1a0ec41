"""Guessing is slowed down, and nobody can lock somebody else out: neither by passwords nor by
codes.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import structlog
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from caretrack.ops.metrics import signins
from caretrack.web.sign_in import devices, limits, sources
from contacts import emails
from contacts.models import QueuedEmail, Role
from core import cache_counters
from core.tenancy import auth_scope, care_scope
from tests import cast

LOG_IN = "/accounts/login/"
WRONG = "a wrong password"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def morning(time_machine):
    """Early in every window that counts."""
    time_machine.move_to("2026-03-02 09:00:01Z", tick=False)
    return time_machine


@pytest.fixture
def later(time_machine):
    return lambda seconds: time_machine.move_to(
        timezone.now() + timedelta(seconds=seconds), tick=False
    )


def browser(source="203.0.113.7", **more):
    return Client(REMOTE_ADDR=source, **more)


def guess(address, password=WRONG, client=None, source="203.0.113.7"):
    return (client or browser(source)).post(LOG_IN, {"login": address, "password": password})


def attack(address, n=30):
    """Wrong passwords from many sources."""
    for number in range(n):
        guess(address, source=f"198.51.100.{number}")


def is_in(answer):
    return answer.status_code == 302


def known_browser(person, source="192.0.2.1"):
    """A browser on which the person signed in before."""
    client = browser(source)
    assert is_in(guess(person.email, cast.PASSWORD, client))
    client.post("/accounts/logout/")
    return client


# --- Nobody is locked out


def test_the_right_password_works_at_once_on_a_known_device_whatever_others_guess(ana):
    client = known_browser(ana)
    attack(ana.email)
    assert is_in(guess(ana.email, cast.PASSWORD, client))


def test_from_an_unknown_device_it_works_after_the_delay_that_was_said_while_the_attack_goes_on(
    ana, later
):
    attack(ana.email)
    client = browser("192.0.2.9")
    answer = guess(ana.email, cast.PASSWORD, client)
    assert answer.status_code == 429
    seconds = int(answer["Retry-After"])
    assert 0 < seconds <= limits.ACCOUNT.longest
    assert f"Try again in {seconds} seconds." in answer.content.decode()
    later(seconds)
    attack(ana.email, n=5)
    assert is_in(guess(ana.email, cast.PASSWORD, client))


def test_whoever_comes_back_too_early_is_told_the_rest_and_no_more(ana, later):
    client = browser()
    for _ in range(5):
        guess(ana.email, client=client)
    for _ in range(3):
        later(int(guess(ana.email, client=client)["Retry-After"]))
        guess(ana.email, client=client)
    seconds = int(guess(ana.email, cast.PASSWORD, client)["Retry-After"])
    later(seconds - 3)
    assert int(guess(ana.email, cast.PASSWORD, client)["Retry-After"]) <= 4
    later(3)
    assert is_in(guess(ana.email, cast.PASSWORD, client))


def test_the_last_administrator_is_never_locked_out(ada, later):
    attack(ada.email, n=60)
    client = browser("192.0.2.9")
    later(int(guess(ada.email, cast.PASSWORD, client)["Retry-After"]))
    assert is_in(guess(ada.email, cast.PASSWORD, client))


def test_after_an_attack_nothing_is_left_of_it(ana, later):
    attack(ana.email)
    later(2 * limits.WINDOW + 1)
    assert is_in(guess(ana.email, cast.PASSWORD, browser("192.0.2.9")))


def test_a_password_reset_stays_open_and_makes_its_device_a_known_one(ana):
    attack(ana.email)
    client, new = browser("192.0.2.9"), "another long sentence of mine"
    client.post("/accounts/password/reset/", {"email": ana.email})
    emails.send()
    reset = next(message for message in mail.outbox if "/password/reset/key/" in message.body)
    link = re.search(r"/accounts/password/reset/key/\S+", reset.body).group()
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": new, "password2": new})
    assert is_in(guess(ana.email, new, client))


def test_resets_of_one_source_are_limited_and_a_known_device_is_not(ana):
    client = known_browser(ana, source="203.0.113.7")
    answers = [
        browser().post("/accounts/password/reset/", {"email": f"{n}@else.example"})
        for n in range(21)
    ]
    assert [answer.status_code for answer in answers[-2:]] == [302, 429]
    assert int(answers[-1]["Retry-After"]) < 70
    assert client.post("/accounts/password/reset/", {"email": ana.email}).status_code == 302


def test_passkeys_stay_open(ana):
    attack(ana.email, n=60)
    answer = browser("198.51.100.1").get(
        "/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200
    assert (
        browser("198.51.100.1")
        .post("/accounts/2fa/webauthn/login/", {"credential": "{}"})
        .status_code
        == 302
    )


# --- Guesses are slowed down


def test_after_five_guesses_one_source_waits_longer_each_time(ana, later):
    client, waits = browser(), []
    for _ in range(5):
        assert guess(ana.email, client=client).status_code == 200
    for _ in range(4):
        waits.append(int(guess(ana.email, client=client)["Retry-After"]))
        later(waits[-1])
        assert guess(ana.email, client=client).status_code == 200
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]


def test_the_right_password_is_not_checked_while_it_must_wait(ana):
    for _ in range(5):
        guess(ana.email)
    assert guess(ana.email, cast.PASSWORD).status_code == 429


def test_what_is_refused_does_not_lengthen_the_wait(ana):
    for _ in range(5):
        guess(ana.email)
    first = int(guess(ana.email)["Retry-After"])
    for _ in range(20):
        again = int(guess(ana.email)["Retry-After"])
    assert again <= first + 1


def test_a_known_device_that_guesses_waits_too(ana):
    client = known_browser(ana)
    codes = [guess(ana.email, client=client).status_code for _ in range(limits.DEVICE.free + 1)]
    assert codes == [200] * limits.DEVICE.free + [429]


def test_a_device_known_to_one_person_is_no_better_for_another(ana, ben):
    client = known_browser(ben)
    codes = [guess(ana.email, client=client).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]


def test_one_source_that_tries_many_accounts_is_stopped_for_a_while(ana, ben, later):
    for number in range(limits.SOURCE_FAILURES):
        guess(f"{number}@acme.example")
    answer = guess(ana.email, cast.PASSWORD)
    assert answer.status_code == 429
    assert is_in(guess(ana.email, cast.PASSWORD, source="203.0.113.8"))
    later(int(answer["Retry-After"]))
    assert is_in(guess(ben.email, cast.PASSWORD))


def test_many_people_of_one_source_who_sign_in_rightly_are_not_slowed(ana, monkeypatch):
    monkeypatch.setattr(limits, "SOURCE_FAILURES", 6)
    for _ in range(limits.SOURCE_FAILURES + 5):
        assert is_in(guess(ana.email, cast.PASSWORD))


@pytest.mark.parametrize(
    "same", ["ANA@acme.example", " ana@acme.example ", "aná@acme.example", "ａｎａ@acme.example"]
)
def test_another_writing_of_an_address_gives_no_new_guesses(same):
    assert devices.account_of(same) == devices.account_of("ana@acme.example")


@pytest.mark.parametrize(
    ("source", "network"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_sources_are_addresses_and_ipv6_networks(rf, source, network):
    assert sources.network_of(rf.get("/", REMOTE_ADDR=source)) == network


# --- Codes of the second step


def code():
    return format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time())))


def at_the_code(person, client):
    answer = guess(person.email, cast.PASSWORD, client)
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    return client


def send_code(client, value):
    return client.post("/accounts/2fa/authenticate/", {"code": value})


def test_wrong_codes_from_elsewhere_do_not_shut_out_a_known_device(ana):
    client = known_browser(ana)
    with auth_scope():
        TOTP.activate(ana, SECRET)
    for number in range(30):
        send_code(at_the_code(ana, browser(f"198.51.100.{number}")), "000000")
    at_the_code(ana, client)
    assert is_in(send_code(client, code()))


def test_codes_are_slowed_down_and_the_right_one_works_after_the_wait(ana, later):
    with auth_scope():
        TOTP.activate(ana, SECRET)
    client = at_the_code(ana, browser())
    assert [send_code(client, "000000").status_code for _ in range(5)] == [200] * 5
    answer = send_code(client, code())
    assert answer.status_code == 429
    later(int(answer["Retry-After"]))
    assert is_in(send_code(client, code()))


def test_a_phone_whose_clock_is_fast_gets_in_and_no_code_works_twice(ana, later):
    with auth_scope():
        TOTP.activate(ana, SECRET)
    now = next(yield_hotp_counters_from_time()) + 1
    ahead = format_hotp_value(hotp_value(SECRET, now + 1))
    client = at_the_code(ana, browser())
    page = client.get("/accounts/2fa/authenticate/").content.decode()
    assert "one of your recovery codes" in page
    assert "security key" not in page  # this account has none
    assert is_in(send_code(client, ahead))
    later(45)  # the code is still valid, and was used
    again = at_the_code(ana, browser("203.0.113.8"))
    for same in (ahead, f"{ahead[:3]} {ahead[3:]}"):  # a space makes no other code of it
        cache.delete(f"allauth.mfa.totp.used?user={ana.pk}&code={ahead}")  # its half minute is over
        assert not is_in(send_code(again, same)), same


# --- The cookie of a known device


def test_the_cookie_is_signed_and_not_for_scripts(ana, settings):
    settings.SESSION_COOKIE_SECURE = True
    client = browser()
    guess(ana.email, cast.PASSWORD, client)
    cookie = client.cookies[devices.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)
    assert ana.email not in cookie.value


@pytest.mark.parametrize("value", ["", "x", "a:b:c", "\udcff", "W10:1abc:def"])
def test_a_forged_cookie_makes_no_device_known(ana, rf, value):
    request = rf.get("/")
    request.COOKIES[devices.COOKIE] = value
    assert devices.known_device(request, ana.email) is None


def test_people_who_share_a_browser_are_all_known(ana, ben):
    client = browser()
    for person in (ana, ben):
        guess(person.email, cast.PASSWORD, client)
        client.post("/accounts/logout/")
    attack(ana.email)
    assert is_in(guess(ana.email, cast.PASSWORD, client))


# --- Counting


def test_two_threads_let_no_guess_more_through(transactional_db):
    with care_scope():
        ana = cast.contact(cast.organisation("acme2", "Acme"), "Ana", "ana2@acme.example")

    def one(_):
        try:
            return guess(ana.email).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(one, range(40)))
    assert codes.count(200) == limits.PAIR.free


def test_counters_are_exact_when_many_count_at_once(db):
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: cache_counters.add("test", 3600), range(200)))
    assert sorted(counts) == list(range(1, 201))


def test_without_a_cache_everybody_may_sign_in(ana, monkeypatch):
    def away(*args, **kwargs):
        raise ConnectionError("no cache")

    for name in ("add", "incr", "get", "set", "delete"):
        monkeypatch.setattr(type(cache._connections["default"]), name, away)
    assert cache_counters.add("x", 60) == 0
    assert cache_counters.spend("x", 1, 60).is_allowed


# --- Who is notified


def row_of_failures(person, n):
    for number in range(n):
        guess(person.email, source=f"198.51.100.{number}")


def test_ten_failures_in_a_row_are_told_to_the_person_once_a_day(ana, later):
    row_of_failures(ana, 9)
    assert not QueuedEmail.objects.exists()
    row_of_failures(ana, 1)
    email = QueuedEmail.objects.get()
    assert email.recipient == ana
    assert "10 times in a row" in email.text
    row_of_failures(ana, 20)
    assert QueuedEmail.objects.count() == 1
    later(24 * 3600)
    row_of_failures(ana, 10)
    assert QueuedEmail.objects.count() == 2


def test_a_right_password_ends_the_row(ana):
    client = known_browser(ana)
    row_of_failures(ana, 9)
    guess(ana.email, cast.PASSWORD, client)
    row_of_failures(ana, 9)
    assert not QueuedEmail.objects.filter(key__startswith="sign_in_failures").exists()


def test_failures_at_an_address_nobody_has_are_told_to_nobody(system):
    for number in range(10):
        guess("nobody@else.example", source=f"198.51.100.{number}")
    assert not QueuedEmail.objects.exists()


def test_operators_see_failures_delays_and_rows(ana):
    def read():
        return [
            counter.labels("password")._value.get()
            for counter in (signins.FAILED, signins.DELAYED, signins.ROWS)
        ]

    before = read()
    with structlog.testing.capture_logs() as lines:
        for _ in range(5):
            guess(ana.email)
        guess(ana.email)
        row_of_failures(ana, 5)
    assert [now - then for now, then in zip(read(), before, strict=True)] == [10, 1, 1]
    events = [line["event"] for line in lines if line["event"] != "request"]
    assert events.count("sign_in_failed") == 10
    assert events.count("many_sign_in_failures") == 1
    assert ana.email not in str([line for line in lines if line["event"] != "request"])


# --- A device that was not known


def new_device_letters():
    return QueuedEmail.objects.filter(key__startswith="new_device")


def test_a_sign_in_from_a_new_device_is_told_and_the_next_ones_are_not(ana):
    ana.last_login = timezone.now()
    ana.save()
    firefox = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
    client = browser(headers={"User-Agent": firefox})
    guess(ana.email, cast.PASSWORD, client)
    assert "Firefox, Windows" in new_device_letters().get().text
    client.post("/accounts/logout/")
    guess(ana.email, cast.PASSWORD, client)
    assert new_device_letters().count() == 1


def test_the_first_sign_in_of_all_is_told_to_nobody(ana):
    guess(ana.email, cast.PASSWORD)
    assert not new_device_letters().exists()


def test_a_browser_that_keeps_no_cookies_is_told_once_a_day(kim, later):
    kim.last_login = timezone.now()
    kim.save()
    for _ in range(3):
        guess(kim.email, cast.PASSWORD)
    assert new_device_letters().count() == 1
    later(24 * 3600)
    guess(kim.email, cast.PASSWORD)
    assert new_device_letters().count() == 2


def test_who_waits_is_told_so_in_japanese(ben):
    client = browser(headers={"Accept-Language": "ja"})
    for _ in range(5):
        guess(ben.email, client=client)
    assert "秒後" in guess(ben.email, client=client).content.decode()


def test_care_has_the_same_limits(db):
    ada = cast.care("Ada", "ada@care.example", Role.ADMINISTRATOR)
    assert [guess(ada.email).status_code for _ in range(6)] == [200] * 5 + [429]
