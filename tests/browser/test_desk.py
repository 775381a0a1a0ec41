"""The case page of Care in a browser: by keyboard, two concurrently, and what is shown before it is
done.
"""

import pytest
from playwright.sync_api import expect

from cases import actions, bulk_jobs, macros
from cases.models import Case, CaseLink, Notification
from contacts.models import Role
from core.tenancy import care_scope
from sla import clocks
from tests import cast

pytestmark = pytest.mark.browser


@pytest.fixture
def lee(people):
    with care_scope():
        return cast.care("Lee Lind", "lee@care.example", Role.ANALYST)


@pytest.fixture
def at_desk(browser, live_server, people, sign_in, watched):
    """`at_desk(email, path)`: a person of Care in a browser of their own, on that page.

    `is_refused`: the browser itself writes into the console that a form was answered with 422.
    """
    contexts = []

    def sit(email, path, is_refused=False, **options):
        contexts.append(
            browser.new_context(**{"viewport": {"width": 1440, "height": 1000}, **options})
        )
        page = contexts[-1].new_page()
        if not is_refused:
            watched(page)
        page.set_default_timeout(20_000)
        sign_in(page, email)
        page.goto(live_server.url + path)
        return page

    yield sit
    for context in contexts:
        for page in context.pages:
            page.goto(
                "about:blank"
            )  # nothing is asked of the server while the next test is prepared
        context.close()


@pytest.fixture
def case(people):
    with care_scope():
        case = cast.file(people["ana"], severity=3)
        return actions.answer_as_contact(
            case, by=people["ana"], text="And the reports are empty."
        ).case


def address(case) -> str:
    return f"/console/cases/{case.code}/"


def test_a_case_is_worked_by_keyboard_alone(at_desk, case, people, lee, accessible):
    with care_scope():
        macros.save(
            by=people["kim"],
            name="Hello",
            text="Hello {{contact.first_name}}, about {{case.code}}:",
            audience="own",
        )
    page = at_desk("kim@care.example", address(case))
    accessible(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Reply to the contact")
    accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    expect(page.get_by_role("combobox", name="Filter macros")).to_be_focused()
    page.keyboard.type("hel")
    accessible(page)
    page.keyboard.press("Enter")
    expect(page.locator("#answer_text")).to_have_value(f"Hello Ana, about {case.code}:")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("#note_text")).to_be_focused()
    page.keyboard.type("Please look, @le")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("option")).to_have_text("Lee Lind")
    accessible(page)
    page.keyboard.press("Enter")
    expect(page.locator("#note_text")).to_have_value("Please look, @Lee Lind ")
    page.keyboard.type("and @le")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Control+Enter")  # sends, also while names are offered
    expect(page.locator(".notice--success")).to_be_visible()
    with care_scope():
        assert Notification.objects.filter(recipient=lee, kind="mention").exists()
    expect(page.locator("#answer_text")).to_have_value(
        f"Hello Ana, about {case.code}:"
    )  # the draft was saved


def test_what_a_severity_moves_is_shown_before_it_is_set(at_desk, case, accessible):
    page = at_desk("kim@care.example", address(case))
    page.keyboard.press("s")
    expect(page.locator("#severity_severity")).to_be_focused()
    expect(page.locator(".htmx-settling, .htmx-added, .htmx-request")).to_have_count(
        0
    )  # what was put in is awake
    page.locator("#severity_severity").select_option("2")
    expect(page.locator("#severity-preview")).to_contain_text("due moves from")
    page.locator("#severity_text").fill("More phones are affected.")
    accessible(page)
    page.get_by_role("button", name="Set severity").click()
    expect(page.locator(".notice--success")).to_be_visible()
    with care_scope():
        assert Case.objects.get(pk=case.pk).severity == 2


def test_without_scripts_the_preview_comes_first_and_nothing_is_done_before(at_desk, case):
    page = at_desk("kim@care.example", address(case), java_script_enabled=False)
    page.get_by_role("link", name="Set the severity").click()
    page.locator("#severity_severity").select_option("2")
    page.locator("#severity_text").fill("More phones are affected.")
    page.get_by_role("button", name="Set severity").click()
    expect(page.locator("#severity-preview")).to_contain_text("due moves from")
    with care_scope():
        assert Case.objects.get(pk=case.pk).severity == 3
    page.get_by_role("button", name="Set severity").click()
    with care_scope():
        assert Case.objects.get(pk=case.pk).severity == 2


def test_two_analysts_on_one_case_see_each_other_and_neither_writes_over_the_other(
    at_desk, case, lee, accessible
):
    kim, leo = (
        at_desk("kim@care.example", address(case), is_refused=True),
        at_desk("lee@care.example", address(case)),
    )
    kim.keyboard.press("a")
    kim.keyboard.type("We look into it.")
    expect(leo.locator("#presence")).to_contain_text(
        "Kim Kato is writing an answer", timeout=25_000
    )
    accessible(leo)
    leo.keyboard.press("a")
    leo.keyboard.type("It is the codec.")
    leo.get_by_role("button", name="Send to the contact").click()
    expect(leo.locator(".notice--success")).to_be_visible()
    kim.get_by_role("button", name="Send to the contact").click()
    expect(kim.get_by_role("alert")).to_contain_text("Lee Lind wrote while you were writing")
    expect(kim.locator("#answer_text")).to_have_value("We look into it.")
    expect(kim.locator(".timeline")).to_contain_text("It is the codec.")
    accessible(kim)
    kim.get_by_role("button", name="Send to the contact").click()
    expect(kim.locator(".notice--success")).to_be_visible()
    with care_scope():
        assert cast.verbs(case)[-2:] == ["answered", "answered"]


def test_words_are_split_and_a_duplicate_is_merged_with_the_promises_kept(
    at_desk, case, people, accessible
):
    page = at_desk("kim@care.example", address(case))
    page.locator("#entry-2").get_by_role("link", name="Split").click()
    accessible(page)
    page.get_by_label("What the new case is about").fill("Reports are empty")
    page.get_by_role("button", name="Open the new case").click()
    expect(page.locator(".notice--success")).to_contain_text("split from")
    with care_scope():
        new = CaseLink.objects.get(kind="split_from").case
        sent_at = case.events.get(seq=2).at
        assert new.clocks.get(kind="restore").started_at == sent_at
        before = list(case.clocks.order_by("id").values("kind", "due_at", "started_at", "outcome"))
    page.get_by_role("link", name="Merge into another case").click()
    page.get_by_label("The case that continues").fill(case.code)
    page.get_by_label("Why it is the same issue").fill("It was one issue after all.")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.locator("#merge-preview")).to_contain_text("Its clocks stay as they are")
    accessible(page)
    page.get_by_role("button", name="Merge").click()
    expect(page.locator(".notice--success")).to_be_visible()
    with care_scope():
        new.refresh_from_db()
        assert new.closing_reason == "duplicate"
        assert list(case.clocks.order_by("id").values(*before[0])) == before
        assert list(clocks.verify()) == []


@pytest.mark.parametrize("width", [390, 1440])
def test_the_desk_reads_at_every_width(at_desk, case, people, accessible, width):
    with care_scope():
        macros.save(by=people["kim"], name="Hello", text="Hello {{contact.name}}", audience="all")
    page = at_desk("kim@care.example", address(case), viewport={"width": width, "height": 900})
    page.get_by_role("link", name="Links, parent and children").click()
    expect(page.locator("#do-link form").first).to_be_visible()
    page.locator("#answer_text").fill("Hello")
    expect(page.locator("#say-answer .tools__saved")).to_contain_text("Draft saved")
    page.locator("label[for=pick-call]").click()
    expect(page.get_by_label("Whom")).to_have_value("Ana Albers")
    accessible(page)
    for path in (
        "/console/macros/",
        "/console/macros/new/",
        f"{address(case)}customer/",
        f"{address(case)}macros/",
    ):
        page.goto(page.url.split("/console/")[0] + path)
        accessible(page)
    for path in ("/console/", "/console/cases/"):
        page.goto(page.url.split("/console/")[0] + path)
        for size in {width, min(width, 1280)}:
            page.set_viewport_size({"width": size, "height": 900})
            first, second = page.evaluate(BOXES)
            assert first == second, f"the box of the heading stands over those of the rows, {size}"


BOXES = """() => [...document.querySelectorAll(".board__pick input")].slice(0, 2)
    .map((box) => { const { x, width } = box.getBoundingClientRect(); return [x, width]; })"""


def test_what_happens_elsewhere_appears_in_place_and_what_is_written_stays(
    at_desk, case, people, live_server
):
    page = at_desk("kim@care.example", address(case))
    page.keyboard.press("a")
    page.keyboard.type("I am still writing")
    with care_scope():
        actions.answer_as_contact(case, by=people["ana"], text="The second floor is down too.")
    expect(page.locator("[data-live=timeline]")).to_contain_text(
        "The second floor is down too.", timeout=15_000
    )
    expect(page.locator("#announcer")).to_contain_text("Ana Albers")
    expect(page.locator("#answer_text")).to_have_value("I am still writing")
    portal = at_desk("ana@acme.example", f"/portal/cases/{case.code}/")
    with care_scope():
        actions.answer(Case.objects.get(pk=case.pk), by=people["kim"], text="We see it.")
    expect(portal.locator("[data-live=timeline]")).to_contain_text("We see it.", timeout=15_000)
    expect(portal.locator("[data-bell-count]")).not_to_have_text("", timeout=15_000)


def test_a_message_is_undone_within_its_seconds_and_otherwise_sent(at_desk, case, people, settings):
    settings.UNDO_SECONDS = 4
    page = at_desk("kim@care.example", address(case))
    page.keyboard.press("a")
    page.keyboard.type("Too early")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".waiting")).to_contain_text("Too early")
    page.keyboard.press("z")
    expect(page.locator("#answer_text")).to_have_value("Too early")
    with care_scope():
        assert not case.updates.filter(text="Too early").exists()
    page.keyboard.press("a")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-live=timeline]")).to_contain_text("Too early", timeout=15_000)
    with care_scope():
        assert case.updates.filter(text="Too early").count() == 1
    expect(page.locator(".waiting")).to_have_count(0, timeout=15_000)


def test_the_palette_runs_actions_inserts_macros_and_finds_customers_and_pages(
    at_desk, case, people, accessible
):
    with care_scope():
        cast.organisation("nadeshiko", "なでしこ通信株式会社", zone="Asia/Tokyo")
        macros.save(by=people["kim"], name="Greeting", text="Hello there", audience="own")
    page = at_desk("kim@care.example", address(case))
    options = page.locator("#palette-list li")

    def choose(text, label):
        page.keyboard.press("Control+k")
        page.keyboard.type(text)
        expect(options.filter(has_text=label).first).to_be_visible()
        while page.locator("#palette-list [aria-selected=true]").filter(has_text=label).count() < 1:
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")

    choose("greet", "Greeting")
    expect(page.locator("#answer_text")).to_have_value("Hello there")
    choose("set the sev", "Set the severity")
    expect(page.locator("#severity_severity")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("なでしこ")
    expect(options.filter(has_text="なでしこ通信株式会社")).to_be_visible()
    accessible(page)
    options.filter(has_text="なでしこ通信株式会社").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("なでしこ通信株式会社")
    choose("attain", "Insight: SLA attainment")
    page.wait_for_url("**/insight/attainment/")


def test_the_search_finds_a_customer_and_a_person_by_a_japanese_name(at_desk, people):
    with care_scope():
        osaka = cast.organisation("nadeshiko", "なでしこ通信株式会社", zone="Asia/Tokyo")
        cast.contact(osaka, "森 由依", "yui@nadeshiko.example")
    page = at_desk("kim@care.example", "/console/")
    page.keyboard.press("/")
    ime = page.context.new_cdp_session(page)
    ime.send(
        "Input.imeSetComposition", {"text": "なでしこ", "selectionStart": 4, "selectionEnd": 4}
    )
    ime.send("Input.insertText", {"text": "なでしこ"})
    hit = page.locator("#finder .finder__hit").filter(has_text="なでしこ通信株式会社")
    expect(hit.first).to_be_visible()
    page.locator("#top-q").fill("由依")
    person = page.locator("#finder .finder__hit").filter(has_text="森 由依")
    expect(person).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("森 由依")


PASTE = """([selector, kind, width]) => new Promise((done) => {
    const canvas = Object.assign(document.createElement("canvas"), {width, height: 20});
    canvas.getContext("2d").fillRect(0, 0, width, 20);
    canvas.toBlob((blob) => {
        const given = new DataTransfer();
        given.items.add(new File([blob], "image.png", {type: "image/png"}));
        const init = {bubbles: true, cancelable: true};
        document.querySelector(selector).dispatchEvent(kind === "paste"
            ? new ClipboardEvent(kind, {...init, clipboardData: given})
            : new DragEvent(kind, {...init, dataTransfer: given}));
        done();
    });
})"""


def test_a_text_is_formatted_by_keys_and_toolbar_and_pictures_are_shown_small(
    at_desk, case, accessible
):
    page = at_desk("kim@care.example", address(case))
    box = page.locator("#answer_text")
    choose = "(box, [from, to]) => { box.focus(); box.setSelectionRange(from, to); }"
    page.keyboard.press("a")
    page.keyboard.type("one two")
    box.evaluate(choose, [4, 7])
    page.keyboard.press("Control+b")
    expect(box).to_have_value("one **two**")
    page.keyboard.press("Control+b")
    expect(box).to_have_value("one two")
    page.keyboard.press("Control+i")
    expect(box).to_have_value("one _two_")
    page.keyboard.press("Control+z")
    expect(box).to_have_value("one two")  # by the browser's own undo
    bar = page.locator("#say-answer").get_by_role("toolbar", name="Formatting")
    bar.get_by_role("button", name="Bold").focus()
    page.keyboard.press("ArrowLeft")
    expect(bar.get_by_role("button", name="Link")).to_be_focused()
    box.evaluate(choose, [4, 7])
    bar.get_by_role("button", name="Link").click()
    expect(box).to_have_value("one [two](https://)")
    page.keyboard.type("https://help.example")  # the address is selected
    expect(box).to_have_value("one [two](https://help.example)")
    box.fill("first\nsecond")
    for name, text in (
        ("Numbered list", "1. first\n2. second"),
        ("List", "- first\n- second"),
        ("List", "first\nsecond"),
        ("Quotation", "> first\n> second"),
        ("Code", "```\n> first\n> second\n```"),
    ):
        box.evaluate("box => { box.focus(); box.select(); }")
        bar.get_by_role("button", name=name, exact=True).click()
        expect(box).to_have_value(text)
    accessible(page)
    box.fill("")
    ime = page.context.new_cdp_session(page)
    ime.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    bar.get_by_role("button", name="Bold").click()
    expect(box).to_have_value("にほん")  # a word that is composed is left alone
    ime.send("Input.insertText", {"text": "日本"})
    expect(box).to_have_value("日本")
    page.evaluate(PASTE, ["#answer_text", "paste", 300])
    page.evaluate(PASTE, ["#answer_text", "drop", 40])
    rows = page.locator("#say-answer [data-staged]")
    expect(rows).to_have_count(2)
    expect(rows.locator("img")).to_have_count(2)
    expect(page.get_by_role("button", name="Remove pasted-2.png")).to_be_visible()
    accessible(page)
    portal = at_desk("ana@acme.example", f"/portal/cases/{case.code}/")
    text = portal.locator("#act-answer textarea, #say-answer textarea").first
    text.fill("quoted")
    text.evaluate("box => { box.focus(); box.select(); }")
    portal.locator("#say-answer").get_by_role("button", name="Quotation").click()
    expect(text).to_have_value("> quoted")
    accessible(portal)
    macro = at_desk("kim@care.example", "/console/macros/new/")
    text = macro.get_by_label("Text", exact=True)
    text.fill("Thank you")
    text.evaluate("box => { box.focus(); box.select(); }")
    macro.get_by_role("toolbar", name="Formatting").get_by_role("button", name="Bold").click()
    expect(text).to_have_value("**Thank you**")
    accessible(macro)


def test_a_whole_list_is_a_job_whose_page_shows_its_progress(at_desk, case, people, accessible):
    with care_scope():
        for _ in range(50):
            cast.file(people["ana"])
    page = at_desk("kim@care.example", "/console/")
    page.keyboard.press("*")
    page.get_by_label("Bulk actions").select_option("tags")
    page.get_by_role("button", name="All 51 of this list").click()
    page.get_by_label("Add").fill("osaka")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("progressbar", name="Cases")).to_be_visible()
    key = int(page.url.rstrip("/").rpartition("/")[2])
    bulk_jobs.work(key)
    accessible(page)
    page.get_by_role("button", name="Tag: 51 of 51").click()  # the page showed it without a click
    expect(page.get_by_text("You get an email when it ends.")).to_be_visible()
    bulk_jobs.work(key)
    expect(page.get_by_role("status").first).to_contain_text("51 of 51 cases done, 0 refused")
    accessible(page)
    with care_scope():
        assert Case.objects.filter(tags=["osaka"]).count() == 51
