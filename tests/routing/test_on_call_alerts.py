"""§6, §10: outside working hours a Critical case alerts the person on call, then the next, then a
manager.
"""

import http.server
import json
import socket
import threading
from datetime import date

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from cases import actions, event_log
from cases.models import Notification
from contacts import actions as people
from contacts.models import AdminEvent
from core import webhooks
from core.errors import Refused
from core.tenancy import care_scope
from routing import actions as routing_actions
from routing import alert_messages, alerts, assignment
from routing.models import Alert, AlertMessage, AlertStep
from tests import cast
from tests.cast import utc

NIGHT = "2026-03-02 23:00"  # Monday night in Berlin
ALL_WEEK = range(7)


@pytest.fixture
def at(time_machine):
    """Moves time to an instant."""
    return lambda text: time_machine.move_to(utc(text), tick=False)


@pytest.fixture
def rota(kim, lee, maya, at):
    """Kim this week, then Lee, then Maya; around the clock, five minutes each."""
    at("2026-03-02 08:00")
    office = cast.calendar("Care office", "UTC")
    people.save_team(
        None,
        by=maya,
        name="First line",
        members=[kim, lee],
        calendar=office,
        is_intake=True,
        assignment="round_robin",
    )
    new_rota = routing_actions.save_rota(
        None,
        by=maya,
        name="Nights",
        zone="UTC",
        begins_on=utc("2026-03-02 00:00").date(),
        hands_over="09:00",
        minutes=5,
        people=[kim, lee],
        manager=maya,
    )
    routing_actions.add_shift(new_rota, by=maya, weekdays=ALL_WEEK, starts="00:00", ends="24:00")
    return new_rota


def critical(ana, **more):
    """A Critical case filed now, and placed."""
    case = cast.file(ana, severity=1, **more)
    assignment.assign(case.pk)
    case.refresh_from_db()
    return case


def paged(page) -> list[tuple[str, str]]:
    return [
        (step.level, step.recipient.name if step.recipient else "") for step in page.steps.all()
    ]


def mails_to(person):
    alert_messages.send()
    return [message.subject for message in mail.outbox if person.email in message.to]


def test_the_whole_ladder_by_moving_time(ana, kim, lee, maya, rota, at):
    at("2026-03-03 23:00:00")
    case = critical(ana)
    page = Alert.objects.get(case=case)
    assert (page.why, paged(page)) == ("outside working hours", [("on_call", "Kim Kato")])
    assert mails_to(kim) == [f"{case.code} is Critical: please acknowledge now"]
    at("2026-03-03 23:04:59")
    assert alerts.escalate() == 0
    at("2026-03-03 23:05:00")
    assert alerts.escalate() == 1
    assert alerts.escalate() == 0
    at("2026-03-03 23:10:00")
    alerts.escalate()
    assert paged(page) == [("on_call", "Kim Kato"), ("next", "Lee Lind"), ("manager", "Maya Moss")]
    mia = cast.care("Mia Moon", "mia@care.example", "manager")
    at("2026-03-03 23:15:00")
    alerts.escalate()
    page.refresh_from_db()
    assert (page.state, page.next_at, paged(page)[-1]) == ("ran_out", None, ("everyone", ""))
    assert mails_to(mia) == [f"{case.code} is Critical and nobody on call has acknowledged"]
    assert len(mails_to(maya)) == 2
    events = case.events.filter(verb__in=["paged", "pages_ran_out"]).order_by("seq")
    assert [(e.verb, e.facing, e.particulars.get("to_name")) for e in events] == [
        ("paged", "internal", "Kim Kato"),
        ("paged", "internal", "Lee Lind"),
        ("paged", "internal", "Maya Moss"),
        ("pages_ran_out", "internal", None),
    ]
    assert events[3].particulars["told"] == ["Maya Moss", "Mia Moon"]
    at("2026-03-04 00:00:00")
    assert alerts.escalate() == 0
    alerts.acknowledge(page, by=mia)  # it ran out, and yet somebody comes
    page.refresh_from_db()
    assert (page.state, page.answered_by) == ("acknowledged", mia)


def test_who_acknowledges_ends_it_and_who_comes_second_is_told(ana, kim, lee, rota, at):
    at(NIGHT)
    case = critical(ana)
    page = Alert.objects.get(case=case)
    alerts.acknowledge(page, by=kim)
    page.refresh_from_db()
    assert (page.state, page.answered_by, page.answered_how) == (
        "acknowledged",
        kim,
        "page_acknowledged",
    )
    with pytest.raises(Refused, match="Kim Kato is there already"):
        alerts.acknowledge(page, by=lee)
    at("2026-03-02 23:30:00")
    assert alerts.escalate() == 0
    assert cast.verbs(case)[-2:] == ["page_acknowledged", "taken"]


@pytest.mark.parametrize(
    "come",
    [
        lambda case, kim: actions.take(case, by=kim),
        lambda case, kim: actions.answer(case, by=kim, text="I am on it."),
        lambda case, kim: actions.log_call(case, by=kim, reached=False, text="Nobody answers."),
    ],
)
def test_taking_answering_or_calling_acknowledges_as_well(come, ana, kim, rota, at):
    at(NIGHT)
    case = critical(ana)
    come(case, kim)
    page = Alert.objects.get(case=case)
    assert (page.state, page.answered_by) == ("acknowledged", kim)


def test_a_contact_who_writes_more_acknowledges_nothing(ana, kim, rota, at):
    at(NIGHT)
    case = critical(ana)
    actions.answer_as_contact(case, by=ana, text="Is anybody there?")
    assert Alert.objects.get(case=case).state == "open"


def test_a_case_set_lower_needs_nobody_any_more(ana, kim, rota, at):
    at(NIGHT)
    lowered = critical(ana)
    actions.set_severity(lowered, by=kim, severity=2, text="One store only.")
    assert set(Alert.objects.values_list("state", flat=True)) == {"called_off"}


def test_within_working_hours_with_somebody_there_nobody_is_paged(ana, kim, rota, at):
    at("2026-03-02 10:00")
    case = critical(ana)
    assert case.assignee == kim
    assert not Alert.objects.exists()


def test_with_nobody_at_work_whoever_is_on_call_is_paged_by_day_too(ana, kim, lee, rota, at):
    at("2026-03-02 10:00")
    for person in (kim, lee):
        routing_actions.set_work_pattern(person, by=person, away_until=utc("2026-03-03 08:00"))
    assert Alert.objects.get(case=critical(ana)).why == "nobody is at work"


def test_a_case_raised_to_critical_at_night_pages(ana, kim, rota, at):
    at("2026-03-02 10:00")
    case = cast.file(ana, severity=3)
    assignment.assign(case.pk)
    at(NIGHT)
    actions.set_severity(case, by=kim, severity=1, text="All phones are dead.")
    assignment.assign(case.pk)
    assert Alert.objects.get(case=case).state == "open"


def test_a_case_that_is_not_critical_waits_until_morning(ana, rota, at):
    at(NIGHT)
    case = cast.file(ana, severity=2)
    assignment.assign(case.pk)
    assert not Alert.objects.exists()


def test_in_a_gap_a_manager_is_paged_at_once(ana, kim, maya, rota, at):
    routing_actions.remove_shift(rota.shifts.get(), by=maya)
    at(NIGHT)
    assert paged(Alert.objects.get(case=critical(ana))) == [("manager", "Maya Moss")]


def test_who_is_away_is_passed_over(ana, kim, lee, rota, at):
    routing_actions.set_work_pattern(kim, by=kim, away_until=utc("2026-03-05 08:00"))
    at(NIGHT)
    assert paged(Alert.objects.get(case=critical(ana))) == [("on_call", "Lee Lind")]


def test_sweeps_that_stood_still_climb_one_rung_and_no_heap(ana, kim, lee, rota, at):
    at(NIGHT)
    page = Alert.objects.get(case=critical(ana))
    at("2026-03-03 02:00")
    alerts.escalate()
    alerts.escalate()
    assert paged(page) == [("on_call", "Kim Kato"), ("next", "Lee Lind")]


def test_a_step_is_never_changed(ana, rota, at):
    at(NIGHT)
    critical(ana)
    with pytest.raises(DatabaseError), transaction.atomic():
        AlertStep.objects.update(level="next")


def test_a_drill_is_marked_climbs_and_keeps_its_outcome(kim, lee, maya, rota, at):
    at(NIGHT)
    page = alerts.drill(rota, by=maya)
    assert (page.is_drill, page.case) == (True, None)
    assert mails_to(kim) == ["DRILL: please acknowledge this alert of Nights"]
    with pytest.raises(Refused, match="under way"):
        alerts.drill(rota, by=maya)
    at("2026-03-02 23:05")
    alerts.escalate()
    alerts.acknowledge(page, by=lee)
    page.refresh_from_db()
    assert (page.state, page.answered_by, paged(page)) == (
        "acknowledged",
        lee,
        [("on_call", "Kim Kato"), ("next", "Lee Lind")],
    )
    with pytest.raises(Refused, match="Lee Lind acknowledged this drill already"):
        alerts.acknowledge(page, by=kim)
    assert AdminEvent.objects.filter(verb="drilled", name="Nights").count() == 1


def test_a_drill_nobody_answers_says_so_and_alarms_no_manager_twice(kim, maya, rota, at):
    at(NIGHT)
    page = alerts.drill(rota, by=maya)
    for minute in (5, 10, 15, 20):
        at(f"2026-03-02 23:{minute:02}")
        alerts.escalate()
    page.refresh_from_db()
    assert page.state == "ran_out"
    assert mails_to(maya) == [  # as the manager on the ladder, and as the one who started it
        "DRILL: please acknowledge this alert of Nights",
        "DRILL: nobody acknowledged the alert of Nights",
    ]


def test_only_managers_drill_and_only_care_acknowledges(ana, kim, maya, rota, at):
    with pytest.raises(Refused):
        alerts.drill(rota, by=kim)
    page = alerts.drill(rota, by=maya)
    with pytest.raises(Refused):
        alerts.acknowledge(page, by=ana)


@pytest.fixture
def hook(settings):
    """A service on this machine, which the operator allows: `hook.url`, `hook.received`,
    `hook.answers`.
    """

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            server.received.append((self.path, self.headers, body))
            status = server.answers.pop(0) if server.answers else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{server.url}elsewhere")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.received, server.answers, server.url = [], [], f"http://127.0.0.1:{server.server_port}/"
    settings.OUTGOING_ALLOW, settings.OUTGOING_PORTS = ["127.0.0.1"], [server.server_port]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def with_webhook(rota, maya, kim, lee, address):
    return routing_actions.save_rota(
        rota,
        by=maya,
        name=rota.name,
        zone=rota.zone,
        begins_on=rota.begins_on,
        hands_over="09:00",
        minutes=5,
        people=[kim, lee],
        manager=maya,
        webhook=address,
    )


def test_a_webhook_is_signed_so_that_its_receiver_can_tell_who_calls_and_when(
    ana, kim, lee, maya, rota, hook, at
):
    rota = with_webhook(rota, maya, kim, lee, hook.url)
    at(NIGHT)
    case = critical(ana)
    alert_messages.send()
    ((_, headers, body),) = hook.received
    timestamp = headers["X-CareTrack-Timestamp"]
    assert timestamp == str(int(utc(NIGHT).timestamp()))
    assert (
        headers["X-CareTrack-Signature"]
        == f"sha256={webhooks.signature(rota.webhook_secret, timestamp, body)}"
    )
    assert json.loads(body)["case"]["code"] == case.code
    assert json.loads(body)["people"] == [{"name": "Kim Kato", "email": "kim@care.example"}]


def test_a_webhook_that_fails_or_leads_elsewhere_is_tried_again_and_followed_nowhere(
    ana, kim, lee, maya, rota, hook, at
):
    with_webhook(rota, maya, kim, lee, hook.url)
    hook.answers += [302, 500]
    at(NIGHT)
    critical(ana)
    alert_messages.send()
    message = AlertMessage.objects.get(channel="webhook")
    assert (message.state, message.attempts) == ("queued", 1)
    at("2026-03-02 23:00:15")
    alert_messages.send()
    at("2026-03-02 23:01:15")
    alert_messages.send()
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 3)
    assert [path for path, *_ in hook.received] == ["/", "/", "/"]


def test_what_nobody_needs_any_more_is_not_sent_late(ana, kim, lee, maya, rota, at):
    at(NIGHT)
    case = critical(ana)
    actions.take(case, by=kim)
    assert mails_to(kim) == []


def test_a_webhook_inside_the_private_network_is_refused_when_it_is_saved(maya, kim, lee, rota):
    assert (
        with_webhook(rota, maya, kim, lee, "https://pager.example/hook").webhook
        == "https://pager.example/hook"
    )
    for address in (
        "http://127.0.0.1:9000/",
        "https://10.0.0.1/",
        "https://user:secret@pager.example/",
    ):
        with pytest.raises(Refused, match="This webhook cannot be called"):
            with_webhook(rota, maya, kim, lee, address)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (404, "It answered with an error (4xx)."),
        (503, "It answered with an error (5xx)."),
        (302, "It answered with an error (3xx)."),
        ("closed", "There was no answer."),
        ("internal", "The address is refused."),
    ],
)
def test_a_manager_reads_whether_a_webhook_answered_and_no_more(
    answer, shown, ana, kim, lee, maya, rota, hook, at, settings, caplog
):
    with_webhook(rota, maya, kim, lee, hook.url)
    if answer == "internal":
        settings.OUTGOING_ALLOW = []
    elif answer == "closed":
        rota.refresh_from_db()
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        settings.OUTGOING_PORTS = [port]
        with_webhook(rota, maya, kim, lee, f"http://127.0.0.1:{port}/")
    else:
        hook.answers.append(answer)
    at(NIGHT)
    critical(ana)
    alert_messages.send()
    message = AlertMessage.objects.get(channel="webhook")
    assert message.last_error == shown
    assert "A webhook" in caplog.text


def test_the_secret_stands_in_no_table_and_can_be_renewed(maya, rota):
    before = rota.webhook_secret
    after = routing_actions.renew_webhook_secret(rota, by=maya)
    assert before != after
    rota.refresh_from_db()
    assert rota.webhook_secret == after
    assert after not in str(list(type(rota).objects.values()))
    assert after not in str(list(AdminEvent.objects.values()))


def test_a_drill_begins_from_the_command_line_too(kim, maya, rota, at, capsys):
    at(NIGHT)
    call_command("drill_on_call", "Nights", by="maya@care.example")
    assert "Paged Kim Kato." in capsys.readouterr().out
    for wrong in (
        ("Nowhere", "maya@care.example"),
        ("Nights", "nobody@care.example"),
        ("Nights", "kim@care.example"),
    ):
        with pytest.raises(CommandError) as refused:
            call_command("drill_on_call", wrong[0], by=wrong[1])
        assert refused.value.returncode == 2


def test_of_many_who_acknowledge_at_once_while_sweeps_climb_one_is_there(transactional_db):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        maya = cast.care("Maya", "maya@care.example", "manager")
        team = [cast.care(f"Analyst {n}", f"a{n}@care.example", "analyst") for n in range(6)]
        rota = routing_actions.save_rota(
            None,
            by=maya,
            name="Nights",
            zone="UTC",
            begins_on=date(2026, 3, 2),
            hands_over="09:00",
            minutes=5,
            people=team,
        )
        routing_actions.add_shift(rota, by=maya, weekdays=ALL_WEEK, starts="00:00", ends="24:00")
        case = cast.file(ana, severity=1)
    assignment.assign(case.pk)
    with care_scope():
        page = Alert.objects.get()
        Alert.objects.update(next_at=page.opened_at)  # the next level is due immediately
    ready, came_to = threading.Barrier(12), []

    def do(act):
        try:
            ready.wait()
            act()
        except Refused:
            came_to.append("refused")
        except Exception as broken:
            came_to.append(repr(broken))
        else:
            came_to.append("done")
        finally:
            connection.close()

    def acknowledge(person):
        with care_scope():
            alerts.acknowledge(page, by=person)

    acts = [lambda person=person: acknowledge(person) for person in team] + [alerts.escalate] * 6
    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with care_scope():
        assert sorted(came_to) == ["done"] * 7 + ["refused"] * 5
        page.refresh_from_db()
        assert (page.state, page.next_at) == ("acknowledged", None)
        assert cast.verbs(case).count("page_acknowledged") == 1
        assert len(paged(page)) == cast.verbs(case).count("paged") <= 2
        assert list(event_log.breaks()) == []


def test_a_page_that_named_somebody_who_is_erased_says_who_no_more(ana, ben, maya, rota, at):
    at("2026-03-03 23:00:00")
    critical(ana, title="Ana Albers hears nothing")
    message = AlertMessage.objects.get()
    assert "Ana Albers" in message.text
    people.revoke(ana.designation, by=maya, reason="She has left.")
    people.end_access(ana, by=maya, reason="She has left.")
    people.erase_person(ana, by=maya, reason="Asked for.", address=ana.email)
    message.refresh_from_db()
    assert "Ana" not in message.text
    assert f"Erased person {ana.pk} hears nothing" in message.text


# What follows an alert


def test_who_acknowledges_takes_a_case_that_nobody_has(rota, ana, kim, at):
    at(NIGHT)
    case = critical(ana)
    actions.acknowledge_page(case, by=kim)
    case.refresh_from_db()
    assert case.assignee == kim
    assert [event.verb for event in case.events.order_by("seq")][-2:] == [
        "page_acknowledged",
        "taken",
    ]


def test_who_acknowledges_leaves_a_colleagues_case_with_them(rota, ana, kim, lee, maya, at):
    at(NIGHT)
    case = critical(ana)
    actions.assign(case, by=maya, to=lee)
    actions.acknowledge_page(case, by=kim)
    case.refresh_from_db()
    assert case.assignee == lee


def test_the_alerted_see_it_in_the_product(rota, ana, kim, lee, at, client):
    at(NIGHT)
    case = critical(ana)
    notification = Notification.objects.get(case=case, recipient=kim)
    assert (notification.channel, notification.state) == ("portal", "sent")
    assert notification.lead == f"{case.code} is Critical: please acknowledge now"
    assert not Notification.objects.filter(case=case, recipient=lee).exists()
    client.force_login(kim)
    assert (
        f"{case.code} is Critical: please acknowledge now"
        in client.get("/notices/").content.decode()
    )
    assert "on-call alert open" in client.get("/console/").content.decode()
    actions.acknowledge_page(case, by=kim)
    assert "on-call alert open" not in client.get("/console/").content.decode()


def test_the_next_person_sees_it_too(rota, ana, kim, lee, at):
    at(NIGHT)
    case = critical(ana)
    at("2026-03-02 23:05")
    alerts.escalate()
    assert Notification.objects.filter(case=case, recipient=lee, channel="portal").count() == 1
