"""The document as a value: what is stored of it, what is missing, and two savings brought together
(§12).
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Refused
from rca import document
from tests import cast


def test_empty_rows_and_blanks_are_not_kept():
    sections = {
        "summary": "  Down. ",
        "whys": [{"why": " ", "because": ""}],
        "actions": [{"what": "", "owner_name": ""}],
    }
    saved = document.clean(sections)
    assert (saved["summary"], saved["whys"], saved["actions"]) == ("Down.", [], [])
    assert document.clean(saved) == saved


def test_a_timeline_names_each_event_once_in_the_order_of_the_journal():
    rows = [{"event": 3, "words": "c"}, {"event": 1, "words": "a"}, {"event": 3, "words": "again"}]
    assert document.clean({"timeline": rows})["timeline"] == [
        {"event": 1, "words": "a"},
        {"event": 3, "words": "again"},
    ]


def test_an_instant_cannot_be_typed():
    saved = document.clean({"timeline": [{"event": 1, "words": "a", "at": "1999-01-01"}]})
    assert "at" not in saved["timeline"][0]


def test_an_unknown_part_and_a_date_that_is_none_are_refused():
    with pytest.raises(Refused, match="Unknown"):
        document.clean({"poem": "x"})
    with pytest.raises(Refused, match="no date"):
        document.clean({"actions": [{"what": "x", "due_on": "soon"}]})


def test_five_whys_stand_for_a_root_cause_and_every_one_needs_its_answer():
    whys = [{"why": "Why did it stop?", "because": "The disk was full."}]
    assert document.missing(document.clean(cast.document(root_cause="", whys=whys))) == []
    half = [*whys, {"why": "Why was it full?", "because": ""}]
    assert "an answer to each why" in document.missing(document.clean(cast.document(whys=half)))[0]
    assert document.missing(document.clean(cast.document(root_cause=""))) == ["Root cause"]


def test_an_action_needs_what_who_and_by_when():
    sections = cast.document(
        actions=[{"what": "Alarm on the disk", "owner_name": "", "due_on": ""}]
    )
    assert document.missing(document.clean(sections)) == [
        "what, who and by when of each corrective action"
    ]


def test_parts_that_only_one_of_two_wrote_come_together():
    base = document.clean({"summary": "Old.", "impact": "Old."})
    merged, taken, clashing = document.merge(
        base, {**base, "summary": "Mine."}, {**base, "impact": "Theirs."}
    )
    assert (merged["summary"], merged["impact"]) == ("Mine.", "Theirs.")
    assert (taken, clashing) == (["impact"], [])


def test_a_part_that_both_wrote_is_named():
    base = document.clean({"summary": "Old."})
    merged, taken, clashing = document.merge(
        base, {**base, "summary": "Mine."}, {**base, "summary": "Theirs."}
    )
    assert (merged["summary"], taken, clashing) == ("Mine.", [], ["summary"])


texts = st.fixed_dictionaries(
    {key: st.sampled_from(["", "a", "b"]) for key in ("summary", "impact", "root_cause")}
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, texts, texts)
def test_no_word_of_either_is_ever_lost_in_silence(base, mine, theirs):
    base, mine, theirs = (document.clean(one) for one in (base, mine, theirs))
    merged, taken, clashing = document.merge(base, mine, theirs)
    for key in document.KEYS:
        if theirs[key] != base[key] and merged[key] != theirs[key]:
            assert key in clashing
        if mine[key] != base[key]:
            assert merged[key] == mine[key]
        assert (key in taken) == (merged[key] != mine[key])
