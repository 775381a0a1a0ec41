"""The API: the same actions as the pages, the same refusals, in problem details."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.models import Case, CaseEvent
from contacts import actions as people
from contacts.models import ApiToken
from tests import cast
from tests.cast import utc

FILING = {
    "title": "No sound",
    "description": "Silence on every call.",
    "function_down": False,
    "workaround": True,
    "degraded": "severely",
}


class Machine:
    """A program with a token."""

    def __init__(self, user, *, scopes=("cases:read", "cases:write"), days=1):
        expires_at = timezone.now() + timedelta(days=days)
        self.token, self.text = ApiToken.issue(
            user, name="test", scopes=list(scopes), expires_at=expires_at
        )
        self.client = Client(headers={"Authorization": f"Bearer {self.text}"})

    def get(self, path):
        return self.client.get(f"/api/v1/{path}")

    def post(self, path, **fields):
        return self.client.post(f"/api/v1/{path}", fields, content_type="application/json")


def test_a_contact_files_reads_and_withdraws_by_program(ana):
    machine = Machine(ana)
    filed = machine.post("cases/", **FILING)
    assert (filed.status_code, filed.json()["severity"]) == (201, 2)
    code = filed.json()["code"]
    assert machine.get(f"cases/{code}/").json()["title"] == "No sound"
    kinds = {clock["kind"] for clock in machine.get(f"cases/{code}/clocks/").json()}
    assert {"response", "restore"} <= kinds
    assert machine.post(f"cases/{code}/withdrawal/", text="It was our headset.").status_code == 201
    assert Case.objects.get(number=int(code[3:])).closing_reason == "withdrawn"


def test_a_miss_remains_when_another_severity_changes_the_target(ana, kim, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    case = cast.file(ana, severity=2)
    time_machine.move_to(utc("2026-03-02 11:00"), tick=False)
    actions.set_severity(case, by=kim, severity=4, text="There is a workaround.")
    clocks = Machine(ana).get(f"cases/{case.code}/clocks/").json()
    response = next(clock for clock in clocks if clock["kind"] == "response")
    assert response["missed_due_at"] == "2026-03-02T10:00:00Z"
    assert response["due_at"] == "2026-03-03T09:00:00Z"


def test_an_analyst_answers_and_proposes_by_program(ana, kim):
    case = cast.file(ana)
    machine = Machine(kim)
    assert machine.post(f"cases/{case.code}/answers/", text="We look into it.").status_code == 201
    assert (
        machine.post(f"cases/{case.code}/resolution/", text="Fixed.").json()["verb"]
        == "resolution_proposed"
    )


def test_what_the_state_does_not_allow_is_409_and_what_the_policy_refuses_is_403(ana, kim):
    case = cast.file(ana)
    refused = Machine(ana).post(f"cases/{case.code}/answers/", text="I answer myself.")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert refused.json()["detail"] == "Only Care's people can do this."
    wrong = Machine(kim).post(f"cases/{case.code}/findings/", text="Nothing yet.")
    assert wrong.status_code == 409
    assert CaseEvent.objects.filter(case=case).count() == 1


def test_a_closed_case_is_rated_by_program_once(ana, kim):
    case = actions.accept(cast.proposed(ana, kim), by=ana).case
    machine = Machine(ana)
    wrong = machine.post(f"cases/{case.code}/rating/", score=6)
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["score"])
    rated = machine.post(f"cases/{case.code}/rating/", score=4, text="Quick.")
    assert rated.status_code == 201
    assert [rated.json()["verb"], rated.json()["particulars"]["score"], rated.json()["text"]] == [
        "rated",
        4,
        "Quick.",
    ]
    assert machine.post(f"cases/{case.code}/rating/", score=5).status_code == 403
    assert Machine(kim).post(f"cases/{case.code}/rating/", score=5).status_code == 403


def test_a_field_that_nobody_knows_is_named_not_ignored(ana):
    answer = Machine(ana).post("cases/", **FILING, severity=1)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["severity"])


def test_another_organisations_case_is_not_found(ana, ben):
    case = cast.file(ana)
    machine = Machine(ben)
    for path in ("", "events/", "clocks/", "attachments/"):
        assert machine.get(f"cases/{case.code}/{path}").status_code == 404
    assert machine.get("cases/").json()["results"] == []


@pytest.mark.parametrize(
    ("scopes", "days"),
    [(["cases:read"], 1), (["cases:read", "cases:write"], -1)],
    ids=["read only", "expired"],
)
def test_a_token_does_what_its_scopes_say_until_it_expires(ana, scopes, days):
    answer = Machine(ana, scopes=scopes, days=days).post("cases/", **FILING)
    assert answer.status_code in (401, 403)
    assert Case.objects.count() == 0


def test_a_revoked_or_invented_token_is_refused(ana):
    machine = Machine(ana)
    ApiToken.objects.filter(pk=machine.token.pk).update(revoked_at=timezone.now())
    assert machine.get("cases/").status_code == 401
    assert (
        Client(headers={"Authorization": "Bearer ct_00000000_x"}).get("/api/v1/cases/").status_code
        == 401
    )
    assert Client().get("/api/v1/cases/").status_code == 401


def test_only_a_digest_of_a_token_is_kept(ana):
    machine = Machine(ana)
    stored = ApiToken.objects.get(pk=machine.token.pk)
    assert machine.text not in (stored.digest, stored.prefix)
    assert stored.digest == ApiToken.digest_of(machine.text)


def test_a_session_does_not_open_the_api(ana, client):
    client.force_login(ana)
    assert client.get("/api/v1/cases/").status_code == 401


def test_internal_notes_stay_with_care(ana, kim):
    case = actions.note(cast.file(ana), by=kim, text="Check the firewall first.").case
    seen = Machine(ana).get(f"cases/{case.code}/events/").json()
    assert "noted" not in {event["verb"] for event in seen}
    assert "noted" in {
        event["verb"] for event in Machine(kim).get(f"cases/{case.code}/events/").json()
    }


def test_the_list_costs_the_same_for_one_case_and_for_thirty(ana, django_assert_max_num_queries):
    machine = Machine(ana)
    cast.file(ana)
    machine.get("cases/")
    for _ in range(30):
        cast.file(ana)
    with django_assert_max_num_queries(12):
        assert len(machine.get("cases/").json()["results"]) == 31


def test_the_schema_names_every_action(db, client):
    schema = client.get("/api/v1/schema/").content.decode()
    for noun in (
        "answers",
        "information-requests",
        "resolution",
        "acceptance",
        "severity",
        "escalation",
        "rating",
    ):
        assert f"/{noun}/" in schema


def test_the_api_asks_for_entitlement_like_every_door(globex):
    yuki = cast.contact(globex, "Yuki", "yuki@globex.example")
    globex.licences.update(ends_on="2016-01-01")
    refused = Machine(yuki).post("cases/", **FILING)
    assert refused.status_code == 403
    assert "licences" in refused.json()["detail"]
    assert "Self-support" in refused.json()["detail"]


def test_a_file_that_was_asked_for_ends_the_wait(ana, kim):
    case = cast.waiting(ana, kim)
    upload = SimpleUploadedFile("console.log", b"12:00 drop")
    assert (
        Machine(ana)
        .client.post(f"/api/v1/cases/{case.code}/attachments/", {"file": upload})
        .status_code
        == 201
    )
    case.refresh_from_db()
    assert case.state == "in_progress"


@pytest.mark.parametrize("cursor", ["cD1hYmM=", "!!", "bz0x", "%00"])
def test_a_cursor_that_was_not_given_out_is_not_found(ana, cursor):
    cast.file(ana)
    assert Machine(ana).get(f"cases/?cursor={cursor}").status_code in (200, 400, 404)


@pytest.mark.parametrize(
    "body", ['{"degraded": "\\ud800"}', '{"\\ud800": 1}', "[" * 200_000, "[]", "null", '"x"']
)
def test_strange_json_is_a_bad_request_and_no_failure(ana, body):
    answer = Machine(ana).client.post("/api/v1/cases/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_program_that_files_a_critical_case_names_who_is_on_duty_or_says_where_to_call(ana):
    machine = Machine(ana)
    critical = {**FILING, "function_down": True, "workaround": False}
    refused = machine.post("cases/", **critical)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["call_back_number"])
    people.add_to_roster(
        ana, by=ana, weekdays=list(range(7)), starts="00:00", ends="24:00", phone="+49 30 777"
    )
    filed = machine.post("cases/", **critical)
    assert (filed.status_code, filed.json()["severity"]) == (201, 1)
    case = Case.objects.get()
    assert (case.on_duty_name, case.call_back_number) == ("Ana Albers", "+49 30 777")
    answer = machine.post("cases/", **critical, on_duty_name="Ivo Ito", call_back_number="+49 30 1")
    case = Case.objects.get(number=int(answer.json()["code"][3:]))
    assert (case.on_duty_name, case.call_back_number) == ("Ivo Ito", "+49 30 1")
