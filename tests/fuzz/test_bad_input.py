"""Characters that no text may hold, and how the API answers a request that cannot be read."""

import base64
import json
from datetime import timedelta

import pytest
from django import template
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from caretrack.logs import escape_controls
from caretrack.web.shared.templatetags import alarms, care, changes, documents, elsewhere, insight
from contacts.models import ApiToken, Role
from tests import cast

CASES = "/api/v1/cases/"


@pytest.fixture
def program(ana):
    scopes = ["cases:read", "cases:write"]
    _, text = ApiToken.issue(
        ana, name="t", scopes=scopes, expires_at=timezone.now() + timedelta(hours=1)
    )
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {text}"})


def is_problem(answer, status):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), (
        answer.content[:300]
    )
    assert answer.json()["status"] == status
    return answer.json()


@pytest.mark.parametrize(
    "address", ["/certificates/%00/", "/help/?q=%00", "/help/?%00=1", "/nowhere/%00"]
)
def test_a_nul_in_an_address_is_answered_in_words(db, address):
    answer = Client().get(address)
    assert answer.status_code == 400
    assert "We could not read this request" in answer.content.decode()


def test_it_is_answered_in_the_readers_language(db):
    answer = Client(headers={"Accept-Language": "ja"}).get("/certificates/%00/")
    assert '<html lang="ja"' in answer.content.decode()
    assert "リクエスト" in answer.content.decode()


def test_a_nul_in_a_form_is_answered_in_words(ana):
    client = Client()
    client.force_login(ana)
    for fields in ({"title": "a\0b"}, {"a\0b": "x"}):
        assert client.post("/portal/cases/new/", fields).status_code == 400


def test_a_nul_in_a_cookie_is_left_out(db):
    client = Client()
    client.cookies.load({"caretrack_session": "a\0bcdefghijklmnop", "django_language": "j\0a"})
    assert client.get("/accounts/login/").status_code == 200


def test_the_api_answers_bad_addresses_with_problem_details(program):
    is_problem(program.get(f"{CASES}?state=%00"), 400)
    is_problem(program.get("/api/%00/"), 400)


@pytest.mark.parametrize("text", ['"\\u0000"', '"\\ud800"', '{"a\\u0000": 1}', '[["\\udfff"]]'])
def test_bad_characters_in_json_are_answered_with_problem_details(program, text):
    body = f'{{"title": "x", "description": {text}}}'
    assert (
        "NUL"
        in is_problem(program.post(CASES, body, content_type="application/json"), 400)["detail"]
    )


def test_bad_characters_in_a_field_beside_a_file_are_answered_with_problem_details(program, ana):
    case = cast.file(ana)
    upload = SimpleUploadedFile("a.txt", b"x")
    is_problem(
        program.post(f"{CASES}{case.code}/attachments/", {"file": upload, "facing": "\0"}), 400
    )


@pytest.mark.parametrize(
    "position",
    [
        "2026-01-01T00:00:00-23:59",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-13-45T00:00:00",
        "x",
        "2026-01-01",
        "1e999",
    ],
)
def test_a_cursor_of_nobodys_leads_nowhere_or_to_a_page(program, position):
    cursor = base64.b64encode(f"p={position.replace('+', '%2B')}".encode()).decode()
    assert program.get(CASES, {"cursor": cursor}).status_code in (200, 404)


def test_a_cursor_that_was_given_out_still_leads_on(program, ana, monkeypatch):
    monkeypatch.setattr("caretrack.web.api.views.Newest.page_size", 2)
    codes = [cast.file(ana, title=f"case {n}").code for n in range(5)]
    seen, address = [], CASES
    while address:
        page = program.get(address).json()
        seen += [case["code"] for case in page["results"]]
        address = page["next"]
    assert seen == codes[::-1]


def test_a_hundred_thousand_unknown_fields_get_a_short_answer(program):
    body = json.dumps({f"field {n}": 1 for n in range(100_000)})
    answer = program.post(CASES, body, content_type="application/json")
    problem = is_problem(answer, 400)
    assert len(answer.content) < 20_000
    assert any("more fields are wrong" in str(value) for value in problem["errors"].values())


def test_a_very_long_name_of_a_field_gets_a_short_answer(program):
    answer = program.post(CASES, json.dumps({"x" * 1_000_000: 1}), content_type="application/json")
    is_problem(answer, 400)
    assert len(answer.content) < 20_000


def test_a_long_list_is_refused_before_its_entries_are_read(program, monkeypatch):
    """Two megabytes of identifiers cost fourteen seconds when each was read first."""
    monkeypatch.setattr(
        "rest_framework.serializers.UUIDField.to_internal_value", lambda *_: pytest.fail("read")
    )
    answer = program.post(
        CASES, {"conversation_ids": ["x"] * 10_000}, content_type="application/json"
    )
    is_problem(answer, 400)
    assert "100" in answer.content.decode()


def test_too_large_a_body_is_said_so(program):
    is_problem(
        program.post(
            CASES, b'{"title": "' + b"x" * 6_000_000 + b'"}', content_type="application/json"
        ),
        413,
    )


@pytest.mark.parametrize("address", ["/api/", "/api/v2/cases/", "/api/v1/nothing/"])
def test_an_address_of_the_api_that_leads_nowhere_is_said_so(program, address):
    is_problem(program.get(address), 404)


def test_a_failure_of_ours_is_said_so(program, monkeypatch):
    def fail(*args):
        raise ZeroDivisionError

    monkeypatch.setattr("caretrack.web.api.views.visible", fail)
    is_problem(program.get(CASES), 500)


def test_applications_in_training_are_shown_to_all_of_care(acme):
    cast.contact(acme, "Pat Pine", "pat@acme.example", state="in_training")
    for role in (Role.ANALYST, Role.MANAGER, Role.ADMINISTRATOR):
        client = Client()
        client.force_login(cast.care("Care", f"{role}@care.example", role))
        page = client.get("/console/applications/?view=coming")
        assert page.status_code == 200
        assert "Pat Pine" in page.content.decode()


@pytest.mark.parametrize(
    "address", ["/insight/flow/?hour=168", "/insight/?hour=2147483648", "/insight/flow/?hour=167"]
)
def test_an_hour_that_no_week_has_narrows_nothing(maya, address):
    client = Client()
    client.force_login(maya)
    assert client.get(address).status_code == 200


def test_an_empty_name_of_a_column_in_emergency_opens_the_row(ada, acme):
    client = Client()
    client.force_login(ada)
    assert (
        client.get(f"/emergency/contacts/organisation/{acme.pk}/change/?_to_field=").status_code
        == 200
    )


FILTERS = [
    (name, function)
    for library in (alarms, care, changes, documents, elsewhere, insight)
    for name, function in library.register.filters.items()
]
SECOND = {
    "till": timezone.now(),
    "state_for": None,
    "as_read_by": None,
    "there": "UTC",
    "prose": "text",
    "localized": "name",
}


@pytest.mark.parametrize(("name", "function"), FILTERS, ids=[name for name, _ in FILTERS])
@pytest.mark.parametrize("absent", [None, ""])
def test_no_filter_fails_for_a_value_that_is_not_there(name, function, absent):
    """Django passes "" for `x.y` where x is None: a page must not break for it."""
    arguments = [SECOND[name]] if name in SECOND else []
    assert isinstance(function(absent, *arguments), str)


def test_an_absent_value_is_a_dash_on_a_page():
    page = template.Template("{{ clock.due_at|instant }}")
    assert page.render(template.Context({"clock": None})) == "—"


def test_control_characters_reach_no_plain_log_line():
    event = escape_controls(
        None, "info", {"path": "/a\0b\x1b[31m\nc", "event": "request", "status": 400}
    )
    assert event == {"path": "/a\\x00b\\x1b[31m\\nc", "event": "request", "status": 400}
