"""Small things on the customers' pages that a reader meets every day."""

import re

from django.utils.translation import override

from caretrack.web.shared.field_choices import zones
from cases import actions, filing_drafts
from cases.models import ArticleVote, LinkKind
from contacts.models import Channel
from insight.filters import LABELS
from insight.plots import Value, shares_over_time
from tests import cast
from tests.cases.test_articles import write


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_zones_are_places_and_former_names_come_last():
    listed = zones()
    places = [name for name, label in listed if not isinstance(label, list)]
    (_heading, former), *_ = [row for row in listed if isinstance(row[1], list)]
    assert listed[-1][1] is former
    for name, alias in (("Africa/Asmara", "Africa/Asmera"), ("Asia/Kolkata", "Asia/Calcutta")):
        assert name in places
        assert alias not in places
        assert alias in dict(former)


def test_a_link_between_cases_is_no_last_word(as_ana, ana, kim):
    case = actions.answer(cast.file(ana), by=kim, text="We look.").case
    actions.link(case, by=kim, other=cast.file(ana), kind=LinkKind.RELATES_TO)
    page = text_of(as_ana.get("/portal/cases/?state=all"))
    assert "linked" not in page


def test_a_case_that_waits_for_the_reader_says_so_once(as_ana, ana, kim):
    actions.request_information(cast.file(ana), by=kim, text="Which phones?")
    row = as_ana.get("/portal/cases/?state=yours").content.decode().partition("<tbody")[2]
    assert row.count("Waiting for you") == 1


def test_a_draft_is_deleted_after_a_question(as_ana, ana):
    filing_drafts.save(by=ana, fields={"title": "Half a case"})
    page = as_ana.get("/portal/")
    assert "Your drafts (1)" in text_of(page)
    assert "Delete this draft and its files? This cannot be undone." in text_of(page)


def test_a_reader_says_first_whether_an_article_helped_and_then_what_was_missing(as_ana):
    address = "/help/calls-drop/"
    page = text_of(as_ana.get(address))
    assert "Did this help?" in page
    assert "What was missing" not in page
    as_ana.post(f"{address}vote/", {"helpful": "no"})
    assert "What was missing, or wrong?" in text_of(as_ana.get(address))
    as_ana.post(f"{address}vote/", {"helpful": "no", "comment": "The port."})
    vote = ArticleVote.objects.get()
    assert (vote.is_helpful, vote.comment) == (False, "The port.")


def test_an_article_in_another_language_comes_last_and_says_so(as_ana, maya):
    write(maya, title="A 通話が切れる", summary="切れる。", body="日本語。")
    write(maya, title="Zebra crossings", summary="They cross.", body="Text.", slug="zebra")
    page = text_of(as_ana.get("/help/"))
    assert "A 通話が切れる in Japanese" in page
    assert page.index("Zebra crossings") < page.index("A 通話が切れる")


def test_names_licences_and_sites_read_well_in_japanese_and_english(client, ana, cole, acme):
    case = cast.file(ana)
    client.force_login(cole)
    organisation = client.get("/portal/organisation/").content.decode()
    assert "no end date" in organisation
    assert "Response to an escalation request" in LABELS.values()
    cole.language = "ja"
    cole.save()
    page = client.get(f"/portal/cases/{case.code}/").content.decode()
    assert "すべての更新の通知先：Ana Albersさん。" in page
    assert "、Ana Albersさん" in " ".join(page.split())
    printed = client.get(f"/portal/cases/{case.code}/print/").content.decode()
    assert "Ana Albersさん, " not in printed
    organisation = client.get("/portal/organisation/").content.decode()
    assert 'data-is="開始日"' in organisation


def test_the_labels_of_a_plot_have_room_on_a_phone():
    """17 pixels of type in a plot of 1200; a digit is half as wide."""
    plot = shares_over_time([Value(100, "")] * 12, ["31 Dec 2026"] * 12, floor=80, target=95)
    half = len("31 Dec 2026") * 17 * 0.5 / 2
    assert float(plot.labels[-1].x) + half <= plot.width
    assert float(plot.grid[-1].x) - len("100 %") * 17 * 0.55 >= 0


def test_a_word_with_two_meanings_is_two_words_in_japanese(client, ana, cole, kim, maya):
    """“Open” heads the hours of a channel, and is the state of a corrective action."""
    case = cast.proposed(ana, kim, severity=1)
    cast.published(case, kim, maya)
    cole.language = "ja"
    cole.save()
    client.force_login(cole)
    page = text_of(client.get(f"/portal/cases/{case.code}/rca/"))
    assert "未着手" in page
    assert "受付時間" not in page
    with override("ja"):
        assert str(Channel.EMAIL.label) == "メール"


def test_nobody_stays_at_the_phone_once_a_resolution_is_proposed(client, ana, kim):
    case = cast.file(ana, severity=1, call_back_number="+49 30 1", on_duty_name="Ana")
    client.force_login(ana)
    assert "Nobody has called yet?" in text_of(client.get(f"/portal/cases/{case.code}/"))
    case = actions.answer(case, by=kim, text="We look.").case
    case = actions.propose_resolution(case, by=kim, text="Done.").case
    assert "Nobody has called yet?" not in text_of(client.get(f"/portal/cases/{case.code}/"))
    actions.report_issue(case, by=ana, text="Not yet.")
    assert "Nobody has called yet?" in text_of(client.get(f"/portal/cases/{case.code}/"))


def test_no_sentence_says_on_today(client, ana, kim):
    case = cast.waiting(ana, kim, severity=2)
    actions.contest_severity(case, by=ana, text="Worse.", severity=1)
    for person, side in ((ana, "portal"), (kim, "console")):
        client.force_login(person)
        page = text_of(client.get(f"/{side}/cases/{case.code}/"))
        assert "asked" in page
        assert " on today" not in page
