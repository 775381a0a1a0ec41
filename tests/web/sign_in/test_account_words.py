"""The account pages come from a library; their words are ours: sentence case, one word a thing."""

import re

import pytest

from caretrack.ops import i18n_extract

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120 Safari/537.36"
# Two capitalised words in a row are a title in title case; names are allowed.
TITLE_CASE = re.compile(r"\b[A-Z][a-z]+ (?!Albers|Retail|Contact|Care\b)[A-Z][a-z]+\b")


def visible(client, path):
    html = client.get(path, follow=True, HTTP_USER_AGENT=AGENT).content.decode()
    main = html.split("<main", 1)[1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", "\n", main).split("\n"))


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/sessions/",
        "/accounts/reauthenticate/",
    ],
)
def test_an_account_page_speaks_in_sentence_case_and_our_words(as_ana, path):
    text = visible(as_ana, path)
    assert text.strip()
    assert TITLE_CASE.findall(text) == []
    assert "actor Authentication" not in text
    assert "reauthenticate" not in text


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"]
)
def test_a_page_before_sign_in_does_too(client, db, path):
    assert TITLE_CASE.findall(visible(client, path)) == []


def test_a_device_is_named_by_browser_and_system(client, ana):
    client.force_login(ana)
    client.get("/portal/", HTTP_USER_AGENT=AGENT)
    text = visible(client, "/accounts/sessions/")
    assert "Mozilla" not in text


def test_the_compiled_words_are_the_written_ones():
    assert i18n_extract.compiled(i18n_extract.account_words()) == (
        i18n_extract.ENGLISH.with_suffix(".mo").read_bytes()
    )
