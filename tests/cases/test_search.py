"""Search: words of the conversation too, within what the reader may see, in whichever way it is
asked.
"""

from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import DatabaseError, ProgrammingError, connection, transaction

from cases import actions, search
from cases.models import Case
from cases.search import rebuild
from core.search_query import SearchQuery
from core.tenancy import APP_ROLE, AUTH_ROLE, NO_SCOPE, Scope, care_scope, organisation_scope, take
from tests import cast


def titles(text, reader):
    """Titles of what the reader finds, best first, as their pages would."""
    scope = care_scope() if reader.is_care else organisation_scope(reader.organisation_id)
    with scope:
        keys = search.keys(SearchQuery.parse(text), reader)
        titles = dict(Case.objects.filter(pk__in=keys).values_list("pk", "title"))
    return [titles[key] for key in keys]


def rows():
    with care_scope(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT case_id, organisation_id, updated_at, words::text, care_words::text "
            "FROM cases_casesearch"
        )
        return sorted(cursor.fetchall())


def test_words_of_the_title_the_description_and_the_conversation_find_a_case(ana, kim):
    case = cast.file(ana, title="Calls drop")
    actions.answer(case, by=kim, text="The *codec* of the gateway is outdated.")
    assert (
        titles("calls", ana)
        == titles("just end", ana)
        == titles("codec gateway", ana)
        == ["Calls drop"]
    )
    assert titles("codec teapot", ana) == []


def test_the_beginning_of_the_last_word_is_enough(ana):
    cast.file(ana, title="Recording unavailable")
    assert titles("recording unav", ana) == ["Recording unavailable"]
    assert titles("record unavailable", ana) == []


def test_a_quoted_phrase_stands_together(ana):
    cast.file(ana, title="No sound at all")
    cast.file(ana, title="Sound, but no picture")
    assert titles('"no sound"', ana) == ["No sound at all"]
    assert set(titles("no sound", ana)) == {"No sound at all", "Sound, but no picture"}


def test_a_number_comes_first(ana):
    case = cast.file(ana, title="The one")
    cast.file(ana, title=f"Like {case.number} but newer")
    assert titles(case.code, ana)[0] == titles(str(case.number), ana)[0] == "The one"
    assert titles(case.code.lower(), ana) == ["The one"]


def test_a_number_of_another_system_and_a_conversation_find_their_case(ana):
    conversation = "0b6c4a39-7a54-4b43-9d0f-1d2e5b1f6a01"
    case = cast.file(ana, title="Spoken of", conversation_ids=[conversation])
    cast.file(ana, title="Brought along", external_ref="INC-77")
    assert titles(conversation.upper(), ana) == ["Spoken of"]
    assert titles("INC-77", ana) == ["Brought along"]
    assert case.conversation_ids


def test_japanese_words_are_found_without_blanks_around_them(ana):
    cast.file(ana, title="通話中に音声が途切れる")
    cast.file(ana, title="画面が表示されない")
    assert (
        titles("音声", ana)
        == titles("音", ana)
        == titles("音声が途切", ana)
        == ["通話中に音声が途切れる"]
    )
    assert titles("表示 画面", ana) == ["画面が表示されない"]
    assert titles("声音", ana) == []


def test_a_hit_in_the_title_comes_before_one_in_the_conversation(ana, kim):
    actions.answer(cast.file(ana, title="Reports"), by=kim, text="It may be the firewall.")
    cast.file(ana, title="Firewall")
    actions.answer(cast.file(ana, title="Sign-in"), by=kim, text="It may be the firewall.")
    assert titles("firewall", ana)[0] == "Firewall"


def test_a_word_in_every_case_finds_the_newest(ana, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('search_cases(tsquery)'::regprocedure)")
        assert "501" in cursor.fetchone()[0]
    for number in range(3):
        cast.file(ana, title=f"Common {number}")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_casesearch (case_id, organisation_id, updated_at, words, "
            "care_words) SELECT 1000000 + n, %s, now(), 'word', 'word' "
            "FROM generate_series(1, 700) n",
            [ana.organisation_id],
        )
    with organisation_scope(ana.organisation_id):
        keys = search.keys(SearchQuery.parse("word"), ana)
    assert (len(keys), keys[0], keys == sorted(keys, reverse=True)) == (150, 1_000_700, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        '"',
        '""',
        "'",
        "\\",
        "a & | !",
        ":*",
        "<->",
        "(",
        "\0",
        "CT-",
        "x" * 5000,
        "%",
        "ー",
    ],
)
def test_whatever_is_typed_is_no_question_to_the_database_itself(text, ana):
    cast.file(ana)
    assert titles(text, ana) in ([], ["Calls drop after 30 s"])


# --- Who finds what


@contextmanager
def refused(reader):
    """In the reader's own scope the database says no."""
    with (
        organisation_scope(reader.organisation_id),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        yield


def test_an_internal_note_is_found_by_care_and_never_by_a_contact(ana, kim):
    actions.note(cast.file(ana, title="Quiet"), by=kim, text="They forgot to pay: see the ledger.")
    assert titles("ledger", kim) == ["Quiet"]
    assert titles("ledger", ana) == []
    call_command("rebuild_search")
    assert (titles("ledger", kim), titles("ledger", ana)) == (["Quiet"], [])


def test_a_snippet_never_shows_an_internal_note(ana, kim):
    case = actions.note(cast.file(ana, title="Quiet"), by=kim, text="The ledger.").case
    query = SearchQuery.parse("ledger")
    assert "<mark>ledger</mark>" in search.snippets(query, [case], kim)[case.pk]
    assert search.snippets(query, [case], ana) == {}


def test_a_snippet_shows_the_hit_and_escapes_what_people_wrote(ana, kim):
    case = actions.answer(
        cast.file(ana), by=kim, text="<script>alert(1)</script> the codec & more"
    ).case
    shown = search.snippets(SearchQuery.parse("codec"), [case], ana)[case.pk]
    assert "&lt;script&gt;" in shown
    assert "the <mark>codec</mark> &amp; more" in shown


def test_a_contact_finds_nothing_of_another_organisation(ana, ben, kim):
    actions.answer(cast.file(ana, title="Theirs"), by=kim, text="zebra")
    cast.file(ben, title="Mine")
    assert titles("zebra", ben) == titles("theirs", ben) == []
    assert titles("zebra", kim) == titles("zebra", ana) == ["Theirs"]


def test_the_organisations_role_cannot_read_or_write_the_side_table_itself(ana):
    cast.file(ana)
    for sql in (
        "SELECT * FROM cases_casesearch",
        "INSERT INTO cases_casesearch VALUES (1, now(), '', '', 1)",
        "UPDATE cases_casesearch SET words = ''",
        "DELETE FROM cases_casesearch",
    ):
        with refused(ana), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.parametrize(
    "call",
    [
        "search_all_cases('calls'::tsquery)",
        "search_all_cases_newest('calls'::tsquery)",
        "search_cases_newest('calls'::tsquery, 1)",
    ],
)
def test_the_organisations_role_cannot_call_what_looks_further(call, ana):
    cast.file(ana)
    with refused(ana), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {call}")


def test_a_word_in_most_cases_finds_the_newest_of_all_organisations(ana, ben):
    old = cast.file(ana, title="Calls and a zebra")
    many = [cast.file(one, title="Calls drop") for one in [ana, ben] * 6]

    def hits(words):
        with care_scope(), connection.cursor() as cursor:
            cursor.execute("SELECT case_id, rank FROM search_all_cases(%s::tsquery)", [words])
            return cursor.fetchall()

    assert hits("calls") == [(case.pk, 0.0) for case in [*reversed(many), old]]
    assert [(pk, rank > 0) for pk, rank in hits("zebra")] == [(old.pk, True)]
    assert hits("") == []


def test_the_function_looks_only_where_the_scope_says_and_nowhere_without_one(ana, ben):
    cast.file(ana)

    def count(scope):
        with take(scope), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM search_cases('calls'::tsquery)")
            return cursor.fetchone()[0]

    assert count(Scope(APP_ROLE, ana.organisation_id)) == 1
    assert count(Scope(APP_ROLE, ben.organisation_id)) == 0
    assert count(NO_SCOPE) == 0
    with pytest.raises(DatabaseError), transaction.atomic():
        count(Scope(AUTH_ROLE))


def test_a_table_put_before_ours_in_the_search_path_is_not_looked_at(ana):
    cast.file(ana)
    with connection.cursor() as cursor:  # even where a role may make tables of its own
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database())"
        )
        cursor.execute(cursor.fetchone()[0])
    with organisation_scope(ana.organisation_id), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE cases_casesearch (case_id bigint)")
        cursor.execute("SELECT count(*) FROM search_cases('calls'::tsquery)")
        assert cursor.fetchone() == (1,)
        cursor.execute("DROP TABLE pg_temp.cases_casesearch")


# --- Up to date


def test_building_it_again_writes_what_the_verbs_wrote(ana, ben, kim):
    case = actions.answer(cast.file(ana), by=kim, text="The codec.").case
    actions.note(case, by=kim, text="Between us: 音声.")
    cast.file(ben, title="Another")
    before = rows()
    with care_scope(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_casesearch")
    assert (rebuild(batch=1), rows()) == (2, before)
    assert (rebuild(), rows()) == (2, before)


def test_a_verb_that_is_rolled_back_leaves_no_words(ana, kim):
    case = cast.file(ana)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.answer(case, by=kim, text="The codec.")
        raise ZeroDivisionError
    assert titles("codec", kim) == []
