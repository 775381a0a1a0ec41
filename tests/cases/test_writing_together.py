"""Several who work on one case: drafts that survive, mentions that arrive, and nobody who writes
over another.
"""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases import actions, mentions, presence, reply_drafts
from cases.files import staging
from cases.models import Attachment, Notification, Presence, ReplyDraft
from contacts.models import Team
from core.errors import Refused
from tests import cast


@pytest.fixture
def case(ana):
    return cast.file(ana)


# --- Drafts


def test_a_draft_is_its_writers_alone_and_is_found_again(case, kim, lee):
    reply_drafts.save(case, by=kim, noun="answer", text="We look")
    assert [draft.text for draft in reply_drafts.mine(case, kim)] == ["We look"]
    assert reply_drafts.mine(case, lee) == []


def test_saving_again_keeps_one_draft(case, kim):
    first = reply_drafts.save(case, by=kim, noun="answer", text="We")
    again = reply_drafts.save(
        case, by=kim, noun="answer", text="We look", key=first.pk, revision=first.revision
    )
    assert (again.pk, again.revision, ReplyDraft.objects.count()) == (first.pk, 2, 1)


def test_a_window_that_knows_an_older_draft_loses_no_words_and_overwrites_none(case, kim):
    first = reply_drafts.save(case, by=kim, noun="answer", text="We")
    reply_drafts.save(
        case, by=kim, noun="answer", text="From the other window", key=first.pk, revision=1
    )
    reply_drafts.save(case, by=kim, noun="answer", text="From this one", key=first.pk, revision=1)
    assert {draft.text for draft in reply_drafts.mine(case, kim)} == {
        "From the other window",
        "From this one",
    }


def test_an_emptied_draft_is_gone(case, kim):
    first = reply_drafts.save(case, by=kim, noun="note", text="Hm")
    assert reply_drafts.save(case, by=kim, noun="note", text="  ", key=first.pk, revision=1) is None
    assert reply_drafts.mine(case, kim) == []


def test_only_care_drafts_answers_in_the_console(case, ana):
    with pytest.raises(Refused):
        reply_drafts.save(case, by=ana, noun="answer", text="x")


# --- Mentions


def test_a_colleague_who_is_mentioned_in_a_note_is_told_under_the_bell_and_by_mail(case, kim, lee):
    actions.note(case, by=kim, text="@Lee Lind, have you seen this?")
    notice = Notification.objects.get(recipient=lee)
    assert (notice.kind, notice.channel) == ("mention", "email")
    assert "Kim Kato mentioned you" in notice.subject
    assert "have you seen this?" in notice.text


def test_whoever_does_not_want_mentions_by_mail_finds_them_under_the_bell(case, kim, lee):
    lee.notice_channels = {"mention": "portal"}
    lee.save()
    actions.note(case, by=kim, text="@lee?")
    notice = Notification.objects.get(recipient=lee)
    assert (notice.channel, notice.state) == ("portal", "sent")


def test_a_team_that_is_mentioned_is_told_and_never_the_writer(case, kim, lee, maya):
    Team.objects.create(name="Voice platform").members.set([kim, lee])
    actions.note(case, by=kim, text="For @Voice platform.")
    assert {notice.recipient for notice in Notification.objects.filter(kind="mention")} == {lee}


def test_a_first_name_counts_while_it_is_only_ones(case, kim, lee):
    assert mentions.parse("@Lee: please").people == (lee,)
    cast.care("Lee Long", "lee2@care.example", "analyst")
    assert not mentions.parse("@Lee: please")


def test_addresses_quotations_and_longer_words_mention_nobody(case, kim, lee):
    for text in ("Write to sip@lee.example", "> @Lee Lind wrote", "@Leeds"):
        assert not mentions.parse(text)


def test_a_mention_in_words_that_the_contact_reads_is_refused_with_a_way_out(case, kim, lee):
    with pytest.raises(Refused, match="internal note"):
        actions.answer(case, by=kim, text="@Lee Lind looks into it.")
    actions.answer(case, by=kim, text="Write to sip@lee.example")


# --- Presence


def test_two_at_one_case_see_each_other_and_what_they_do(case, kim, lee):
    assert presence.be_here(case, by=kim) == []
    (here,) = presence.be_here(case, by=lee, writes="answer")
    assert (here.name, here.activity) == ("Kim Kato", "is looking")
    (here,) = presence.be_here(case, by=kim)
    assert (here.name, here.activity) == ("Lee Lind", "is writing an answer")


def test_since_when_somebody_writes_stays_while_they_write(case, kim, lee, time_machine):
    time_machine.move_to(cast.utc("2026-03-02 09:00"), tick=False)
    presence.be_here(case, by=lee, writes="answer")
    time_machine.move_to(cast.utc("2026-03-02 09:00") + timedelta(seconds=10), tick=False)
    presence.be_here(case, by=lee, writes="answer")
    assert presence.be_here(case, by=kim)[0].since == cast.utc("2026-03-02 09:00")


def test_who_has_gone_is_gone_within_half_a_minute(case, kim, lee, time_machine):
    time_machine.move_to(cast.utc("2026-03-02 09:00"), tick=False)
    presence.be_here(case, by=lee)
    time_machine.move_to(cast.utc("2026-03-02 09:00") + timedelta(seconds=30), tick=False)
    assert presence.be_here(case, by=kim) == []
    time_machine.move_to(cast.utc("2026-03-02 10:00"), tick=False)
    presence.sweep()
    assert not Presence.objects.exists()


def test_who_is_at_many_cases_is_one_statement(ana, kim, lee):
    cases = [cast.file(ana) for _ in range(3)]
    presence.be_here(cases[0], by=lee, writes="note")
    presence.be_here(cases[1], by=kim)
    with CaptureQueriesContext(connection) as queries:
        results = presence.of_cases([case.pk for case in cases], apart_from=kim)
    assert len(queries) == 1
    assert {pk: [here.activity for here in ones] for pk, ones in results.items()} == {
        cases[0].pk: ["is writing a note"]
    }


# --- A conversation that has moved


def test_words_of_another_since_the_form_was_opened_hold_the_sending_back(case, ana, kim):
    seen = case.event_count
    actions.require_unmoved(case, by=kim, seen=seen)
    case = actions.answer_as_contact(case, by=ana, text="It works again.").case
    with pytest.raises(actions.Moved, match="Ana Albers wrote"):
        actions.require_unmoved(case, by=kim, seen=seen)
    actions.require_unmoved(case, by=kim, seen=case.event_count)


def test_ones_own_words_and_things_beside_hold_nothing_back(case, kim, lee):
    seen = case.event_count
    actions.note(actions.take(case, by=lee).case, by=kim, text="Mine.")
    actions.require_unmoved(case, by=kim, seen=seen)


# --- Files that Care sends ahead


def test_a_file_sent_ahead_by_care_becomes_an_internal_attachment(case, kim, lee):
    staged = staging.stage(
        by=kim, upload=SimpleUploadedFile("trace.txt", b"all is lost"), case=case
    )
    assert list(staging.mine(kim, case)) == [staged]
    assert staging.remove([staged.pk], by=lee) == 0
    actions.attach_staged(case, by=kim, staged=[staged.pk], facing="internal")
    assert Attachment.objects.get().facing == "internal"
    assert not staging.staged_by(kim).exists()


def test_files_of_care_and_of_the_contact_stay_apart(case, ana, kim):
    staged = staging.stage(
        by=kim, upload=SimpleUploadedFile("trace.txt", b"all is lost"), case=case
    )
    assert not staging.mine(ana, case).exists()
    assert actions.attach_staged(case, by=ana, staged=[staged.pk]) == []
    assert staged.created_at <= timezone.now()
