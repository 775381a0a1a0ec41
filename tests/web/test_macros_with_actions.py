"""A macro is a text with actions: they run with the message, each by its own rules, or nothing
does.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases import actions, macros
from cases.macro_effects import MacroEffects
from cases.models import Case, CaseUpdate, Macro, MacroUse, PendingMessage
from cases.tasks import release_messages
from contacts.models import Team
from core.errors import Refused
from tests import cast
from tests.pages import holds


@pytest.fixture
def case(ana, kim, client):
    client.force_login(kim)
    return cast.file(ana)


@pytest.fixture
def trunk(kim):
    return macros.save(
        by=kim,
        name="Trunk check",
        folder="Voice",
        text="Hello {{contact.first_name}}, is the trunk up?",
        audience="all",
        effects=MacroEffects(
            assign="me", add=["trunk"], severity=2, reason="More sites.", send_as="information"
        ),
    )


def send(client, case, macro, noun="answer", text="Is the trunk up?", **more):
    data = {"text": text, "macro": macro.pk, "seen": str(case.event_count), **more}
    return client.post(f"/console/cases/{case.code}/{noun}/", data)


def now(case):
    return Case.objects.get(pk=case.pk)


def test_its_effects_are_shown_before_anything_is_done(client, case, trunk, kim):
    address = f"/console/cases/{case.code}/macros/{trunk.pk}/effects/"
    shown = client.get(address).content.decode()
    for text in ("Tags +trunk", "Severity High", "Assign to Kim Kato", "A question"):
        assert text in shown
    assert (now(case).tags, now(case).severity, now(case).assignee) == ([], 3, None)
    page = client.get(f"/console/cases/{case.code}/?tab=answer&macro={trunk.pk}").content.decode()
    assert "Tags +trunk" in page  # where no script runs
    assert "Hello Ana, is the trunk up?" in page


def test_message_and_effects_happen_together(client, case, trunk, kim):
    assert send(client, case, trunk, "information").status_code == 302
    case = now(case)
    assert (case.tags, case.severity, case.assignee) == (["trunk"], 2, kim)
    assert case.state == "waiting_on_contact"
    assert MacroUse.objects.get(macro=trunk, by=kim).count == 1


def test_what_one_refuses_stops_all(client, case, trunk, kim, ana):
    macro = macros.save(
        by=kim,
        name="Gone team",
        text="x",
        audience="own",
        effects=MacroEffects(add=["first"], assign="team:999999"),
    )
    response = send(client, case, macro)
    assert response.status_code == 422
    assert "Assign to somebody who is gone" in response.content.decode()
    assert "Nothing was sent" in response.content.decode()
    assert now(case).tags == []
    assert not CaseUpdate.objects.filter(case=case).exists()


def test_with_undo_they_wait_with_the_message(client, case, trunk, kim, settings, time_machine):
    settings.UNDO_SECONDS = 10
    time_machine.move_to(timezone.now(), tick=False)
    send(client, case, trunk, "information", undo="1")
    assert now(case).tags == []
    trunk.effects = {}
    trunk.save(update_fields=["effects"])  # a later change does not change what was clicked
    time_machine.move_to(timezone.now() + timedelta(seconds=10), tick=False)
    release_messages()
    assert PendingMessage.objects.get().state == "sent"
    assert (now(case).tags, now(case).severity) == (["trunk"], 2)
    assert MacroUse.objects.get().count == 1


def test_effects_that_change_nothing_are_left_out(client, case, trunk, kim):
    actions.tag(case, by=kim, add=["trunk"], remove=[])
    actions.take(case, by=kim)
    shown = client.get(f"/console/cases/{case.code}/macros/{trunk.pk}/effects/").content.decode()
    assert "Tags" not in shown
    assert "Assign" not in shown


def test_another_persons_own_macro_runs_for_nobody_else(client, case, lee):
    secret = macros.save(
        by=lee, name="Mine", text="x", audience="own", effects=MacroEffects(add=["leaked"])
    )
    assert client.get(f"/console/cases/{case.code}/macros/{secret.pk}/effects/").status_code == 404
    send(client, case, secret)
    assert now(case).tags == []


def test_a_severity_needs_its_reason(kim):
    with pytest.raises(Refused, match="needs a reason"):
        macros.save(by=kim, name="S", text="x", audience="own", effects=MacroEffects(severity=1))


def test_macros_are_filtered_and_ones_own_most_used_come_first(client, case, trunk, kim):
    other = macros.save(by=kim, name="Another", text="Hello.", audience="all")
    address = f"/console/cases/{case.code}/macros/"
    shown = client.get(address).content.decode()
    assert shown.index("Another") < shown.index("Trunk check")  # by folder and name
    send(client, case, trunk, "information")
    shown = client.get(address).content.decode()
    assert shown.index("Trunk check") < shown.index("Another")
    assert "Another" not in client.get(address, {"q": "voice"}).content.decode()
    listed = client.get("/console/macros/").content.decode()
    assert holds(listed, "Voice / Trunk check")
    assert other.pk != trunk.pk


def test_a_macro_with_actions_is_written_on_its_page_and_read_back(client, kim):
    client.force_login(kim)
    team = Team.objects.create(name="Platform")
    data = {
        "name": "To platform",
        "audience": "all",
        "text": "We pass it on.",
        "folder": "Escalations",
        "assign": "platf",
        "add": "Platform, SIP",
        "severity": "2",
        "reason": "Wide.",
        "send_as": "",
        "article": "calls-drop",
    }
    assert client.post("/console/macros/new/", data).status_code == 302
    macro = Macro.objects.get(name="To platform")
    assert macro.effects == {
        "assign": f"team:{team.pk}",
        "add": ["platform", "sip"],
        "severity": 2,
        "reason": "Wide.",
        "article": "calls-drop",
    }
    page = client.get(f"/console/macros/{macro.pk}/").content.decode()
    for value in ("Escalations", "Platform", "platform, sip", "Wide."):
        assert value in page
    wrong = client.post("/console/macros/new/", {**data, "name": "B", "assign": "zzz"})
    assert "is not the name of one colleague or one team" in wrong.content.decode()


def test_the_link_of_its_article_follows_the_text(client, case, kim):
    macro = macros.save(
        by=kim,
        name="Read",
        text="Please read:",
        audience="own",
        effects=MacroEffects(article="calls-drop"),
    )
    page = client.get(f"/console/cases/{case.code}/?tab=answer&macro={macro.pk}").content.decode()
    assert "/help/calls-drop/" in page
