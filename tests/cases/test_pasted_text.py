"""§5: what people paste is shown as it was typed, in its own direction, and under its own name."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from cases import actions, mentions
from cases.files.attachments import check, clean_name
from cases.models import Attachment, Case, Notification
from contacts import actions as people
from contacts import namesakes
from contacts.models import Role, Team, User
from core import markdown
from core.errors import Refused
from core.plain_text import is_visible, one_line
from tests import cast
from tests.pages import holds

PASTED = "\n".join(
    [
        "__init__.py",
        "C:\\Users\\_svc\\*.log",
        "# comment of a config",
        "    indented = yes",
        "key: a",
        "-----",
        "&lt;tag&gt;",
    ]
)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def typed(text: str) -> str:
    """What a reader sees of a rendered text."""
    html = markdown.render(text)
    for tag in ("<p>", "</p>", "<code>", "</code>", '<pre tabindex="0">', "</pre>"):
        html = html.replace(tag, "")
    html = html.replace("<br>", "\n").replace("&lt;", "<").replace("&gt;", ">")
    return html.replace("&amp;", "&").strip("\n")


def test_pasted_lines_without_a_fence_look_as_typed():
    assert typed(PASTED) == PASTED


@pytest.mark.parametrize("line", PASTED.splitlines())
def test_each_of_the_lines_alone_looks_as_typed(line):
    assert typed(line) == line


@pytest.mark.parametrize(
    "text",
    [
        "server:\n  port: 5060\n  hosts:\n    - a_b_c",
        "2026-12-01 09:00:00 ERROR *x* _y_ <z>\n2026-12-01 09:00:01 ok",
        'Traceback (most recent call last):\n  File "__main__.py", line 1',
        "name        state   ports\nsbc_1       up      *",
        "+added *line*\n-removed _line_",
        "SIP/2.0 408 Request Timeout\nVia: <sip:a@b>;*",
        "2*3*4 is 24",
        "the value of __name__ in /var/log/*.log and a\\_b",
        "# not a heading\n## nor this",
        "Total\n=====",
        "a &amp; b &#35;",
        "\tindented by a tab",
        "<config>\n  <a b='c'/>\n</config>",
    ],
)
def test_logs_and_configuration_look_as_typed(text):
    assert typed(text) == text
    assert "<h" not in markdown.render(text)


def test_what_people_mean_as_markdown_still_works():
    assert markdown.render("**bold** and *it* and `a_b`") == (
        "<p><strong>bold</strong> and <em>it</em> and <code>a_b</code></p>\n"
    )
    assert "<li>one</li>" in markdown.render("- one\n- two")
    assert "<td>1</td>" in markdown.render("|a|b|\n|-|-|\n|1|2|")
    assert "<blockquote>" in markdown.render("> quoted\n> twice")
    assert markdown.render("```\n# x\n```\nafter") == (
        '<pre tabindex="0"><code># x\n</code></pre>\n<p>after</p>\n'
    )
    assert "<pre" not in markdown.render("- one\n    more of it\n\n    and more")


def test_documents_and_reports_have_all_of_markdown():
    assert markdown.render("# Title", is_document=True) == "<h1>Title</h1>\n"
    assert markdown.render("# Title", is_report=True) == "<h1>Title</h1>\n"
    assert markdown.render("a \\* b", is_document=True) == "<p>a * b</p>\n"


def test_addresses_of_the_web_are_links_and_others_are_text():
    html = markdown.render("See https://example.com/trace_(x)?a=*b*. And <sip:a@b.example>, tel:+1")
    link = "https://example.com/trace_(x)?a=*b"
    assert f'<a href="{link}" rel="noopener noreferrer nofollow">{link}</a>' in html
    assert "&lt;sip:a@b.example&gt;, tel:+1" in html
    assert html.count("<a ") == 1
    assert "<a" not in markdown.render("[x](sip:a@b) javascript:alert(1) [y](javascript:alert(1))")
    assert "<a" not in markdown.render("`https://example.com/in/code`")


def test_code_and_tables_can_be_reached_by_the_keyboard():
    for is_document in (True, False):
        assert '<pre tabindex="0">' in markdown.render("```\nx\n```", is_document)
        assert '<table tabindex="0">' in markdown.render("|a|b|\n|-|-|\n|1|2|", is_document)


def test_a_very_long_address_costs_little():
    html = markdown.render("http://" * 9_000)
    assert len(html) < 10 * 64_000


def test_every_entry_shows_its_text_as_typed_on_both_sides(client, ana, kim):
    case = cast.file(ana)
    actions.answer_as_contact(case, by=ana, text="**not** &lt;bold&gt;")
    for person, side in ((ana, "portal"), (kim, "console")):
        client.force_login(person)
        shown = client.get(f"/{side}/cases/{case.code}/").content.decode()
        assert holds(shown, "<summary>Show as typed</summary>")
        assert "**not** &amp;lt;bold&amp;gt;</pre>" in shown


# --- direction, and what cannot be seen


def test_texts_and_boxes_have_their_own_direction(client, ana, kim):
    case = cast.file(ana, title="مشكلة في الهاتف (بعد 30 ثانية).")
    actions.answer_as_contact(case, by=ana, text="مرحبا!")
    client.force_login(ana)
    shown = client.get(f"/portal/cases/{case.code}/").content.decode()
    assert holds(shown, f'<h1 class="title" dir="auto">{case.title}</h1>')
    assert 'class="prose prose--talk" dir="auto"' in shown
    box = shown.partition('<textarea name="text"')[2].partition(">")[0]
    assert 'dir="auto"' in box
    client.force_login(kim)
    shown = client.get(f"/console/cases/{case.code}/").content.decode()
    assert f"<bdi>{case.title}</bdi>" in shown


@pytest.mark.parametrize("title", ["\u200b\u200b\u200b", "\u202e", "\u3164", " \u2060 ", "\ufeff"])
def test_a_title_that_shows_nothing_is_refused(ana, title):
    with pytest.raises(Refused, match="Please write a title"):
        cast.file(ana, title=title)
    assert not Case.objects.exists()


def test_a_title_is_one_line_without_deceiving_characters(ana):
    case = cast.file(ana, title="No\r\nsound\u202e gpj.exe\u200b\tnow")
    assert (case.title, Case.objects.get().title) == ("No sound gpj.exe now",) * 2


def test_what_scripts_need_stays():
    for text in ("می\u200cخواهم", "👩\u200d💻 down", "Łódź", "電話", "क्\u200dष"):
        assert one_line(text) == text
        assert is_visible(text)
    assert not is_visible("\u0301")


def test_a_name_with_a_line_break_is_one_line_at_every_door(acme, ana, maya):
    people.make_primary(ana.designation, by=maya)
    assert people.invite(acme, by=ana, email="kim@acme.example", name="Kim\nKato").name == (
        "Kim Kato"
    )
    user = cast.contact(acme, "Eve\r\nEvil", "eve@acme.example")
    assert User.objects.get(pk=user.pk).name == "Eve Evil"
    User.objects.filter(pk=user.pk).update(name="Eve\nAgain")
    assert User.objects.get(pk=user.pk).name == "Eve Again"
    user.name = "\u3164"
    with pytest.raises(ValidationError, match="can be seen"):
        user.full_clean()


# --- names of files


@pytest.mark.parametrize(
    "name", ["access.example.com", "conf.cmd.txt", "script.ps1.log", "app.js", "sbc-1.example.net"]
)
def test_names_that_are_ordinary_for_logs_are_taken(name):
    assert check(SimpleUploadedFile(name, b"GET /x 200\n"))[0] == name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("access.example.com", b"MZ\x90\0\x03"),
        ("access.example.com", b"\xe9\x00\x01\x02"),
        ("script.ps1", b"echo 1"),
        ("app.js", b"#!/bin/sh"),
        ("invoice.exe.txt", b"hello"),
        ("run.cmd.zip", b"PK\x03\x04\0\0"),
    ],
)
def test_programs_are_refused_all_the_same(name, content):
    with pytest.raises(Refused):
        check(SimpleUploadedFile(name, content))


def test_a_quote_and_a_line_break_in_a_name_are_what_they_were():
    assert clean_name("a%22b%22.log") == 'a"b".log'
    assert clean_name("two%0Alines.log") == "two lines.log"
    assert clean_name("\u202egpj.exe.log") == "gpj.exe.log"
    assert clean_name("\u200b") == "file"


def test_a_download_carries_the_name_as_it_is(client, ana):
    case = cast.file(ana)
    for name in ('a"b.log', "ログ.log"):
        actions.attach(case, by=ana, upload=SimpleUploadedFile(name, b"x\n"))
    client.force_login(ana)
    first, second = Attachment.objects.order_by("pk")
    assert client.get(f"/attachments/{first.pk}/")["Content-Disposition"] == (
        'attachment; filename="a\\"b.log"'
    )
    assert client.get(f"/attachments/{second.pk}/")["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E3%83%AD%E3%82%B0.log"
    )


@pytest.mark.parametrize("name", ["app.js", "access.example.com"])
def test_a_text_that_a_double_click_would_run_is_downloaded_as_a_text(client, ana, name):
    case = cast.file(ana)
    actions.attach(case, by=ana, upload=SimpleUploadedFile(name, b"GET /x 200\n"))
    client.force_login(ana)
    answer = client.get(f"/attachments/{Attachment.objects.get().pk}/")
    assert answer["Content-Disposition"] == f'attachment; filename="{name}.txt"'


def test_a_picture_is_shown_small_and_opens_in_place_by_the_checked_route(client, ana, ben):
    case = cast.file(ana)
    actions.attach(case, by=ana, upload=SimpleUploadedFile("shot.png", PNG))
    actions.attach(case, by=ana, upload=SimpleUploadedFile("page.xml", b"<svg/>"))
    picture, page = Attachment.objects.order_by("pk")
    client.force_login(ana)
    shown = client.get(f"/portal/cases/{case.code}/").content.decode()
    assert f'src="/attachments/{picture.pk}/?show"' in shown
    assert f'src="/attachments/{page.pk}/?show"' not in shown
    answer = client.get(f"/attachments/{picture.pk}/?show")
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Content-Type"] == "image/png"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert client.get(f"/attachments/{page.pk}/?show")["Content-Disposition"].startswith("attach")
    client.force_login(ben)
    assert client.get(f"/attachments/{picture.pk}/?show").status_code == 404


# --- addresses


@pytest.mark.parametrize("address", ["zoë@acme.example", "名前@acme.example"])
def test_an_address_that_mail_cannot_reach_is_refused(client, acme, ana, maya, address):
    people.make_primary(ana.designation, by=maya)
    with pytest.raises(Refused, match="plain letters before the @"):
        people.invite(acme, by=ana, email=address, name="Zoë")
    with pytest.raises(ValidationError, match="plain letters before the @"):
        User.objects.create_user(
            address, None, name="Zoë", role=Role.CONTACT, organisation=acme, zone="UTC"
        )
    client.force_login(ana)
    form_data = {"name": "Zoë", "email": address, "role": "contact", "language": "en"}
    shown = client.post("/portal/organisation/people/", form_data).content.decode()
    assert "plain letters before the @" in shown
    assert "Enter a valid email address" not in shown


def test_other_unusual_addresses_are_taken(acme, ana, maya):
    people.make_primary(ana.designation, by=maya)
    for address in ("ana+test@acme.example", "o'neil@acme.example", "ana@münchen.example"):
        assert people.invite(acme, by=ana, email=address, name="Ana").email == address


# --- two people of one name


@pytest.fixture
def kims(kim):
    """Kim Kato has a namesake."""
    return kim, cast.care("Kim Kato", "kim.k@care.example", Role.ANALYST)


def test_a_mention_of_a_shared_name_asks_whom_it_means(ana, lee, kims):
    case = cast.file(ana)
    with pytest.raises(Refused, match=r"@Kim Kato \(kim\) or @Kim Kato \(kim.k\)"):
        actions.note(case, by=lee, text="@Kim Kato please look")
    actions.note(case, by=lee, text="@Kim Kato (kim.k) please look")
    notices = Notification.objects.filter(kind="mention")
    assert {notice.recipient for notice in notices} == {kims[1]}
    assert mentions.suggested("kim") == ["Kim Kato (kim)", "Kim Kato (kim.k)"]


def test_a_name_of_ones_own_stays_a_plain_name(ana, kim, lee):
    assert namesakes.labels([kim, lee]) == {kim.pk: "Kim Kato", lee.pk: "Lee Lind"}
    assert mentions.parse("@Kim Kato").people == (kim,)


def test_where_the_first_part_is_shared_too_the_address_tells_them_apart():
    rows = [(1, "Kim", "kim@a.example"), (2, "KIM", "kim@b.example"), (3, "Kim", "k@a.example")]
    assert namesakes.labels_of(rows) == {
        1: "Kim (kim@a.example)",
        2: "KIM (kim@b.example)",
        3: "Kim (k)",
    }


@pytest.mark.parametrize(
    "page", ["/console/", "/console/cases/{case}/handover/", "/console/teams/{team}/"]
)
def test_every_choice_of_a_person_tells_them_apart(as_kims_browser, ana, kims, page):

    case = cast.file(ana)
    team, _ = Team.objects.get_or_create(name="Voice")
    shown = as_kims_browser.get(page.format(case=case.code, team=team.pk)).content.decode()
    assert "Kim Kato (kim)" in shown
    assert "Kim Kato (kim.k)" in shown


@pytest.fixture
def as_kims_browser(client, maya):
    client.force_login(maya)
    return client


def test_two_contacts_of_one_name_are_told_apart_where_cases_and_customers_are_shown(
    client, acme, ana, cole, kim
):
    twin = cast.contact(acme, "ana ALBERS", "a.albers@acme.example")
    own, other = cast.file(ana, title="Echo on line 2"), cast.file(twin, title="Echo on line 3")
    assert namesakes.labels_of_shown([ana, cole]) == {
        ana.pk: "Ana Albers (ana)",
        cole.pk: cole.name,
    }
    client.force_login(kim)
    for address in (
        f"/console/customers/{acme.short_name}/",
        f"/console/cases/{own.code}/customer/",
        "/console/cases/?state=all",
    ):
        assert "(a.albers)" in client.get(address).content.decode(), address
    client.post("/console/columns/queue/", {"column": ["case", "contact"], "density": "compact"})
    queue = client.get("/console/").content.decode()
    assert ("(ana)" in queue, "(a.albers)" in queue) == (True, True)
    client.force_login(ana)
    page = client.get("/portal/search/?q=echo").content.decode()
    assert ("(ana)" in page, "(a.albers)" in page) == (True, True)
    page = client.get(f"/portal/cases/?q={other.code}").content.decode()
    assert "ALBERS (a.albers)" in page, "also where only one of them is shown"
