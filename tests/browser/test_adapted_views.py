"""Readers who adapt the page: wider spacing, colours of their system, a window of 320 by 256."""

import pytest
from playwright.sync_api import expect

from cases import actions
from core.tenancy import care_scope
from tests import cast

pytestmark = pytest.mark.browser

# What WCAG 1.4.12 asks a page to bear.
SPACED = """* {
  line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important;
} p { margin-bottom: 2em !important; }"""
# Texts that their box cuts off, or that lie over the text beside them.
CUT = """() => Array.from(document.querySelectorAll('main *, header *')).filter(one => {
    const unseen = '.visually-hidden, .ellipsis, svg, [hidden], details:not([open])';
    if (one.closest(unseen)) return false;
    if (!Array.from(one.childNodes).some(n => n.nodeType === 3 && n.data.trim())) return false;
    if (!one.offsetParent) return false;
    for (let box = one; box && box !== document.body; box = box.parentElement) {
        const style = getComputedStyle(box);
        if (style.overflowX === 'auto' || style.overflowX === 'scroll') return false;
        if (style.overflowX === 'visible') continue;
        const inner = one.getBoundingClientRect(), outer = box.getBoundingClientRect();
        const wide = box === one ? one.scrollWidth > one.clientWidth + 1
            : inner.right > outer.right + 1;
        const tall = box === one ? one.scrollHeight > one.clientHeight + 2
            : inner.bottom > outer.bottom + 2;
        if (wide || tall) return true;
    }
    return false;
}).map(one => one.className + ': ' + one.textContent.trim().slice(0, 60))"""
OVER = """() => {
    const found = [];
    for (const cell of document.querySelectorAll('td, th, .clock, .clock__head, .clock__time')) {
        if (!cell.offsetParent || cell.querySelector('.ellipsis')) continue;
        const next = cell.nextElementSibling;
        if (!next || !next.offsetParent) continue;
        const range = document.createRange();
        range.selectNodeContents(cell);
        const a = range.getBoundingClientRect(), b = next.getBoundingClientRect();
        if (a.right > b.left + 2 && a.left < b.left && a.bottom > b.top + 2 && a.top < b.bottom - 2)
            found.push(cell.className + ': ' + cell.textContent.trim().slice(0, 60));
    }
    return found;
}"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FILL = "one => getComputedStyle(one).backgroundColor"
CANVAS = """() => {
    const sample = document.body.appendChild(document.createElement('i'));
    sample.style.backgroundColor = 'Canvas';
    const colour = getComputedStyle(sample).backgroundColor;
    sample.remove();
    return colour;
}"""


@pytest.fixture
def cases(live_server, people):
    """A late Critical case, one that waits for Ana, and an unread one."""
    with care_scope():
        critical = cast.file(people["ana"], severity=1, title="No calls at all")
        cast.waiting(people["ana"], people["kim"])
        actions.answer(critical, by=people["kim"], text="We are on it.")
        cast.file(people["ana"], severity=2, title="Reports time out")
    return critical


def opened(browser, live_server, sign_in, email, **options):
    context = browser.new_context(bypass_csp=True, **options)
    page = context.new_page()
    page.set_default_timeout(20_000)
    sign_in(page, email)

    def go(path):
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")
        return page

    return go


def test_no_text_is_cut_or_covered_where_a_reader_spaces_it(browser, live_server, cases, sign_in):
    faults = []
    for email, paths in (
        ("ana@acme.example", ["/portal/", "/portal/cases/", f"/portal/cases/{cases.code}/"]),
        ("maya@care.example", ["/console/", f"/console/cases/{cases.code}/", "/insight/"]),
    ):
        go = opened(browser, live_server, sign_in, email, viewport={"width": 1440, "height": 900})
        for path in paths:
            page = go(path)
            before = [*page.evaluate(CUT), *page.evaluate(OVER)]
            page.add_style_tag(content=SPACED)
            after = [*page.evaluate(CUT), *page.evaluate(OVER)]
            faults += [(path, one) for one in after if one not in before]
            assert page.evaluate(TOO_WIDE) <= 0, path
    assert faults == []


def test_what_a_colour_shows_is_seen_in_the_colours_of_the_system(
    browser, live_server, cases, sign_in
):
    go = opened(browser, live_server, sign_in, "maya@care.example", forced_colors="active")
    page = go("/console/")
    assert page.locator(".pill__dot").first.evaluate(FILL) != page.evaluate(CANVAS)
    page = go(f"/console/cases/{cases.code}/")
    assert page.locator(".clock__used").first.evaluate(FILL) != page.evaluate(CANVAS)
    tab = page.locator(".composer__pick:checked + .composer__tab")
    assert tab.evaluate("one => getComputedStyle(one).borderBottomWidth") == "4px"
    page = go("/insight/")
    empty = page.locator(".falls__bars:not(:has(rect))").first
    full = page.locator(".falls__bar").first
    assert empty.evaluate(FILL) == page.evaluate(CANVAS)
    assert full.evaluate("one => getComputedStyle(one).fill") != page.evaluate(CANVAS)


def test_at_320_pixels_the_bar_leaves_room_for_the_page(browser, live_server, cases, sign_in):
    for email, path, link in (
        ("ana@acme.example", "/portal/", "Organisation"),
        ("maya@care.example", "/console/", "Insight"),
    ):
        go = opened(browser, live_server, sign_in, email, viewport={"width": 320, "height": 256})
        page = go(path)
        assert page.evaluate("document.querySelector('.top').offsetHeight") <= 256 * 0.25
        menu = page.get_by_role("button", name="Menu")
        expect(page.get_by_role("link", name=link, exact=True)).to_be_hidden()
        menu.focus()
        page.keyboard.press("Enter")
        assert menu.get_attribute("aria-expanded") == "true"
        assert page.evaluate(TOO_WIDE) <= 0
        page.get_by_role("link", name=link, exact=True).click()
        page.wait_for_url(lambda url, path=path: not url.endswith(path))
    page = browser.new_context(viewport={"width": 320, "height": 256}, java_script_enabled=False)
    page = page.new_page()
    sign_in(page, "ana@acme.example")
    page.goto(f"{live_server.url}/portal/")
    expect(page.get_by_role("link", name="Organisation", exact=True)).to_be_visible()
