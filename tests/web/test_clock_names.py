"""A clock has one name for each side, and a unit is written in one way (docs/glossary.md)."""

import csv

import pytest
from django.test import Client

from cases.choices import Severity
from sla.actions.policies import newest
from sla.models import Clock, Policy
from sla.models.policy import TargetKind
from sla.policy_diff import lines
from tests import cast
from tests.cast import utc


@pytest.fixture
def case(ana, kim, time_machine):
    time_machine.move_to(utc("2026-03-03 09:00"), tick=False)
    return cast.waiting(ana, kim)


def read(person, *addresses):
    client = Client()
    client.force_login(person)
    pages = []
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        pages.append(text.decode("utf-8-sig"))
    return pages


@pytest.mark.parametrize(
    ("language", "care", "contact"),
    [("en", "Customer response", "Your reply"), ("ja", "Customer response", "ご回答")],
)
def test_the_customers_time_is_named_once_for_each_side(case, ana, kim, language, care, contact):
    ana.language = language
    ana.save()
    wait = Clock.objects.get(case=case, kind="customer_response")
    code = case.code
    for page in read(kim, f"/console/cases/{code}/", f"/cases/{code}/why/{wait.pk}/"):
        assert care in page
        assert contact not in page
    theirs = read(
        ana,
        f"/portal/cases/{code}/",
        f"/portal/cases/{code}/print/",
        f"/cases/{code}/why/{wait.pk}/",
    )
    for page in theirs:
        assert contact in page
        assert "Customer response" not in page
        assert "お客様の回答" not in page
    (exported,) = read(ana, "/portal/cases/export/")
    assert contact in next(row for row in csv.reader(exported.splitlines()) if code in row)


def test_units_of_a_policy_say_24x7(kim):
    content = newest(Policy.objects.get())
    texts = [line.text for line in lines(content)]
    assert "10 minutes, 24×7" in texts
    assert content.targets[TargetKind.RESPONSE, Severity.CRITICAL][1] == "minutes"
    assert [text for text in texts if "around" in text] == []
