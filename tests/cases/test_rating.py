"""CareTrack asks once how well a closed case was handled: the answer changes nothing else."""

import threading

import pytest
from django.core import mail
from django.db import connection

from cases import actions, event_log
from cases.choices import ClosingReason
from cases.models import Case, Notification
from cases.notifications import digests, outgoing
from contacts import actions as people
from core.errors import Refused
from core.tenancy import care_scope
from sla import clocks
from sla.models import Clock, QueueEntry
from sla.receivers import reopens_until
from tests import cast


@pytest.fixture
def closed(ana, kim):
    """A case that Ana accepted."""
    return actions.accept(cast.proposed(ana, kim), by=ana).case


@pytest.fixture
def ivo(acme):
    """Another Designated Contact of Acme's."""
    return cast.contact(acme, "Ivo Ito", "ivo@acme.example")


def folded(case):
    """The clocks of a case as their rows have them."""
    return list(Clock.objects.filter(case=case).order_by("pk").values())


def test_a_rating_is_journalled_with_its_score_and_words_and_the_case_stays_as_it_was(closed, ana):
    before = (
        Case.objects.filter(pk=closed.pk)
        .values("state", "closed_at", "closing_reason", "last_message_at")
        .get()
    )
    event = actions.rate(closed, by=ana, score=4, text="  Quick, and friendly.  ")
    assert (event.verb, event.by, event.facing, event.particulars["score"]) == (
        "rated",
        ana,
        "contact",
        4,
    )
    assert event.update.text == "Quick, and friendly."
    assert Case.objects.filter(pk=closed.pk).values(*before).get() == before
    assert list(event_log.breaks([closed.pk])) == []


def test_a_score_alone_is_enough(closed, ana):
    event = actions.rate(closed, by=ana, score=5, text=" ")
    assert event.particulars == {"score": 5}
    assert not closed.updates.filter(event=event).exists()


def test_no_clock_and_no_place_in_the_queue_hears_of_it(closed, ana):
    before, until = folded(closed), reopens_until(closed)
    case = actions.rate(closed, by=ana, score=1, text="It took three days.").case
    assert folded(case) == before
    assert list(clocks.verify([case.pk])) == []
    assert not QueueEntry.objects.filter(case=case).exists()
    assert reopens_until(case) == until


def test_any_contact_of_the_organisation_rates_and_nobody_else(
    closed, ana, ben, cole, kim, maya, ivo
):
    for stranger in (ben, cole, kim, maya):
        with pytest.raises(Refused, match="Only an active Designated Contact"):
            actions.rate(closed, by=stranger, score=5)
    people.suspend(ana.designation, by=maya, reason="Training.")
    with pytest.raises(Refused, match="Only an active Designated Contact"):
        actions.rate(closed, by=ana, score=5)
    assert actions.rate(closed, by=ivo, score=3).by == ivo


def test_an_open_case_is_not_rated(ana, kim):
    case = cast.proposed(ana, kim)
    with pytest.raises(Refused, match="once it is closed"):
        actions.rate(case, by=ana, score=5)


def test_a_duplicate_and_what_was_withdrawn_are_not_rated(ana, kim):
    duplicate = actions.close(
        cast.file(ana), by=kim, reason=ClosingReason.DUPLICATE, text="See the other."
    ).case
    withdrawn = actions.withdraw(cast.file(ana), by=ana, text="Our headset.").case
    for case in (duplicate, withdrawn):
        with pytest.raises(Refused, match="is not rated"):
            actions.rate(case, by=ana, score=5)


def test_what_care_declined_may_be_rated(ana, kim):
    case = actions.close(
        cast.file(ana), by=kim, reason=ClosingReason.OUT_OF_SCOPE, text="Your provider's."
    ).case
    assert actions.rate(case, by=ana, score=2).particulars["score"] == 2


def test_a_follow_up_is_part_of_its_case_and_not_asked_about_again(ana, kim, maya):
    outage = cast.proposed(ana, kim, severity=1)
    cast.published(outage, kim, maya)
    follow_up = Case.objects.get(kind="rca_follow_up")
    assert not follow_up.is_open
    with pytest.raises(Refused, match="belongs to a case that is rated itself"):
        actions.rate(follow_up, by=ana, score=5)
    assert actions.rate(actions.accept(outage, by=ana).case, by=ana, score=5).verb == "rated"


def test_a_case_is_rated_once_for_each_closing_whoever_asks(closed, ana, ivo, kim):
    actions.rate(closed, by=ana, score=5)
    for contact in (ana, ivo):
        with pytest.raises(Refused, match="has been rated"):
            actions.rate(closed, by=contact, score=1)
    case = actions.reopen(closed, by=ana, text="It is back.").case
    with pytest.raises(Refused, match="once it is closed"):
        actions.rate(case, by=ana, score=1)
    case = actions.accept(actions.propose_resolution(case, by=kim, text="Now.").case, by=ana).case
    actions.remark(case, by=ana, text="Thank you!")
    assert actions.rate(case, by=ivo, score=3).particulars["score"] == 3
    assert [verb for verb in cast.verbs(case) if verb == "rated"] == ["rated"] * 2


def test_of_two_contacts_who_rate_at_once_one_is_heard(transactional_db):
    with care_scope():
        acme = cast.organisation("acme", "Acme")
        both = [cast.contact(acme, name, f"{name.lower()}@acme.example") for name in ("Ana", "Ivo")]
        case = actions.accept(
            cast.proposed(both[0], cast.care("Kim", "kim@care.example", "analyst")), by=both[0]
        ).case
    refused = []

    def rate(contact):
        try:
            with care_scope():
                actions.rate(case, by=contact, score=4)
        except Refused as refusal:
            refused.append(refusal.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=rate, args=(contact,)) for contact in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with care_scope():
        assert cast.verbs(case).count("rated") == 1
    assert refused == ["The case has been rated since it was closed."]


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_one_of_five(score, closed, ana):
    with pytest.raises(Refused, match=r"from 1 \(badly\) to 5 \(very well\)"):
        actions.rate(closed, by=ana, score=score)
    assert "rated" not in cast.verbs(closed)


def test_the_words_are_few(closed, ana):
    with pytest.raises(Refused, match="1000 characters"):
        actions.rate(closed, by=ana, score=5, text="x" * 1001)
    assert actions.rate(closed, by=ana, score=5, text="x" * 1000).update.text == "x" * 1000


# --- Who is notified, and who is asked


def test_whoever_worked_it_hears_of_it_under_the_bell_and_by_no_mail(
    closed, ana, kim, lee, maya, cole
):
    kim.notice_channels = {"answer": "email"}
    kim.save()
    actions.watch(closed, by=lee)
    actions.watch(closed, by=cole)
    outgoing.send()
    mail.outbox.clear()
    case = actions.rate(closed, by=ana, score=2, text="I had to ask twice.").case
    notice = Notification.objects.get(event__verb="rated")
    assert (notice.recipient, notice.channel, notice.state) == (kim, "portal", "sent")
    assert notice.subject == f"Ana Albers rated {case.code}: 2 of 5"
    assert "I had to ask twice." in notice.text
    outgoing.send()
    digests.send_digests()
    assert mail.outbox == []


def test_where_nobody_worked_it_nobody_is_told(ana, kim, maya):
    case = actions.close(
        cast.file(ana), by=kim, reason=ClosingReason.OUT_OF_SCOPE, text="Your provider's."
    ).case
    Case.objects.filter(pk=case.pk).update(assignee=None)
    actions.rate(case, by=ana, score=2)
    assert not Notification.objects.filter(event__verb="rated").exists()


def test_the_mail_about_a_closing_asks_in_one_line_with_a_link(ana, kim):
    mail.outbox.clear()
    case = actions.close(
        cast.file(ana), by=kim, reason=ClosingReason.OUT_OF_SCOPE, text="Your provider's."
    ).case
    outgoing.send()
    email = next(message for message in mail.outbox if message.subject.endswith("is closed"))
    link = f"/portal/cases/{case.code}/#act-rating"
    questions = [
        line for line in email.body.splitlines() if "How well did we handle this case?" in line
    ]
    assert len(questions) == 1
    assert questions[0].endswith(link)
    html = email.alternatives[0][0]
    assert html.count("How well did we handle this case?") == 1
    assert f'{link}">http' in html


def test_the_mail_asks_in_the_readers_language(ana, kim):
    ana.language = "ja"
    ana.save()
    actions.close(cast.file(ana), by=kim, reason=ClosingReason.OUT_OF_SCOPE, text="範囲外です。")
    assert (
        "このケースへの対応はいかがでしたか http"
        in Notification.objects.get(event__verb="closed", recipient=ana).text
    )


def test_nobody_is_asked_who_could_not_say_so_or_has_nothing_to_say(ana, ivo, kim, cole, maya):
    """Care, who reads along, who is suspended; and about a duplicate nobody at all."""
    watched, other = cast.file(ana), cast.file(ana)
    actions.watch(watched, by=cole)
    actions.close(other, by=kim, reason=ClosingReason.DUPLICATE, text="See the other.")
    people.suspend(ana.designation, by=maya, reason="Training.")
    watched = Case.objects.get(pk=watched.pk)
    actions.close(watched, by=kim, reason=ClosingReason.OUT_OF_SCOPE, text="Your provider's.")
    notifications = Notification.objects.filter(
        text__contains="How well did we handle"
    ).values_list("recipient__email", flat=True)
    assert list(notifications) == ["ivo@acme.example"]
    assert Notification.objects.filter(case=watched, event__verb="closed").count() == 3


def test_only_the_closing_asks_and_nothing_does_after_it(closed, ana, kim):
    before = Notification.objects.filter(text__contains="How well").count()
    actions.remark(closed, by=ana, text="Thank you!")
    actions.rate(closed, by=ana, score=5)
    actions.reopen(closed, by=ana, text="It is back.")
    assert Notification.objects.filter(text__contains="How well").count() == before
