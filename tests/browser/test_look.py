"""The typeface in a browser: it arrives, its digits are equally wide, and nothing moves."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
WIDTHS = """features => [..."0123456789"].map(digit => {
    const probe = document.createElement("span");
    probe.textContent = digit.repeat(20);
    probe.className = "number";
    probe.style.cssText = `position:absolute;font-variant-numeric:${features}`;
    document.body.append(probe);
    const width = probe.getBoundingClientRect().width;
    probe.remove();
    return Math.round(width * 10) / 10;
})"""
LINE_HEIGHT_OF = """font => {
    const probe = document.createElement("p");
    probe.textContent = "Root cause analysis of a case with a long title";
    probe.style.cssText = "position:absolute;white-space:nowrap;line-height:normal";
    probe.style.fontFamily = font;
    document.body.append(probe);
    const box = probe.getBoundingClientRect();
    probe.remove();
    return [box.width, box.height];
}"""


@pytest.fixture
def page(page, live_server, watched):
    watched(page)
    page.goto(f"{live_server.url}/accounts/login/")
    page.evaluate("document.fonts.ready.then(() => true)")
    return page


def test_numbers_stand_below_one_another(page):
    """Digits of tables and clocks are equally wide; ordinary ones of Inter are not."""
    assert page.evaluate("document.fonts.check('16px Inter')")
    assert "Inter" in page.evaluate("getComputedStyle(document.body).fontFamily")
    assert len(set(page.evaluate(WIDTHS, "tabular-nums"))) == 1
    assert len(set(page.evaluate(WIDTHS, "proportional-nums"))) > 1


def test_a_letter_of_another_european_name_fetches_the_further_file(page):
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    load = "letter => document.fonts.load('16px Inter', letter).then(() => true)"
    for letter in "ä日":  # Japanese is the system's
        page.evaluate(load, letter)
    assert not [url for url in fetched if "extended" in url]
    page.evaluate(load, "ł")
    assert len([url for url in fetched if "inter-extended" in url]) == 1


def test_the_typeface_takes_the_room_of_its_fallback(page):
    width, height = page.evaluate(LINE_HEIGHT_OF, "Inter")
    other_width, other_height = page.evaluate(LINE_HEIGHT_OF, "'Inter fallback'")
    assert abs(other_width / width - 1) < 0.03
    assert abs(other_height - height) <= 1


def test_icons_come_from_the_same_origin(page, live_server):
    drawing = page.locator("svg.icon use").first
    expect(drawing).to_be_attached()
    address = drawing.get_attribute("href")
    sprite, _, name = address.partition("#")
    answer = page.request.get(f"{live_server.url}{sprite}")
    assert answer.ok
    assert f'<symbol id="{name}"' in answer.text()
    assert page.locator("svg.icon:not([aria-hidden=true])").count() == 0
