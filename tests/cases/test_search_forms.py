"""What people type finds what was written, in another form: accents, widths, pieces, subjects."""

import pytest
from django.db import connection

from core.search_query import fold
from tests import cast
from tests.cases.test_search import titles

TEXT = "Café kiosk phones in München, Zürich, naïve résumé, Łódź, Straße, Ørsted, Τηλέφωνο"


TYPED = ["cafe", "CAFÉ", "munchen", "München", "zurich", "naive", "resume", "lodz", "Τηλεφωνο"]
GERMAN_AND_DANISH = ["strasse", "straße", "orsted"]


@pytest.mark.parametrize("typed", [*TYPED, *GERMAN_AND_DANISH, '"cafe kiosk"', "kiosk mun"])
def test_accents_are_not_needed(ana, typed):
    cast.file(ana, title="Kiosk", description=TEXT)
    assert titles(typed, ana) == ["Kiosk"]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("ＡＢＣ１２３", "ABC123"),
        ("ABC123", "ＡＢＣ１２３"),
        ("ｶﾅﾃｽﾄ", "カナ"),
        ("カナテスト", "ｶﾅﾃｽﾄ"),
        ("がぎぐ", "がぎ"),
        ("the ﬁle is lost", "file"),
        ("ระบบโทรศัพท์ขัดข้อง", "โทรศัพท์"),
    ],
)
def test_widths_and_scripts_without_spaces_find_each_other(ana, written, typed):
    cast.file(ana, title="Form", description=written)
    assert titles(typed, ana) == ["Form"]


def test_another_voiced_letter_is_another_word(ana):
    cast.file(ana, title="Form", description="がぎぐ")
    assert titles("かき", ana) == []


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("trunk br-2041-x is down", "2041"),
        ("as in CT-0000912 before", "0000912"),
        ("write to o'brien@acme-corp.example", "acme-corp.example"),
        ("write to o'brien@acme-corp.example", "acme"),
        ("write to o'brien@acme-corp.example", "obrien"),
        ("see https://status.acme.example/incidents/4711", "4711"),
        ("see user/path/file.txt", "file.txt"),
        ("a NullPointerException in the log", "pointer"),
        ("a NullPointerException in the log", "nullpointerexception"),
        ("the host sip-trunk-7.example.com", "sip-trunk-7.example.com"),
        ("the host sip-trunk-7.example.com", "example.com"),
        ("the host sip-trunk-7.example.com", "trunk-7.exam"),
        ("mail of ana@sub.example.com is lost", "example.com"),
    ],
)
def test_a_piece_of_an_identifier_finds_it(ana, written, typed):
    cast.file(ana, title="Piece", description=written)
    assert titles(typed, ana) == ["Piece"]


@pytest.mark.parametrize("form", ["[{}]", "{}:", "[{}] Kim Kato answered on {}", "Re: [{}]", "{}"])
def test_the_subject_of_an_email_finds_its_case(ana, form):
    case = cast.file(ana, title="Subject")
    assert titles(form.replace("{}", case.code), ana)[:1] == ["Subject"]


def test_a_very_long_text_of_identifiers_is_filed_and_found(ana):
    cast.file(ana, title="Long", description="a-b.c/d@e " * 6_300 + "the end")
    assert titles("end", ana) == ["Long"]


@pytest.mark.parametrize(
    "text", [TEXT, "ＡＢＣ ｶﾅ ﬁ ẞ Æther œuvre Đỗ İstanbul ısı", "ระบบ がぎぐ 한국어"]
)
def test_a_search_is_folded_as_the_index_is(db, text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_fold(%s)", [text])
        assert cursor.fetchone()[0] == fold(text)
