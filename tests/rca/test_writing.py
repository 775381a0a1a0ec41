"""§12: a draft is written by one or by several, reviewed by a second person, published once and for
all.
"""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from caretrack.web.shared.rca_view import parts_of
from cases.models import CaseEvent, Notification
from core.errors import Refused
from rca import actions as rca
from rca import document
from rca.models import Acknowledgement, Analysis, Comment, RcaVersion, Saving
from tests import cast
from tests.cast import utc


def test_two_who_write_different_parts_at_once_lose_nothing(analysis, kim, lee):
    rca.save_draft(analysis, by=kim, sections={"summary": "Old."}, base="0")
    rca.save_draft(analysis, by=kim, sections={"summary": "Kim's."}, base="1")
    lees = rca.save_draft(
        analysis, by=lee, sections={"summary": "Old.", "impact": "Lee's."}, base="1"
    )
    analysis = Analysis.objects.get(pk=analysis.pk)
    assert (analysis.draft["summary"], analysis.draft["impact"]) == ("Kim's.", "Lee's.")
    assert lees.taken == ["summary"]
    # Lee's window still shows the old summary: their next saving must not bring it back.
    rca.save_draft(
        analysis, by=lee, sections={"summary": "Old.", "impact": "Lee's, more."}, base=lees.base
    )
    analysis = Analysis.objects.get(pk=analysis.pk)
    assert (analysis.draft["summary"], analysis.draft["impact"]) == ("Kim's.", "Lee's, more.")


def test_two_who_write_the_same_part_are_told_and_neither_is_overwritten(analysis, kim, lee):
    rca.save_draft(analysis, by=kim, sections={"summary": "Kim's.", "impact": "Kim's."}, base="0")
    with pytest.raises(rca.Clash) as clash:
        rca.save_draft(analysis, by=lee, sections={"summary": "Lee's."}, base="0")
    analysis = Analysis.objects.get(pk=analysis.pk)
    assert analysis.draft["summary"] == "Kim's."
    assert (clash.value.parts, clash.value.document["summary"]) == (["summary"], "Lee's.")
    assert clash.value.document["impact"] == "Kim's."
    assert "Kim Kato" in clash.value.reason
    rca.save_draft(analysis, by=lee, sections=clash.value.document, base=clash.value.base)
    analysis = Analysis.objects.get(pk=analysis.pk)
    assert (analysis.draft["summary"], analysis.draft["impact"]) == ("Lee's.", "Kim's.")


def test_a_window_with_its_own_words_goes_on_saving_without_a_clash(analysis, kim, lee):
    first = rca.save_draft(analysis, by=kim, sections={"summary": "A"}, base="0")
    rca.save_draft(analysis, by=lee, sections={"summary": "A", "impact": "Lee's."}, base=first.base)
    second = rca.save_draft(analysis, by=kim, sections={"summary": "A b"}, base=first.base)
    third = rca.save_draft(analysis, by=kim, sections={"summary": "A b c"}, base=second.base)
    again = rca.save_draft(analysis, by=kim, sections={"summary": "A b c"}, base=third.base)
    assert again.base == third.base
    analysis = Analysis.objects.get(pk=analysis.pk)
    assert (analysis.draft["summary"], analysis.draft["impact"], analysis.revision) == (
        "A b c",
        "Lee's.",
        4,
    )


def test_a_saving_that_one_s_own_page_sends_while_another_is_on_its_way_is_no_clash(analysis, kim):
    first = rca.save_draft(analysis, by=kim, sections={"summary": "A"}, base="0")
    rca.save_draft(analysis, by=kim, sections={"summary": "A b"}, base=first.base)
    rca.save_draft(analysis, by=kim, sections={"summary": "A b c"}, base=first.base)
    analysis = Analysis.objects.get(pk=analysis.pk)
    assert analysis.draft["summary"] == "A b c"


@pytest.mark.parametrize("base", ["", "99", "x", "-1", "7w"])
def test_a_window_nobody_knows_is_asked_rather_than_trusted(analysis, kim, lee, base):
    rca.save_draft(analysis, by=kim, sections={"summary": "Kim's."}, base="0")
    with pytest.raises(rca.Clash):
        rca.save_draft(
            analysis,
            by=lee,
            sections={"summary": ""} | {"impact": "x", "summary": "Lee's."},
            base=base,
        )


def test_savings_are_counted_and_the_oldest_are_let_go(analysis, kim):
    for n in range(55):
        rca.save_draft(analysis, by=kim, sections={"summary": f"Version {n}"})
    assert Saving.objects.filter(analysis=analysis).count() == 50


def test_the_timeline_takes_its_instants_from_the_journal(analysis, outage, kim, maya, monday):
    seq = CaseEvent.objects.get(case=outage, verb="answered").seq
    monday.move_to(utc("2026-03-03 10:00"), tick=False)
    version = cast.published(
        outage, kim, maya, timeline=[{"event": seq, "words": "An analyst looked.", "at": "x"}]
    )
    assert version.sections["timeline"] == [
        {"event": seq, "words": "An analyst looked.", "at": "2026-03-02T09:00:00+00:00"}
    ]


def test_an_event_of_another_case_is_no_part_of_the_timeline(analysis, kim):
    with pytest.raises(Refused, match="journal does not have"):
        rca.save_draft(analysis, by=kim, sections={"timeline": [{"event": 99, "words": "x"}]})


def test_only_a_person_of_care_owns_an_action_by_key(analysis, kim, ana):
    row = {"what": "x", "owner": ana.pk, "due_on": "2026-04-01"}
    with pytest.raises(Refused, match="somebody of Care"):
        rca.save_draft(analysis, by=kim, sections={"actions": [row]})


def test_review_and_return_stand_in_the_journal_where_no_customer_reads_them(
    analysis, outage, kim, maya
):
    rca.save_draft(analysis, by=kim, sections=cast.document())
    rca.submit(analysis, by=kim)
    rca.return_to_author(analysis, by=maya, reason="Say who noticed.")
    events = CaseEvent.objects.filter(case=outage, verb__startswith="rca_").order_by("seq")
    assert [(e.verb, e.facing) for e in events] == [
        ("rca_submitted", "internal"),
        ("rca_returned", "internal"),
    ]
    assert (
        Notification.objects.get(recipient=kim, key__endswith=f"event:{events[1].seq}").text.count(
            "Say who noticed."
        )
        == 1
    )


def test_comments_are_made_on_parts_told_to_the_author_and_dealt_with_once(
    analysis, kim, lee, maya
):
    rca.save_draft(analysis, by=kim, sections={"summary": "x"})
    remark = rca.comment(analysis, by=maya, part="impact", text="How many agents?")
    assert Notification.objects.get(recipient=kim, kind="mention").subject.endswith(
        f"commented on the root cause analysis of {analysis.case.code}"
    )
    rca.resolve_comment(remark, by=kim)
    rca.resolve_comment(remark, by=lee)
    assert Comment.objects.get().resolved_by == kim
    with pytest.raises(Refused, match="part of the document"):
        rca.comment(analysis, by=maya, part="poem", text="x")


def test_no_customer_writes_or_remarks(analysis, ana):
    for verb in (
        lambda: rca.save_draft(analysis, by=ana, sections={}),
        lambda: rca.comment(analysis, by=ana, text="x"),
        lambda: rca.submit(analysis, by=ana),
    ):
        with pytest.raises(Refused):
            verb()


def test_a_designated_contact_acknowledges_the_newest_version_once_and_its_author_is_told(
    outage, ana, cole, ben, kim, maya
):
    version = cast.published(outage, kim, maya)
    for stranger in (cole, ben, kim):
        with pytest.raises(Refused):
            rca.acknowledge(version, by=stranger)
    event = rca.acknowledge(version, by=ana)
    assert (event.verb, event.particulars) == ("rca_acknowledged", {"version": 1})
    assert Notification.objects.filter(recipient=kim, subject__contains="acknowledged").count() == 1
    with pytest.raises(Refused, match="already"):
        rca.acknowledge(version, by=ana)
    with pytest.raises(DatabaseError), transaction.atomic():
        Acknowledgement.objects.update(at=utc("2026-01-01 00:00"))
    newer = cast.published(outage, kim, maya, summary="Corrected.", actions=_saved(version))
    with pytest.raises(Refused, match="newer version"):
        rca.acknowledge(version, by=ana)
    assert rca.acknowledge(newer, by=ana).particulars["version"] == 2


def _saved(version):
    return [
        {name: row[name] for name in ("key", "what", "owner", "owner_name", "due_on")}
        for row in version.sections["actions"]
    ]


def test_a_published_version_never_changes_by_sql_either(outage, kim, maya):
    cast.published(outage, kim, maya)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE rca_rcaversion SET sections = '{}'")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM rca_rcaversion")


def test_what_was_promised_does_not_vanish_with_a_further_version(outage, kim, maya):
    version = cast.published(outage, kim, maya)
    analysis = version.analysis
    rca.save_draft(
        analysis,
        by=kim,
        sections=cast.document(
            actions=[{"what": "Another", "owner_name": "Ana", "due_on": "2026-05-01"}]
        ),
    )
    with pytest.raises(Refused, match="was promised already"):
        rca.submit(analysis, by=kim)
    action = analysis.actions.get()
    rca.move_action(action, by=kim, state="dropped", words="Not needed any more.")
    rca.submit(analysis, by=kim)
    rca.publish(analysis, by=maya)
    assert [one.what for one in analysis.actions.order_by("id")] == ["Words.", "Another"]


def test_a_further_version_moves_the_same_action_and_leaves_the_old_version_as_it_was(
    outage, kim, maya
):
    version = cast.published(outage, kim, maya)
    [row] = _saved(version)
    newer = cast.published(outage, kim, maya, actions=[{**row, "due_on": "2026-06-01"}])
    assert version.analysis.actions.get().due_on == date(2026, 6, 1)
    assert RcaVersion.objects.get(pk=version.pk).sections["actions"][0]["due_on"] == "2026-04-01"
    assert newer.sections["actions"][0]["key"] == row["key"]


def test_a_published_analysis_saved_as_it_was_stays_published_and_its_author_never_reviews_it(
    ana, kim, maya
):
    case = cast.proposed(ana, kim, severity=1)
    cast.published(case, kim, maya)
    analysis = Analysis.objects.get(case=case)
    rca.save_draft(analysis, by=kim, sections=analysis.draft)
    analysis = Analysis.objects.get(case=case)
    assert analysis.state == "published"
    rca.save_draft(analysis, by=maya, sections={**analysis.draft, "summary": "Better words."})
    rca.submit(analysis, by=kim)
    analysis = Analysis.objects.get(case=case)
    with pytest.raises(Refused, match="second person"):
        rca.publish(analysis, by=maya)


# What happened outside the case


OUTSIDE = {"at": "2026-03-02T08:10:00+00:00", "source": "Monitoring", "words": "Node 7 failed."}


def test_what_happened_outside_the_case_is_published_with_its_time_and_source(
    analysis, outage, kim, maya, monday
):
    seq = CaseEvent.objects.get(case=outage, verb="answered").seq
    version = cast.published(
        outage, kim, maya, timeline=[{"event": seq, "words": "We looked."}], outside=[OUTSIDE]
    )
    assert version.sections["outside"] == [OUTSIDE]
    entries = next(part.entries for part in parts_of(version) if part.key == "timeline")
    assert [(entry.words, entry.source) for entry in entries] == [
        ("Node 7 failed.", "Monitoring"),
        ("We looked.", ""),
    ]


@pytest.mark.parametrize("at", ["2026-03-02T10:00", "yesterday", "9999-12-31T23:59:59+00:00"])
def test_an_entry_from_outside_needs_a_time_that_exists(analysis, kim, at):
    with pytest.raises(Refused, match="no time on that clock"):
        rca.save_draft(analysis, by=kim, sections={"outside": [OUTSIDE | {"at": at}]})


def test_an_entry_from_outside_does_not_lie_in_the_future(analysis, kim, monday):
    later = OUTSIDE | {"at": "2026-03-12T08:10:00+00:00"}
    with pytest.raises(Refused, match="future"):
        rca.save_draft(analysis, by=kim, sections={"outside": [later]})


@pytest.mark.parametrize("lacking", ["at", "source", "words"])
def test_an_entry_from_outside_is_published_only_when_it_is_complete(lacking):
    missing = document.missing(document.clean({"outside": [OUTSIDE | {lacking: ""}]}))
    assert "time, source and words of each entry from outside the case" in missing
