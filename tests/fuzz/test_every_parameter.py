"""Every address with odd values in every parameter, as each kind of reader: nothing may end in an
error of ours.

What a page reads is observed: each name that a view looks up in its query is recorded, and each
value that a link or a form of a page has for it. So a new address and a new parameter are fuzzed
without a change here. The seed is fixed; each request is rolled back, so their order does not
matter.
"""

import base64
import json
import logging
import os
import random
import re
from collections import defaultdict
from html import unescape
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.http import QueryDict
from django.test import Client

from tests.core.test_every_url import SAID, addresses, anas, token_client

__all__ = ["anas"]  # a fixture

SEED = 20260302
FAR = "2026-01-01T00:00:00-23:59"
ODD = (
    "",
    " ",
    "0",
    "-1",
    "1e999",
    "NaN",
    "9" * 30,
    str(2**31),
    str(2**63),
    "true",
    "null",
    "None",
    "[]",
    "{}",
    "a" * 9000,
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    FAR,
    "24:00",
    "99:99",
    "+25:00",
    "Mars/Phobos",
    "../../etc/passwd",
    "00000000-0000-0000-0000-000000000000",
    "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz",
    "\u202egnp.exe",
    "é́́" * 50,
    "ｅxe",
    "𝟙𝟚",
    "٣",
    "²",
    "%",
    "%%",
    "%s%n",
    "%(x)s",
    "{0.__class__}",
    "{{ 7|add:7 }}",
    "' OR 1=1 --",
    "\\",
    "\x1b[31m",
    "\r\nBcc: x@y.example",
    "a.b.c",
    "1.1",
    "-.-",
    "." * 40,
    "1,2,,3",
    "*:*",
    "(" * 200,
    "[" * 200,
    "!&|",
    "\ufffe",
    base64.b64encode(f"p={FAR}".encode()).decode(),
    base64.urlsafe_b64encode(b"[" * 3000).decode(),
    base64.urlsafe_b64encode(json.dumps([2**61] * 6).encode()).decode(),
)
RAW = ("%00", "%ED%A0%80", "%FF", "%C0%80", "%", "%u0000")  # as they are in an address
IN_PATHS = (
    "0",
    "9" * 19,
    "9" * 30,
    "-1",
    "%00",
    "%ED%A0%80",
    "%E2%80%AE",
    "%2e%2e%2f",
    "x" * 300,
    "٣",
    "CT-0",
    "%25",
)
SKIPPED = {"/accounts/logout/"}
# How much is tried in CI, where all of it may take two minutes; more for a longer search
# (CARETRACK_FUZZ=10).
MORE = int(os.environ.get("CARETRACK_FUZZ", "1"))
EACH, KNOWN = min(len(ODD), MORE), 3 * MORE  # values for each name of a page
SHARE_OF_TABLES, SHARE_OF_PAGES = 0.1 * MORE, 0.4 * MORE


class Learned:
    """Which names each page reads in its query, and which values links and forms have for a
    name.
    """

    def __init__(self):
        self.names = defaultdict(set)
        self.values = defaultdict(set)

    def read(self, page):
        for query in re.findall(r'(?:href|action|hx-get)="[^"?]*\?([^"#]*)"', page):
            for name, value in parse_qsl(unescape(query), keep_blank_values=True):
                self.values[name].add(value)
        for name, options in re.findall(
            r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S
        ):
            self.values[name].update(map(unescape, re.findall(r'value="([^"]*)"', options)))
        for element in re.findall(r"<(?:input|button)[^>]*>", page):
            results = {
                key: unescape(value)
                for key, value in re.findall(r'(name|value)="([^"]*)"', element)
            }
            if len(results) == 2 and results["name"] != "csrfmiddlewaretoken":
                self.values[results["name"]].add(results["value"])


@pytest.fixture(autouse=True)
def silence():
    """Thousands of refused requests need no lines in a log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class Watch:
    """The names that were looked up in the query of the latest request."""

    def __init__(self):
        self.query, self.names = None, set()


@pytest.fixture
def watch(monkeypatch):
    """Records every name that a page looks up in its query."""
    watch, created = Watch(), WSGIRequest.__dict__["GET"].func

    def query(request):
        if "GET" not in vars(request):
            watch.query, watch.names = created(request), set()
            vars(request)["GET"] = watch.query
        return vars(request)["GET"]

    def replace(request, value):
        vars(request)["GET"] = value

    def recording(original):
        def recorded(self, key, *args, **kwargs):
            if self is watch.query and isinstance(key, str):
                watch.names.add(key)
            return original(self, key, *args, **kwargs)

        return recorded

    monkeypatch.setattr(WSGIRequest, "GET", property(query, replace))
    for method in ("get", "getlist", "__getitem__", "__contains__"):
        monkeypatch.setattr(QueryDict, method, recording(getattr(QueryDict, method)))
    return watch


@pytest.fixture
def readers(anas, ana, kim, maya, ada):
    """Each kind of reader with a browser or a program, and a way to be signed in again."""

    def of(person):
        client = Client(raise_request_exception=False)
        if person is not None:
            client.force_login(person)
        return client

    people = {"nobody": None, "contact": ana, "analyst": kim, "manager": maya, "administrator": ada}
    return {name: of(person) for name, person in people.items()} | {"program": token_client(ana)}


def ask(client, method, address, *args, **kwargs):
    """One request, all of which is rolled back."""
    with transaction.atomic():
        answer = getattr(client, method)(address, *args, **kwargs)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    return answer, body


def learn(client, routes, watch, learned):
    """Visit each address once, and note what it reads and offers."""
    for address in routes:
        answer, body = ask(client, "get", address)
        assert answer.status_code < 500, f"{address} breaks: {answer.status_code}"
        if watch.names:
            learned.names[address] |= watch.names
        if answer.get("Content-Type", "").startswith("text/html"):
            learned.read(body.decode("utf-8", "replace"))


def queries(names, values, dice):
    """Queries for a page: known and odd values at random, all together, repeated, raw, with
    brackets.
    """
    for name in sorted(names):
        known = sorted(values.get(name, ()))
        for value in dice.sample(known, min(len(known), KNOWN)) + dice.sample(ODD, EACH):
            yield urlencode({name: value})
        yield dice.choice(
            [
                f"{quote(name)}={dice.choice(RAW)}",
                urlencode([(name, odd) for odd in dice.sample(ODD, 3)]),
            ]
        )
    if names:
        yield urlencode({name: dice.choice(ODD) for name in sorted(names)})
        yield urlencode({f"{name}[]": "1" for name in sorted(names)} | {"a[b][c]": "x"})


def odd_paths(address, dice):
    """The address with one of its parts exchanged for something odd."""
    parts = address.strip("/").split("/")
    places = [
        index
        for index, part in enumerate(parts)
        if re.search(r"\d", part) and part not in ("v1", "2fa")
    ]
    if places:
        parts[dice.choice(places)] = dice.choice(IN_PATHS)
        yield "/" + "/".join(parts) + ("/" if address.endswith("/") else "")


def broken(client, method, address, *args, **kwargs):
    """What is wrong with the answer; nothing, usually."""
    answer, _ = ask(client, method, address, *args, **kwargs)
    is_problem = answer.get("Content-Type") == "application/problem+json"
    if answer.status_code >= 500 or (
        address.startswith("/api/") and answer.status_code >= 400 and not is_problem
    ):
        return [f"{answer.status_code} {method} {address[:300]} {str(args)[:2000]}"]
    return []


@pytest.mark.parametrize(
    "reader", ["nobody", "contact", "analyst", "manager", "administrator", "program"]
)
def test_no_parameter_of_a_query_or_an_address_breaks_a_page(anas, readers, watch, reader):
    dice, learned = random.Random(f"{SEED} {reader}"), Learned()
    client, wrong = readers[reader], []
    routes = [
        address
        for address in sorted(set(addresses(anas[1])) - SKIPPED)
        if is_for(reader, address, dice)
    ]
    learn(client, routes, watch, learned)
    requests = [
        result
        for address in routes
        for result in [
            *(
                f"{address}?{query}"
                for query in queries(learned.names[address], learned.values, dice)
            ),
            *odd_paths(address, dice),
        ]
    ]
    for address in requests:
        wrong += broken(client, "get", address)
    assert wrong == []
    assert len(requests) > 40


def is_for(reader, address, dice):
    """Whether a reader is to visit an address: programs the API, the administrator all but most
    tables for emergencies, analysts and managers a share of what the administrator visits."""
    if reader == "program" or address.startswith("/api/"):
        return reader in ("program", "nobody") and address.startswith("/api/")
    if address.startswith("/emergency/"):
        return reader == "administrator" and dice.random() < SHARE_OF_TABLES
    return reader not in ("analyst", "manager") or dice.random() < SHARE_OF_PAGES


@pytest.mark.parametrize("reader", ["nobody", "contact", "analyst", "administrator", "program"])
def test_no_field_of_a_form_or_of_json_breaks_a_page(anas, readers, ana, kim, ada, reader):
    dice, client, wrong = random.Random(f"{SEED} forms {reader}"), readers[reader], []
    person = {"contact": ana, "analyst": kim, "administrator": ada}.get(reader)
    for address in sorted(set(addresses(anas[1])) - SKIPPED):
        if not is_for(reader, address, dice):
            continue
        odd = {name: dice.choice([*ODD, "\0", value, value, value]) for name, value in SAID.items()}
        wrong += broken(client, "post", address, odd)
        if address.startswith("/api/"):
            body = json.dumps(
                {**odd, "text": dice.choice(["\0", "\ud800", [], {}, 10**30, None, True])}
            )
            wrong += broken(client, "post", address, body, content_type="application/json")
        if person is not None and "_auth_user_id" not in client.session:
            client.force_login(person)
    assert wrong == []


def test_pages_are_found_to_read_what_they_read(anas, readers, watch):
    """The observation works: some names and values that are known to be there are found."""
    learned = Learned()
    learn(readers["analyst"], ["/console/applications/", "/console/"], watch, learned)
    assert "view" in learned.names["/console/applications/"]
    assert "coming" in learned.values["view"]
