"""Logs as other systems really export them: each is read, or refused in one line with a number."""

import csv
import io
import lzma

import pytest
from django.core.management import CommandError, call_command

from cases.models import Case
from contacts.models import Organisation, Team, User
from integrations.replay.mapping import SHIPPED, BadMapping, find
from integrations.replay.parse import BadLog, read
from tests.integrations.test_replay_log import COLUMNS, ROWS, replay, row

GOOD = ROWS[:6]
ALIKE = [
    row("INC1", "New", "1/3/2016 09:00", caller_id="José Álvarez", location="Zürich Office"),
    row("INC1", "Active", "1/3/2016 10:00", assigned_to="Ann Lee", assignment_group="Voice"),
    row("INC2", "New", "1/3/2016 09:00", caller_id="JOSE  ALVAREZ ", location="zurich office"),
    row("INC2", "Active", "1/3/2016 10:00", assigned_to="ANN LEE", assignment_group="VOICE"),
    row("INC3", "New", "1/3/2016 09:00", caller_id="josé\u00a0álvarez", location="ZÜRICH OFFICE"),
    row("INC3", "Active", "1/3/2016 10:00", assigned_to="ann lee ", assignment_group="voice"),
]


def text(rows, **dialect) -> str:
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, COLUMNS, **dialect)
    writer.writeheader()
    writer.writerows(rows)
    return lines.getvalue()


@pytest.fixture
def file(tmp_path):
    def write(content: bytes | str, name="log.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def exact(tmp_path):
    """The shipped mapping, but names that differ are different."""
    mapping = (SHIPPED / "servicenow.toml").read_text("utf-8")
    path = tmp_path / "strict.toml"
    path.write_text(mapping.replace('names = "alike"', 'names = "exact"'), "utf-8")
    return path


LF = text(GOOD, lineterminator="\n")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + LF.encode(),
        text(GOOD, lineterminator="\r\n"),
        text(GOOD, delimiter=";"),
        text(GOOD, delimiter="\t"),
        b"\xef\xbb\xbf" + text(GOOD, delimiter=";", quoting=csv.QUOTE_ALL).encode(),
        "\n\n" + LF,
        LF.replace("\n", "\n\n"),
        LF + "," * (len(COLUMNS) - 1) + "\n\n",
        LF.replace("number,", " number ,", 1),
    ],
    ids=[
        "byte order mark",
        "CRLF",
        "semicolons",
        "tabs",
        "mark, semicolons and quotes",
        "empty lines above",
        "empty lines between",
        "a line of delimiters",
        "blanks in the header",
    ],
)
def test_how_a_file_is_written_changes_nothing(content, file):
    log, expected = (read(path, find("servicenow")) for path in (file(content), file(LF, "a.csv")))
    assert (log.rows, log.unread) == (6, [])
    assert [history.entries[-1].at for history in log.histories] == [
        history.entries[-1].at for history in expected.histories
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (LF.replace("Caller 1", "Call\0er", 1), "log.csv, line 2: a NUL byte"),
        (LF.encode("utf-16"), "log.csv, line 1: this is no UTF-8"),
        (
            (LF + LF.replace("Caller 1", "Jos\u00e9")).encode("latin-1"),
            "log.csv, line 9: this is no UTF-8",
        ),
        ("a;b\n1;2\n", "log.csv, line 1: there is no column"),
        ("\n\na,b\n", "log.csv, line 3: there is no column"),
        (LF + '"' + "x" * 140_000 + "\n", "log.csv, line 8: field larger than field limit"),
        (LF.replace("3 - Moderate", "Odd"), "no row can be read. Line 2, INC1: unknown severity"),
        (text(GOOD[:0]), "holds no rows"),
    ],
    ids=["NUL", "UTF-16", "Latin-1", "header", "late header", "quote", "nothing fits", "no rows"],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line_with_its_number(content, why, file, db):
    with pytest.raises(CommandError) as refused:
        replay(file(content))
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_damaged_archive_is_refused_in_one_line(file):
    whole = lzma.compress(LF.encode())
    for content in (whole[:-20], b"no archive"):
        with pytest.raises(BadLog, match="cannot be read"):
            read(file(content, "log.csv.xz"), find("servicenow"))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("INC9,New", "unknown severity ''"),
        (LF.splitlines()[1] + ",more", "the row has more cells than the header has columns"),
        (LF.splitlines()[1].replace("1/3/2016", "1/3/0001"), "is no time between 1970 and 2199"),
        ("x" * 61 + LF.splitlines()[1][4:], "is longer than 60 characters"),
    ],
    ids=["too short", "too long", "the year 1", "a long number"],
)
def test_an_odd_row_is_named_with_its_line_and_the_others_are_read(line, why, file):
    log = read(file(LF + line + "\n"), find("servicenow"))
    assert any(unread.line == 8 and why in unread.why for unread in log.unread)
    assert len(log.histories[0].entries) >= 6


def test_names_that_differ_in_capitals_accents_or_blanks_are_one(file, db, capsys):
    replay(file(text(ALIKE)))
    cases = Case.objects.filter(external_ref__startswith="INC")
    assert cases.count() == 3
    assert {(case.contact.name, case.organisation.name) for case in cases} == {
        ("José Álvarez", "Zürich Office")
    }
    assert {case.assignee.name for case in cases} == {"Ann Lee"}
    assert list(Team.objects.filter(name__iexact="voice").values_list("name", flat=True)) == [
        "Voice"
    ]


def test_another_spelling_in_a_later_file_is_the_same_person(file, db, capsys):
    replay(file(text(ALIKE[:2])))
    replay(file(text(ALIKE[2:4]), "later.csv"))
    assert User.objects.filter(role="contact").count() == 1
    assert Organisation.objects.filter(is_historical=True).count() == 1
    assert Team.objects.filter(name__iexact="voice").count() == 1


def test_a_mapping_may_take_every_spelling_as_another_name(file, exact, db, capsys):
    path = file(text(ALIKE))
    call_command("replay_log", str(path), mapping=str(exact), workers=1)
    cases = Case.objects.filter(external_ref__startswith="INC")
    assert {(case.contact.name, case.organisation.name) for case in cases} == {
        ("José Álvarez", "Zürich Office"),
        ("JOSE  ALVAREZ", "zurich office"),
        ("josé álvarez", "ZÜRICH OFFICE"),  # a name shows ordinary blanks
    }
    assert len({case.contact_id for case in cases}) == 3
    assert {case.assignee.name for case in cases} == {"Ann Lee", "ANN LEE", "ann lee"}
    call_command("replay_log", str(path), mapping=str(exact), workers=1)
    assert cases.count() == 3


def test_a_name_of_any_length_is_taken(file, db, capsys):
    long = {"caller_id": "C" * 300, "location": "L" * 300, "assigned_to": "A" * 300}
    rows = [row("INC1", "Active", "1/3/2016 10:00", assignment_group="G" * 300, **long)]
    replay(file(text(rows)))
    assert Case.objects.get(external_ref="INC1").contact.name == "C" * 150


def test_a_mapping_says_one_of_two_things_about_names(tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text(
        (SHIPPED / "servicenow.toml").read_text("utf-8").replace('"alike"', '"perhaps"'), "utf-8"
    )
    with pytest.raises(BadMapping, match="perhaps"):
        find(str(path))
