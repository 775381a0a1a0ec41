"""The journal proves itself: what was changed, removed or added behind its back is found."""

import pytest
from django.core.management import call_command
from django.db import connection

from cases import actions, event_log
from cases.models import Case
from tests import cast


@pytest.fixture
def case(ana, kim):
    return actions.answer(cast.file(ana), by=kim, text="We look.").case


def tamper(sql, *params):
    """What only someone with the owner's rights on the machine could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE cases_caseevent DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE cases_caseevent NO FORCE ROW LEVEL SECURITY")
        cursor.execute(sql, params)
        cursor.execute("SET LOCAL ROLE caretrack_care")


def test_an_untouched_journal_verifies(case, capsys):
    assert list(event_log.breaks()) == []
    call_command("verify_journal")
    assert "unbroken" in capsys.readouterr().out


def test_a_changed_event_is_found(case):
    tamper(
        "UPDATE cases_caseevent SET at = at - interval '1 hour' WHERE case_id = %s AND seq = 2",
        case.pk,
    )
    assert list(event_log.breaks()) == [
        f"{case.code}: event 2 (answered) is not as it was written."
    ]


def test_a_removed_event_is_found(case):
    Case.objects.filter(pk=case.pk).update(event_count=3)
    assert list(event_log.breaks()) == [
        f"{case.code}: the journal ends at event 2, the case says 3."
    ]


def test_the_command_fails_when_the_journal_does(case):
    tamper("UPDATE cases_caseevent SET particulars = '{}' WHERE case_id = %s AND seq = 1", case.pk)
    with pytest.raises(SystemExit) as stop:
        call_command("verify_journal")
    assert stop.value.code == 1
