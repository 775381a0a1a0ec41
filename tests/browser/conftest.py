"""A real browser for the tests marked `browser`: sign-in, accessibility, and an eye on the
console.
"""

import os
import shutil
import threading
import time
from pathlib import Path

import pytest
from django.core.signals import request_finished, request_started
from playwright.sync_api import expect

from core.tenancy import care_scope
from tests import cast

FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # The headless shell would round the widths of letters.
    "--font-render-hinting=none",
    # A page's scripts run for seconds: to optimise them costs more than it saves.
    "--js-flags=--no-maglev --no-opt",
]
AXE = Path(
    os.environ.get("CARETRACK_AXE")
    or Path(__file__).parents[2] / ".local" / "assets" / "axe.min.js"
)
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
# Details of what is right are not collected: they cost a tenth of the time.
RUN_AXE = """rules => axe.run(document, {
    runOnly: rules, preload: false, resultTypes: ["violations"]}).then(results =>
    results.violations.map(
        v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary).join(' | ')))"""
# What is expected is waited for: five seconds are too short where several processes share a core.
expect.set_options(timeout=15_000)
# Playwright's blocking interface runs an event loop in the test's thread; Django would refuse the
# database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


class Requests:
    """How many requests the server works on at this moment."""

    def __init__(self):
        self.active = 0
        self.last = 0.0
        self.lock = threading.Lock()

    def begin(self, **_):
        with self.lock:
            self.active += 1

    def end(self, **_):
        with self.lock:
            self.active -= 1
            self.last = time.monotonic()

    def wait_for_none(self, quiet=0.05, limit=30):
        """Return when nothing was worked on for `quiet` seconds."""
        until = time.monotonic() + limit
        while self.active > 0 or time.monotonic() - self.last < quiet:
            assert time.monotonic() < until, f"{self.active} requests are still worked on"
            time.sleep(0.01)


@pytest.fixture(autouse=True)
def requests_of_closed_pages():
    """A draft that is saved while its page closes is worked on after the test: the database is
    emptied when the server is done with it, not meanwhile.
    """
    requests = Requests()
    request_started.connect(requests.begin)
    request_finished.connect(requests.end)
    yield
    requests.wait_for_none()
    request_started.disconnect(requests.begin)
    request_finished.disconnect(requests.end)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The machine's own Chromium, without what it would do in the background."""
    path = os.environ.get("CARETRACK_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail("No Chromium: install the package chromium, or name one in CARETRACK_CHROMIUM.")
    return {**browser_type_launch_args, "executable_path": path, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "reduced_motion": "reduce", "locale": "en-GB"}


@pytest.fixture
def people(live_server):
    """Acme with Ana and Cole, and Kim of Care, committed so that the server sees them."""
    from contacts.models import Role

    with care_scope():
        acme = cast.organisation("acme", "Acme Retail", zone="Europe/Berlin")
        return {
            "ana": cast.contact(acme, "Ana Albers", "ana@acme.example"),
            "cole": cast.colleague(acme, "Cole Conrad", "cole@acme.example"),
            "kim": cast.care("Kim Kato", "kim@care.example", Role.ANALYST),
            "maya": cast.care("Maya Moss", "maya@care.example", Role.MANAGER),
        }


@pytest.fixture
def sign_in(live_server):
    """`sign_in(page, email)`: through the sign-in page, as people do."""

    def log_in(page, email, password=cast.PASSWORD):
        page.goto(f"{live_server.url}/accounts/login/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)

    return log_in


@pytest.fixture
def watched():
    """`watched(page)`: every error or warning of the page in the browser's console fails the test
    at its end.
    """
    text: list[str] = []
    pages = []

    def watch(page):
        pages.append(page)
        page.on(
            "console",
            lambda message: (
                text.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error: text.append(str(error)))
        return page

    yield watch
    for page in pages:
        if (
            not page.is_closed()
        ):  # nothing is asked of the server any more while its database is emptied
            page.wait_for_load_state("networkidle")
            page.goto("about:blank")
    assert text == []


PHONE = {"width": 390, "height": 844}
BOTH_SIZES = ({"width": 1440, "height": 900}, PHONE)


@pytest.fixture
def accessible():
    """`accessible(page)`: axe finds nothing, nothing runs over the side, in both themes.

    With `sizes`, in each of these sizes of the window.
    """

    def check(page, sizes=()):
        page.emulate_media(
            reduced_motion="reduce"
        )  # a colour on its way to another is neither of the two
        page.evaluate(AXE.read_text())
        for size in sizes:
            page.set_viewport_size(size)
            check_this_size(page)
        if not sizes:
            check_this_size(page)

    def check_this_size(page):
        before = page.locator("html").get_attribute("data-bs-theme")
        # The other theme has other colours and nothing else.
        for theme, rules in (("light", RULES), ("dark", OF_COLOURS)):
            page.evaluate(
                "theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme
            )
            where = f"{theme}, {page.viewport_size}: {page.url}"
            assert page.evaluate(RUN_AXE, rules) == [], where
        page.evaluate(
            "theme => document.documentElement.setAttribute('data-bs-theme', theme)", before
        )
        over = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, f"{page.url} is {over} px too wide at {page.viewport_size}"

    return check
