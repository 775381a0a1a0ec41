"""The main job in a browser: filing to acceptance with a real worker and beat; silence to closure
by moving time.
"""

import os
import re
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from caretrack.ops.outbox.models import OutboxMessage
from cases import actions, event_log
from cases.choices import CaseState, EventType
from cases.models import Case, Notification
from cases.notifications import outgoing
from core.tenancy import care_scope
from sla import clocks, sweeps
from tests import cast

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]


class Person:
    """Somebody at a browser of their own, whose every page is held to the same rules."""

    def __init__(self, page, base: str, accessible) -> None:
        self.page, self.base, self.accessible = page, base, accessible
        page.set_default_timeout(15_000)

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def look(self) -> str:
        """What the page says, once it has a title, one first heading and nothing that axe objects
        to.
        """
        expect(self.page).to_have_title(re.compile("."))  # waits for the page that a click leads to
        expect(self.page.locator("h1")).to_have_count(1)
        self.accessible(self.page)
        return str(self.page.locator("main").inner_text())

    def write(self, noun: str, **words: str) -> None:
        """Fill and send a form of the case page, as somebody would who sees it."""
        page = self.page
        if page.locator(f"#pick-{noun}").count():
            page.locator(f"label[for=pick-{noun}]").click()
        form = page.locator(f"form[action$='/{noun}/']")
        opens = page.locator(f"a[href$='/{noun}/'].do__link")
        if opens.count() and not form.count():
            opens.click()
            expect(form).to_be_visible()
        folded = page.locator("details.fold:not([open])", has=form)
        if folded.count():
            folded.locator("summary").click()
        for name, text in words.items():
            form.locator(f"[name={name}]").fill(text)
        form.locator(".form__end button.btn:not([name=preview])").first.click()
        expect(page.locator(".notice--success")).to_be_visible()


@pytest.fixture
def person(browser, live_server, people, sign_in, watched, accessible):
    """`person(name)`: one of the people, signed in, in a browser of their own."""
    contexts = []

    def log_in(name: str) -> Person:
        contexts.append(
            browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        )
        page = watched(contexts[-1].new_page())
        sign_in(page, people[name].email)
        return Person(page, live_server.url, accessible)

    yield log_in
    for context in contexts:
        context.close()


@pytest.fixture
def broker():
    """A broker database of this test process alone: what it asks for, its own worker does."""
    worker = re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or "0"
    number, before = 2 + int(worker) % 14, settings.CELERY_BROKER_URL
    if before.startswith("redis+socket://"):
        url = re.sub(r"virtual_host=\d+", f"virtual_host={number}", before)
    else:
        url = f"{before.rpartition('/')[0]}/{number}"
    _connect_to(url)
    with current_app.connection_for_write() as link:
        link.default_channel.client.flushdb()
    yield url
    _connect_to(before)


def _connect_to(url: str) -> None:
    app: Any = current_app
    app.conf.broker_url = app.conf.broker_write_url = app.conf.broker_read_url = url
    if app._pool is not None:
        app._pool.force_close_all()
        app._pool = None
    app.amqp._producer_pool = None


@pytest.fixture
def worker_and_beat(broker, tmp_path):
    """The product's own worker and beat, on the test's database, as the role that owns nothing."""
    name = connection.settings_dict["NAME"]
    environ = {
        **os.environ,
        "CARETRACK_ENV": "trial",
        "CARETRACK_DATABASE_ROLE": "app",
        "CARETRACK_DATABASE_POOL": "0",
        "CARETRACK_DATABASE_URL": _database(os.environ["CARETRACK_DATABASE_URL"], name),
        "CARETRACK_SWEEP_SECONDS": "1",
        "CARETRACK_RELAY_SECONDS": "1",
        "CARETRACK_WORKERS": "1",
        "CARETRACK_MEDIA_DIR": str(tmp_path),
    }
    celery = [sys.executable, "-m", "celery", "-A", "caretrack", "-b", broker]
    log = (tmp_path / "celery.log").open("wb")
    running = [
        subprocess.Popen([*celery, *command], env=environ, cwd=ROOT, stdout=log, stderr=log)
        for command in (
            [
                "worker",
                "--pool",
                "solo",
                "--loglevel",
                "info",
                "--without-gossip",
                "--without-mingle",
            ],
            ["beat", "--loglevel", "info", "--schedule", str(tmp_path / "beat")],
        )
    ]
    yield running
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
    log.close()
    print((tmp_path / "celery.log").read_text()[-4000:])  # shown where a test failed


def _database(url: str, name: str) -> str:
    """The same address with another database's name."""
    return re.sub(r"^([a-z]+://[^/]*)/[^?]*", lambda match: f"{match[1]}/{quote(name)}", url)


def until(true, within: float = 30) -> None:
    """Wait for what the worker does."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        with care_scope():
            if true():
                return
        time.sleep(0.2)
    pytest.fail(f"It did not come true within {within:g} s.")


def the_case() -> Case:
    with care_scope():
        return Case.objects.get()


def test_a_case_is_filed_answered_restored_proposed_and_accepted(person, worker_and_beat):
    anas, kims = person("ana"), person("kim")
    anas.look()
    kims.look()

    # A contact files.
    anas.go("/portal/cases/new/")
    anas.look()
    page = anas.page
    page.fill("[name=title]", "Calls drop after 30 seconds")
    page.fill("[name=description]", "Every call on **desk phones** ends.")
    page.locator("select[name=area]").select_option(index=1)
    page.check("[name=function_down][value=no]")
    page.check("[name=workaround][value=yes]")
    page.check("[name=degraded][value=partly]")
    page.get_by_role("button", name="Open as Medium").click()
    page.wait_for_url(re.compile(r"/portal/cases/CT-\d+/"))
    assert "Calls drop after 30 seconds" in anas.look()
    case = the_case()
    assert case.severity == 3

    # The analyst finds it in the queue, takes it and answers.
    kims.go("/console/")
    assert "First response" in kims.look()
    kims.page.locator("[data-board]").get_by_role("link", name=case.code).click()
    assert "Our turn." in kims.look()
    kims.page.get_by_role("button", name="Take the case").click()
    expect(kims.page.locator(".notice--success")).to_be_visible()
    kims.write("answer", text="I look into it **now**.")
    assert "met" in kims.page.locator(".clock", has_text="First response").inner_text()
    kims.write("note", text="Smells like the codec again.")
    assert "internal" in kims.page.locator(".timeline__card--internal").inner_text()

    # Information is asked for; the worker notifies the contact; the contact answers.
    kims.write("information", text="Which phones are it?")
    assert "The customer's turn." in kims.look()
    until(
        lambda: OutboxMessage.objects.filter(
            to="ana@acme.example", subject__contains="Waiting for you"
        ).exists()
    )
    anas.go(f"/portal/cases/{case.code}/")
    text = anas.look()
    assert "Waiting for you." in text
    assert "Smells like the codec" not in text
    anas.write("answer", text="The grey ones on the second floor.")
    assert the_case().state == CaseState.IN_PROGRESS

    # It works again; a resolution is proposed; the contact accepts.
    kims.go(f"/console/cases/{case.code}/")
    assert "The grey ones" in kims.look()
    kims.write("restoration", text="The gateway was restarted; calls hold.")
    kims.write("resolution", text="The grey phones got the old codec back.")
    assert "Resolution proposed" in kims.look()
    anas.go("/portal/")
    assert case.title in anas.look()
    anas.go(f"/portal/cases/{case.code}/")
    anas.look()
    anas.write("acceptance")
    assert "Closed." in anas.look()
    kims.page.reload()
    assert "Closed." in kims.look()
    kims.page.get_by_role("link", name="Event log").click()
    assert "closed the case" in kims.look()

    # What a crash left behind is found by beat; nobody is left out, and every proof holds.
    with care_scope():
        case = Case.objects.get()
        left = outgoing.compose(
            case,
            case.contact,
            key="left-behind",
            subject="Left behind",
            now=timezone.now(),
        )
        outgoing.put([left])
    until(lambda: not Notification.objects.exclude(state="sent").exists())
    with care_scope():
        assert OutboxMessage.objects.filter(subject__contains="Left behind").count() == 1
        assert (
            OutboxMessage.objects.filter(to="ana@acme.example").count()
            == Notification.objects.filter(recipient=case.contact).count()
        )
        assert list(event_log.breaks()) == []
        assert list(clocks.verify()) == []
    assert [process.poll() for process in worker_and_beat] == [None, None]


def test_an_analysis_is_written_reviewed_by_a_second_person_published_and_read(
    person, people, broker
):
    with care_scope():
        case = actions.log_call(
            cast.file(people["ana"], severity=1),
            by=people["kim"],
            reached=True,
            text="Ana is on site.",
        ).case
    kims, mayas, anas = person("kim"), person("maya"), person("ana")

    # On a Critical case the proposal brings the initial analysis along; the gate holds the closure.
    kims.go(f"/console/cases/{case.code}/")
    kims.write(
        "resolution",
        text="The media node was replaced.",
        initial_rca="A media node lost its clock.",
    )
    assert "It cannot be closed yet" in kims.look()

    kims.go("/console/rca/")
    assert case.code in kims.look()
    kims.page.get_by_role("link", name=case.code).click()
    kims.look()
    page = kims.page
    page.get_by_label("Summary").fill("Calls were silent for an hour.")
    page.get_by_label("Impact on your business").fill("Nobody could be heard.")
    page.locator("#action_1_what").fill("Watch the clocks")
    page.locator("#action_1_owner").select_option(label="Kim Kato")
    page.locator("#action_1_due_on").fill("2031-05-01")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".notice--success")).to_be_visible()
    assert page.get_by_label("Summary").input_value() == "Calls were silent for an hour."
    page.locator("#draft_root_cause").fill(
        "1. Why? The node sent silence.\n2. Why? Its clock stood still."
    )
    page.get_by_role("button", name="Submit for review").click()
    expect(page.locator(".notice--success")).to_be_visible()
    assert "a colleague has to publish it" in kims.look()

    mayas.go(f"/console/rca/{case.code}/")
    assert "Its clock stood still." in mayas.look()
    mayas.page.get_by_role("button", name="Publish to the customer").click()
    expect(mayas.page.locator(".notice--success")).to_be_visible()
    mayas.page.get_by_role("link", name="Version 1").click()
    assert "reviewed by Maya Moss" in mayas.look()

    anas.go(f"/portal/cases/{case.code}/")
    anas.look()
    anas.page.get_by_role("link", name="Read the whole analysis").click()
    assert "Its clock stood still." in anas.look()
    anas.page.get_by_role("button", name="Acknowledge receipt").click()
    assert "has acknowledged this version" in anas.look()
    anas.go(f"/portal/cases/{case.code}/")
    anas.write("acceptance")
    with care_scope():
        assert Case.objects.get(pk=case.pk).closing_reason == "accepted"


def test_silence_leads_to_notice_and_notice_to_closure(person, people, broker, time_machine):
    ana, kim = people["ana"], people["kim"]
    monday = cast.utc("2026-03-02 09:00")  # 10:00 in Berlin
    time_machine.move_to(monday)
    with care_scope():
        case = cast.file(ana, severity=3)
        actions.request_information(case, by=kim, text="Which phones?")
    outgoing.send()
    anas, kims = person("ana"), person("kim")
    anas.go(f"/portal/cases/{case.code}/")
    text = anas.look()
    assert "Waiting for you." in text
    assert "Thu 5 Mar 10:00" in text  # three business days, in Berlin
    kims.go("/console/?view=waiting")
    assert case.code in kims.look()

    # A reminder after the first business day, and nothing else.
    time_machine.move_to(cast.utc("2026-03-03 10:00"))
    _sweep()
    with care_scope():
        assert (
            Notification.objects.filter(
                case=case, recipient=ana, subject__contains="needs your reply"
            ).count()
            == 1
        )
        assert Case.objects.get().state == CaseState.WAITING_ON_CONTACT

    # The wait has run out: the advance notice names the instant of closure, and both sides can read
    # it.
    time_machine.move_to(cast.utc("2026-03-05 10:05"))
    _sweep()
    anas.page.reload()
    text = anas.look()
    assert "for Friday 06 March 2026 11:05" in text
    kims.go(f"/console/cases/{case.code}/")
    assert "announced the closing" in kims.look()
    assert the_case().is_open

    # One minute before, it is open; at the instant that the notice names, it closes.
    time_machine.move_to(cast.utc("2026-03-06 10:04"))
    _sweep()
    assert the_case().is_open
    time_machine.move_to(cast.utc("2026-03-06 10:06"))
    _sweep()
    closed = the_case()
    assert (closed.state, closed.closing_reason) == (CaseState.CLOSED, "unanswered")
    kims.page.reload()
    assert "Closed." in kims.look()
    anas.page.reload()
    assert "Closed." in anas.look()
    with care_scope():
        verbs = cast.verbs(closed)
        assert verbs[-2:] == [EventType.CLOSURE_ANNOUNCED, EventType.CLOSED]
        assert not Notification.objects.exclude(state="sent").exists()
        assert closed.closed_at - monday >= timedelta(days=4)
        assert list(clocks.verify()) == []


def _sweep() -> None:
    """What worker and beat do within seconds, done now: send, check the clocks, send what that
    wrote.
    """
    outgoing.send()
    sweeps.check_clocks()
    outgoing.send()
