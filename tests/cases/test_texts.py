"""What people write has a limit, is rendered once when it is written, and costs little, no matter
what it is (§5).
"""

import time
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.template import engines
from django.test import Client

from caretrack.ops.rendering import render_waiting
from cases import actions
from cases.models import Case, CaseUpdate
from core import markdown, rendered_html
from core.errors import Refused
from rca.models import Analysis
from tests import cast

LONG = 64_000
HOSTILE = {
    "opening brackets": "[" * LONG,
    "brackets and letters": "[a" * (LONG // 2),
    "pictures": "![" * (LONG // 2),
    "half links": "[a](b" * (LONG // 5),
    "links in angles": "[a](<b" * (LONG // 6),
    "closing links": "](" * (LONG // 2),
    "emphasis opened": "*a_ " * (LONG // 4),
    "emphasis mixed": "**a *b " * (LONG // 7),
    "emphasis closed": "a**b" + "c* " * (LONG // 3),
    "underscores": "_a__b" * (LONG // 5),
    "strikes": "~~a" * (LONG // 3),
    "backticks": "`" * LONG,
    "backticks of every length": "".join("e" + "`" * n for n in range(350)),
    "quotes in quotes": "> " * (LONG // 2),
    "lists in lists": "\n".join("  " * n + "* a" for n in range(240)),
    "lists in quotes": "> - " * (LONG // 4),
    "angles": "<" * LONG,
    "comments": "<!--" * (LONG // 4),
    "ampersands": "&" * LONG,
    "entities": "&#" * (LONG // 2),
    "escapes": "\\" * LONG,
    "lines": "a\n" * (LONG // 2),
    "headings": "# a\n" * (LONG // 4),
    "headings underlined": "a\n=\n" * (LONG // 4),
    "rules": "---\n" * (LONG // 4),
    "a table filled up": "|x" * 500 + "|\n" + "|-" * 500 + "|\n" + "|\n" * 30_000,
    "a table of many rows": "a|b\n-|-\n" + "x\n" * 30_000,
    "references": "[a]: " + "x" * 30_000 + "\n" + "[a]" * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_costs_little_time_and_little_room(name):
    """Two seconds of this thread's processor are some ten times what the worst of them takes on a
    quiet machine.
    """
    text = HOSTILE[name][:LONG]
    began = time.thread_time()
    html = markdown.render(text)
    assert time.thread_time() - began < 2.5
    assert len(html) <= markdown.MOST_GROWTH * len(text) + 1_000


def test_what_is_over_a_bound_is_shown_as_it_was_typed():
    html = markdown.render("[" * LONG)
    assert html == f"<p>{'[' * LONG}</p>"
    assert markdown.as_typed("<b>&\nx") == "<p>&lt;b&gt;&amp;<br>x</p>"


def test_a_long_honest_log_is_still_rendered():
    line = "[2026-01-01 00:00:00] [info] <a b='c'> some_thing happened in foo.bar(x) * 3 & more\n"
    html = markdown.render("**First lines**\n\n" + line * 700)
    assert html.startswith("<p><strong>First lines</strong></p>")


def test_link_references_are_not_followed():
    html = markdown.render("[a]\n\n[a]: https://else.example/")
    assert html.startswith("<p>[a]</p>")
    assert "[a]: <a" in html  # the address is a link because it is one, not as what [a] means
    assert html.count("href") == 1


def test_a_null_byte_is_dropped():
    assert markdown.render("a\0b") == "<p>ab</p>\n"


@pytest.mark.parametrize(
    ("limit", "act"),
    [
        (64_000, lambda case, ana, kim, text: actions.answer(case, by=kim, text=text)),
        (64_000, lambda case, ana, kim, text: actions.note(case, by=kim, text=text)),
        (64_000, lambda case, ana, kim, text: actions.answer_as_contact(case, by=ana, text=text)),
        (64_000, lambda case, ana, kim, text: actions.request_information(case, by=kim, text=text)),
        (
            64_000,
            lambda case, ana, kim, text: actions.propose_resolution(case, by=kim, text=text),
        ),
        (20_000, lambda case, ana, kim, text: actions.withdraw(case, by=ana, text=text)),
        (20_000, lambda case, ana, kim, text: actions.contest_severity(case, by=ana, text=text)),
        (
            20_000,
            lambda case, ana, kim, text: actions.set_severity(case, by=kim, severity=4, text=text),
        ),
    ],
)
def test_every_text_of_an_action_has_a_limit_that_is_said(limit, act, ana, kim):
    case = cast.file(ana)
    with_answer = limit == 20_000 or "propose_resolution" in act.__code__.co_names
    if with_answer:
        case = actions.answer(case, by=kim, text="We look.").case
    with pytest.raises(Refused, match=rf"may have {limit:,} characters and has {limit + 1:,}"):
        act(case, ana, kim, "x" * (limit + 1))
    assert not CaseUpdate.objects.filter(case=case, text__startswith="xxx").exists()
    act(case, ana, kim, "x" * limit)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"description": "x" * 64_001}, "64,000"),
        ({"title": "x" * 201}, "200"),
        ({"details": {"business_impact": "x" * 20_001}}, "20,000"),
        ({"area": "x" * 81}, "80"),
        ({"call_back_number": "1" * 41}, "40"),
        ({"on_duty_name": "x" * 151}, "150"),
        ({"conversation_ids": [uuid4() for _ in range(101)]}, "100"),
    ],
)
def test_a_filing_has_limits_too(more, what, ana):
    with pytest.raises(Refused, match=what):
        cast.file(ana, **more)
    assert not Case.objects.exists()


def test_a_limit_is_a_setting_of_the_installation(settings, ana, kim):
    settings.MESSAGE_MAX_CHARACTERS = 100
    case = cast.file(ana)
    with pytest.raises(Refused, match="may have 100 characters and has 101"):
        actions.answer(case, by=kim, text="x" * 101)


def test_a_text_is_rendered_when_it_is_written_and_never_on_a_page(ana, kim, monkeypatch):
    case = cast.file(ana, description="It **fails**.")
    actions.answer(case, by=kim, text="We *look*.")
    monkeypatch.setattr(
        markdown, "render", lambda *args, **named: pytest.fail("rendered on a page")
    )
    for person, page in (
        (ana, f"/portal/cases/{case.code}/"),
        (kim, f"/console/cases/{case.code}/"),
    ):
        client = Client()
        client.force_login(person)
        html = client.get(page).content.decode()
        assert "<strong>fails</strong>" in html
        assert "<em>look</em>" in html


def test_only_pages_that_preview_render():
    """Every other template shows what was stored."""
    previews = {
        "parts/_preview.html",
        "console/_rca_part.html",
        "console/course_lesson.html",
        "console/article.html",
    }
    results = set()
    for folder in engines["django"].dirs:
        for path in folder.rglob("*.html"):
            if "|preview" in path.read_text():
                results.add(str(path.relative_to(folder)))
    assert results == previews


def test_a_row_that_sql_brought_in_shows_its_text_until_it_is_rendered(ana, kim):
    case = cast.file(ana, description="**bold** <b>")
    actions.answer(case, by=kim, text="*slanted*")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_case SET description_html = NULL")
        cursor.execute("UPDATE cases_caseupdate SET text_html = NULL")
    case.refresh_from_db()
    assert (
        rendered_html.shown(case.description_html, case.description) == "<p>**bold** &lt;b&gt;</p>"
    )
    tables = dict(render_waiting())
    assert {"cases_case", "cases_caseupdate"} <= set(tables)
    case.refresh_from_db()
    assert "<strong>bold</strong>" in case.description_html
    assert CaseUpdate.objects.get(case=case).text_html.startswith(f"{markdown.VERSION}\n<p><em>")
    assert list(render_waiting()) == []


def test_an_earlier_renderers_html_is_made_anew(ana, monkeypatch):
    case = cast.file(ana, description="**bold**")
    monkeypatch.setattr(markdown, "VERSION", markdown.VERSION + 1)
    assert "cases_case" not in dict(render_waiting())
    assert "cases_case" in dict(render_waiting(every_version=True))
    case.refresh_from_db()
    assert case.description_html.startswith(f"{markdown.VERSION}\n")


def test_the_words_of_an_update_stay_as_they_are(ana, kim):
    """Only the HTML beside them may be rendered again."""
    case = cast.file(ana)
    actions.answer(case, by=kim, text="We look.")
    for change in ({"text": "x"}, {"text": "x", "text_html": "y"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            CaseUpdate.objects.filter(case=case).update(**change)
    assert CaseUpdate.objects.filter(case=case).update(text_html=None) == 1


def test_what_is_saved_by_name_saves_its_html(ana, kim, maya):
    case = cast.file(ana, severity=1)
    case = actions.answer(case, by=kim, text="We look.").case
    case = actions.propose_resolution(case, by=kim, text="Done.").case
    analysis = Analysis.objects.get(case=case)
    analysis.review_note = "**Shorter**"
    analysis.save(update_fields=["review_note"])
    analysis = Analysis.objects.get(case=case)
    assert "<strong>Shorter</strong>" in analysis.review_note_html
    assert rendered_html.shown(None, "a\nb") == "<p>a<br>b</p>"
    part = SimpleNamespace(column=rendered_html.stamped({"summary": "*x*", "whys": []}))
    assert list(rendered_html.columns_of(part.column)) == ["summary"]
