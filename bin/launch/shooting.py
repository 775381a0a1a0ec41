"""Takes the pictures of docs/tour.md.

Runs inside the environment, which has Playwright; `bin/shots` starts it.
"""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

BASE = os.environ.get("CARETRACK_BASE_URL", "http://127.0.0.1:8140")
PASSWORD = "caretrack-demo"  # noqa: S105 (the demo's, printed on its log-in page)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
]
SIZES = {1440: 900, 390: 844}
THEMES = ("light", "dark")

ANA, BEN, KIM, MAYA = (
    "ana@nordlicht.example",
    "ben@aoki.example",
    "kim@care.example",
    "maya@care.example",
)
IVO, PAT, YUI = "ivo@nordlicht.example", "pat@prairie.example", "yui@aoki.example"


def visit(path: str) -> Callable[[Page], None]:
    return lambda page: go(page, path)


def go(page: Page, path: str) -> None:
    answer = page.goto(BASE + path)
    if answer is None or answer.status != 200:
        sys.exit(f"{path} answered {answer.status if answer else 'nothing'}.")


def case_titled(title: str, audience: str = "portal") -> Callable[[Page], None]:
    """A case of the demo by its title."""

    def open_it(page: Page) -> None:
        go(page, "/portal/cases/?state=all" if audience == "portal" else "/console/")
        row = page.locator("li, tr", has_text=title).first
        link = row.locator(f'a[href^="/{audience}/cases/CT-"]').first
        go(page, str(link.get_attribute("href")))

    return open_it


def filing(page: Page) -> None:
    go(page, "/portal/cases/new/")
    page.get_by_label("In one line, what is wrong?").fill("Agents hear nothing in the Berlin queue")
    page.get_by_label("What happens, and since when?").fill(
        "Since nine o'clock callers wait in silence."
    )
    page.locator("input[name=function_down][value=no]").check()
    page.locator("input[name=workaround][value=no]").check()
    page.locator("input[name=degraded][value=severely]").check()
    page.get_by_role("button", name="Open as High").wait_for()
    page.evaluate("window.scrollTo(0, 0)")


def why(page: Page) -> None:
    case_titled("Calls drop")(page)
    page.locator("a.turn__why").click()
    page.get_by_role("heading", name="Why this time?").wait_for()


def analysis(page: Page) -> None:
    go(page, "/console/rca/")
    go(page, str(page.locator('a[href^="/console/rca/CT-"]').first.get_attribute("href")))


def mails(page: Page) -> None:
    """The outbox. The worker may still be sending, so it waits."""
    for _ in range(20):
        go(page, "/outbox/")
        if page.locator("table tbody tr").count() >= 5:
            return
        page.wait_for_timeout(500)


@dataclass(frozen=True)
class Shot:
    name: str
    who: str | None
    open: Callable[[Page], None]


def critical(page: Page) -> None:
    """The card of a Critical case: who is on duty, the number to call now."""
    filing(page)
    page.locator("input[name=function_down][value=yes]").check()
    page.get_by_role("button", name="Open as Critical").wait_for()
    page.evaluate("window.scrollTo(0, 0)")


def certificate(page: Page) -> None:
    go(page, "/portal/training/")
    go(page, str(page.locator('a[href^="/certificates/"]').first.get_attribute("href")))


def application(page: Page) -> None:
    go(page, "/console/applications/")
    go(
        page,
        str(
            page.locator('a[href^="/console/applications/"]', has_text="Ivo").get_attribute("href")
        ),
    )


def printed(page: Page) -> None:
    case_titled("Reports time out")(page)
    go(page, page.url.removeprefix(BASE) + "print/")


def many(page: Page) -> None:
    """A bulk request for information, previewed."""
    go(page, "/console/")
    for box in page.locator("input[name=case]").all()[:4]:
        box.check()
    page.get_by_label("Bulk actions").select_option("information")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("What do you need from the contacts?").fill(
        "Which software version do the phones run?"
    )
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="Preview").wait_for()


def policy_preview(page: Page) -> None:
    """A stricter draft of the default policy, previewed on every open case."""
    go(page, "/console/policies/")
    link = page.get_by_role("link", name="Customer Care").get_attribute("href")
    go(page, f"{link}draft/")
    page.get_by_label("First response, Medium: how much").fill("1")
    page.get_by_label("First response, High: how much").fill("30")
    page.get_by_label("First response, High: how it counts").select_option("minutes")
    page.get_by_label("Restoration, Medium: how much").fill("3")
    page.get_by_role("button", name="Save and preview").click()
    page.get_by_role("heading", name="Cases that change").wait_for()


def policy_draft(page: Page) -> None:
    go(page, "/console/policies/")
    link = page.get_by_role("link", name="Customer Care").get_attribute("href")
    go(page, f"{link}draft/")


def first_of(path: str, prefix: str) -> Callable[[Page], None]:
    """The first link of a list."""

    def open_it(page: Page) -> None:
        go(page, path)
        links = page.locator(f'main a[href^="{prefix}"]').all()
        addresses = [str(link.get_attribute("href")) for link in links]
        go(page, next(address for address in addresses if re.fullmatch(rf"{prefix}\d+/", address)))

    return open_it


def erasure(page: Page) -> None:
    """The preview of an erasure."""
    go(page, "/console/organisations/nordlicht/people/")
    go(page, str(page.get_by_role("link", name="Ana Albers").get_attribute("href")) + "erasure/")


SHOTS = (
    Shot("log-in", None, visit("/accounts/login/")),
    Shot("join", None, visit("/join/")),
    Shot("help", None, visit("/help/")),
    Shot("help-article", None, visit("/help/calls-drop/")),
    Shot("joining", IVO, visit("/portal/joining/")),
    Shot("certificate", IVO, certificate),
    Shot("training", PAT, visit("/portal/training/")),
    Shot("training-lesson", PAT, visit("/portal/training/lessons/5/")),
    Shot("portal-home", ANA, visit("/portal/")),
    Shot("portal-cases", ANA, visit("/portal/cases/?state=all")),
    Shot("japanese-home", YUI, visit("/portal/")),
    Shot("japanese-filing", YUI, visit("/portal/cases/new/")),
    Shot("portal-search", ANA, visit("/portal/cases/?state=all&q=console")),
    Shot("portal-entitlements", ANA, visit("/portal/entitlements/")),
    Shot("portal-people", ANA, visit("/portal/organisation/people/")),
    Shot("portal-roster", ANA, visit("/portal/roster/")),
    Shot("portal-notices", ANA, visit("/portal/notices/")),
    Shot("portal-preferences", ANA, visit("/portal/preferences/")),
    Shot("portal-print", ANA, printed),
    Shot("portal-filing-critical", ANA, critical),
    Shot("portal-filing", ANA, filing),
    Shot("portal-case", ANA, case_titled("Calls drop")),
    Shot("portal-why", ANA, why),
    Shot("portal-organisation", ANA, visit("/portal/organisation/")),
    Shot("portal-critical", BEN, case_titled("大阪で着信できない")),
    Shot("outbox", KIM, mails),
    Shot("console-queue", KIM, visit("/console/")),
    Shot("console-case", KIM, case_titled("Calls drop", "console")),
    Shot("console-analysis", KIM, analysis),
    Shot("console-bulk", KIM, many),
    Shot("console-teams", MAYA, visit("/console/teams/")),
    Shot("console-team", MAYA, first_of("/console/teams/", "/console/teams/")),
    Shot("console-on-call", MAYA, visit("/console/on-call/")),
    Shot("console-rota", MAYA, first_of("/console/on-call/", "/console/on-call/")),
    Shot("console-changes", MAYA, visit("/console/changes/")),
    Shot("console-macros", KIM, visit("/console/macros/")),
    Shot("console-applications", MAYA, visit("/console/applications/")),
    Shot("console-application", MAYA, application),
    Shot("console-people", MAYA, visit("/console/organisations/nordlicht/people/")),
    Shot("console-erasure", MAYA, erasure),
    Shot("console-articles", MAYA, visit("/console/articles/")),
    Shot("insight", MAYA, visit("/insight/")),
    Shot("insight-open", MAYA, visit("/insight/open/")),
    Shot("insight-attainment", MAYA, visit("/insight/attainment/?period=this-month")),
    Shot("insight-flow", MAYA, visit("/insight/flow/?period=this-month")),
    Shot("insight-report", MAYA, visit("/insight/reports/nordlicht/?period=this-month")),
    Shot("console-policy-preview", MAYA, policy_preview),
    Shot("console-policy-draft", MAYA, policy_draft),
    Shot("gallery", KIM, visit("/gallery/")),
)


def main(to: Path, names: list[str]) -> None:
    to.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in SHOTS if not names or shot.name in names]
    if unknown := set(names) - {shot.name for shot in SHOTS}:
        sys.exit(
            f"There is no page {', '.join(sorted(unknown))}; there are: "
            f"{', '.join(shot.name for shot in SHOTS)}."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CARETRACK_CHROMIUM"], args=FLAGS
        )
        for theme in THEMES:
            for width, height in SIZES.items():
                take(browser, wanted, to, theme, width, height)
        browser.close()
    print(f"{len(wanted) * len(THEMES) * len(SIZES)} pictures are in {to}")


def take(
    browser: Browser, shots: list[Shot], to: Path, theme: str, width: int, height: int
) -> None:
    pages: dict[str | None, Page] = {}
    for shot in shots:
        if shot.who not in pages:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if theme == "dark" else "light",
                reduced_motion="reduce",
                locale="en-GB",
            )
            pages[shot.who] = context.new_page()
            if shot.who:
                log_in(pages[shot.who], shot.who)
        page = pages[shot.who]
        shot.open(page)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=to / f"{shot.name}-{theme}-{width}.png")
    for page in pages.values():
        page.context.close()


def log_in(page: Page, email: str) -> None:
    page.goto(f"{BASE}/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
