"""The texts of notifications in every language of the product: complete, compiled, and with the
same places to fill.
"""

import re
from functools import partial

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from caretrack.ops import i18n_extract
from cases.choices import CaseState, EventType
from cases.notifications import texts
from contacts.notification_preferences import NotificationKind
from tests import cast
from tests.cast import utc

PLACES = re.compile(r"\{\w*\}|%\(\w+\)s")


@pytest.fixture(scope="module")
def japanese():
    return i18n_extract.written()


def test_everything_that_is_said_is_said_in_japanese_too(japanese):
    """Emails and every page of the portal; `bin/words` brings what is new into the
    catalogue.
    """
    marked = {
        (text if isinstance(text, str) else text[0], context)
        for text, context in i18n_extract.messages()
    }
    assert len(marked) > 900
    missing = {
        text
        for text, context in marked
        if not (message := japanese.get(text, context)) or not message.string
    }
    assert missing == set()


def test_a_translation_has_the_places_of_its_original(japanese):
    for message in japanese:
        if message.id and isinstance(message.id, str):
            assert sorted(PLACES.findall(message.id)) == sorted(PLACES.findall(message.string)), (
                message.id
            )


def test_the_compiled_catalogue_is_the_written_one(japanese):
    """It is committed, so that neither an image nor a trial needs a compiler: `bin/words` writes
    it.
    """
    assert i18n_extract.compiled(japanese) == i18n_extract.JAPANESE.with_suffix(".mo").read_bytes()


def test_a_line_names_its_instant_in_the_readers_language_and_zone(ana):
    line = texts.NoticeLine(gettext_lazy("Please reply by"), utc("2026-03-06 09:00"))
    shown = partial(texts.promise_lines, [line], ana)
    early = utc("2026-03-05 09:00")
    assert shown(early) == ["Please reply by Friday 06 March 2026 10:00 (Europe/Berlin)."]
    ana.language = "ja"
    with translation.override("ja"):
        assert shown(early) == ["回答の期限：2026年3月6日(金)10:00（Europe/Berlin）"]


def test_a_line_that_names_a_past_instant_is_left_out(ana):
    line = texts.NoticeLine("Please reply by", utc("2026-03-06 09:00"))
    assert texts.promise_lines([line], ana, utc("2026-03-06 09:00")) == []


@pytest.mark.parametrize("state", CaseState.values)
def test_whose_turn_it_is_has_a_sentence_in_each_state(state):
    for is_care in (True, False):
        for watches in (True, False):
            assert texts.turn(state, is_care, watches=watches)


def test_every_first_line_can_be_filled(ana, kim):
    for verb in EventType:
        for reader in (ana, kim):
            for watches in (True, False):
                lead = texts.lead(verb, reader, watches=watches, by="{x}", code="CT-0000001")
                assert lead is None or ("CT-0000001" in lead[1] and lead[0] in NotificationKind)


def test_what_happens_to_a_clock_is_said_in_both_languages(db):
    subject, text = texts.of_clock("ja", "warn:75", "restore", CaseState.IN_PROGRESS, True)
    assert subject == "{code}: 復旧までの時間の75 %を使いました"
    assert "{name} 様" in text
    assert texts.of_clock("en", "breach", "restore", CaseState.IN_PROGRESS, True)[0] == (
        "{code}: the restoration was missed"
    )


def test_a_name_with_braces_is_only_a_name(ana, kim, acme):
    """What people are called and what they write is never a pattern to fill."""
    kim.name = "Kim {code} {0}"
    case = cast.file(ana)
    assert (
        "Kim {code} {0} answered"
        in texts.lead(EventType.ANSWERED, ana, watches=False, by=kim.name, code=case.code)[1]
    )
