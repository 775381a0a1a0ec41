"""What cases keep of a customer's person, and what becomes of it when they are erased (§14)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from cases import journal, staging
from cases.models import (
    ArticleVote,
    Attachment,
    Case,
    CaseEvent,
    CaseUpdate,
    FilingDraft,
    Notice,
    ReplyDraft,
    SavedView,
    StagedFile,
    Watch,
)
from contacts.erasable import ERASED
from contacts.erasing import Erasure, Fate, Holding, keeps, naming, rename

SAID = ("subject", "text", "invitation", "last_error")


def _delete(rows: QuerySet[Any], erasure: Erasure) -> None:
    rows.delete()


def _staged(rows: QuerySet[StagedFile], erasure: Erasure) -> None:
    staging.remove(list(rows.values_list("pk", flat=True)), by=erasure.person)


def _notices_to(erasure: Erasure) -> QuerySet[Notice]:
    return Notice.objects.filter(recipient=erasure.person).order_by("pk")


def _readdress(rows: QuerySet[Notice], erasure: Erasure) -> None:
    """That a notice was sent, and when, stays: a closure may rest on it. Where to does not."""
    for notice in rows.iterator(chunk_size=500):
        notice.address = erasure.address
        for column in SAID:
            setattr(notice, column, erasure.marks.replaced(getattr(notice, column), erasure.called))
        notice.subject, notice.last_error = notice.subject[:250], notice.last_error[:300]
        notice.save(update_fields=["address", *SAID])


def _notices_about(erasure: Erasure) -> list[Notice]:
    ours = Notice.objects.filter(organisation_id=erasure.organisation_id).exclude(recipient=erasure.person)
    return naming(ours, erasure, *SAID)


def _on_duty(erasure: Erasure) -> QuerySet[Case]:
    """Critical cases for which they were named as on duty, or could be called back (§6)."""
    known = erasure.marks.texts
    ours = Case.objects.filter(organisation_id=erasure.organisation_id)
    return ours.filter(Q(on_duty_name__in=known) | Q(call_back_number__in=known)).order_by("pk")


def _nobody_on_duty(rows: QuerySet[Case], erasure: Erasure) -> None:
    """The number goes with the name it belongs to; another's name stays."""
    known = erasure.marks.texts
    for case in rows.select_for_update(of=("self",)):
        is_theirs = case.on_duty_name in known
        if case.call_back_number and (is_theirs or case.call_back_number in known):
            case.call_back_number = ERASED
        if is_theirs:
            case.on_duty_name = ERASED
        case.save(update_fields=["on_duty_name", "call_back_number"])


def _events(erasure: Erasure) -> list[CaseEvent]:
    return journal.naming(erasure.organisation_id, erasure.marks)


def _seal(rows: Sequence[CaseEvent], erasure: Erasure) -> None:
    assert erasure.by is not None
    journal.erase(rows, erasure.marks, by=erasure.by)


def _words(erasure: Erasure) -> list[Any]:
    """What was written on cases and names them: it stays, for it is the organisation's, and its digest is kept."""
    ours = {"organisation_id": erasure.organisation_id}
    cases = naming(Case.objects.filter(**ours), erasure, "title", "description", "business_impact")
    updates = CaseUpdate.objects.filter(**ours).select_related("case")
    return [*cases, *naming(updates, erasure, "text")]


def _case(row: Any) -> Case:
    return row if isinstance(row, Case) else row.case


def register() -> None:
    """Tell the floor below what is kept here."""
    keeps(
        Holding("files sent ahead of a case", Fate.GOES, lambda e: staging.of(e.person), _staged),
        Holding("drafts of cases", Fate.GOES, lambda e: FilingDraft.objects.filter(user=e.person), _delete),
        Holding("drafts of answers", Fate.GOES, lambda e: ReplyDraft.objects.filter(by=e.person), _delete),
        Holding("saved views", Fate.GOES, lambda e: SavedView.objects.filter(person=e.person), _delete),
        Holding("cases they watch", Fate.GOES, lambda e: Watch.objects.filter(watcher=e.person), _delete),
        Holding("comments on articles", Fate.GOES,
                lambda e: ArticleVote.objects.filter(person=e.person).exclude(comment=""),
                lambda rows, e: rows.update(comment="")),
        Holding("cases that name them as on duty, or their number", Fate.LOSES_THE_NAME, _on_duty, _nobody_on_duty,
                case_of=_case),
        Holding("notices to them", Fate.LOSES_THE_NAME, _notices_to, _readdress),
        Holding("notices to others that name them", Fate.LOSES_THE_NAME, _notices_about,
                lambda rows, e: rename(rows, e, *SAID)),
        Holding("entries in the journals of cases", Fate.LOSES_THE_NAME, _events, _seal,
                case_of=_case),
        Holding("cases they filed, with every promise and breach", Fate.STAYS,
                lambda e: Case.objects.filter(contact=e.person).order_by("-pk"), case_of=_case),
        Holding("entries that they wrote on cases", Fate.STAYS, lambda e: CaseUpdate.objects.filter(by=e.person)),
        Holding("files that they sent", Fate.STAYS, lambda e: Attachment.objects.filter(by=e.person)),
        Holding("texts on cases in which their name, address or number stands", Fate.STAYS, _words, case_of=_case),
    )  # fmt: skip
