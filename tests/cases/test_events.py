"""Events: what is stored of them, what is read back, and what follows from their kind."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from django.db.models import Max

from cases import actions, event_log, events
from cases.events import EVENTS
from cases.models import CaseEvent
from tests import cast


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_an_event_is_read_as_it_was_stored(event):
    values = {one.name: f"a {one.name}" for one in fields(event)}
    instance = event(**values)
    assert event.read(instance.particulars()) == instance
    assert events.read(str(event.type), instance.particulars()) == instance


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_an_older_row_without_a_field_is_read_with_none_in_its_place(event):
    instance = event.read({"of another age": 1})
    assert all(getattr(instance, one.name) is None for one in fields(event))


def test_a_field_that_may_be_missing_is_not_stored():
    assert events.Closed(reason="accepted").particulars() == {"reason": "accepted"}
    assert "incident_started_at" in {one.name for one in fields(events.Filed)}
    filed = events.Filed(
        severity=1, priority=2, channel="portal", site=3, kind="problem", incident_started_at=None
    )
    assert filed.particulars()["incident_started_at"] is None
    assert "on_duty" not in filed.particulars()


def test_erasing_leaves_codes_alone_and_no_words():
    assert events.Closed.codes() == {"reason", "text_sha256", "seals"}
    assert "before" not in events.Tagged.codes()
    assert {"before", "after"} <= events.TermsMoved.codes()
    assert not {"to_name", "why"} & events.Paged.codes()
    assert "on_duty" not in events.Filed.codes()


def test_an_event_that_no_class_declares_cannot_be_recorded(ana, kim):
    case = cast.file(ana)
    with pytest.raises(TypeError):
        events.SeveritySet(before=3, after=2, because="x")
    assert CaseEvent.objects.filter(case=case).aggregate(last=Max("seq"))["last"] == 1


def test_rows_of_before_hold_their_chain(ana, kim):
    """What is stored is what was always stored: the same keys, hashed in the same way."""
    case = actions.answer(cast.waiting(ana, kim), by=kim, text="And?").case
    actions.answer_as_contact(case, by=ana, text="That one.")
    assert list(event_log.breaks()) == []
    last = CaseEvent.objects.filter(case=case).order_by("-seq")[0]
    assert set(last.particulars) == {"ended_wait", "text_sha256"}
    assert last.data == events.ContactAnswered(ended_wait=True)


ROOT = Path(__file__).parents[2]
# Where the stored form itself is what matters: it is hashed, erased, exported and checked.
STORED = {
    "cases/events.py",
    "cases/event_log.py",
    "audit/event_logs.py",
    "cases/models/event.py",
    "audit/evidence_pack.py",
    "audit/check_pack.py",
    "caretrack/web/shared/conversation.py",
}
IN_SQL = re.compile(r"particulars\s*->>?\s*'(\w+)'|particulars__(\w+?)(?:__\w+)?=")


def product():
    for app in ("caretrack", "integrations", "audit", "insight", "rca", "sla", "routing", "cases"):
        for file in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in file.parts:
                yield str(file.relative_to(ROOT)), file.read_text()


def test_nothing_reads_what_an_event_carries_by_a_string():
    by_string = re.compile(r"particulars(\[|\.get\()")
    offenders = [name for name, text in product() if name not in STORED and by_string.search(text)]
    assert offenders == []


def test_what_sql_reads_of_events_are_fields_of_events():
    declared = {one.name for event in EVENTS.values() for one in fields(event)}
    read = {a or b for _name, text in product() for a, b in IN_SQL.findall(text)}
    assert len(read) > 5
    assert read <= declared
