"""Presence: who of Care has a case open now, and who is writing on it. Rows are outdated after a
few seconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from cases.models import Case, Presence
from cases.reply_drafts import NOUNS
from contacts.models import User

EVERY = timedelta(seconds=10)  # how often a page reports that it is still open
FRESH = timedelta(seconds=25)  # two reports may be lost
WRITING = {
    "answer": "is writing an answer",
    "information": "is writing a question",
    "note": "is writing a note",
}


@dataclass(frozen=True)
class Here:
    """A colleague at a case: what they do, and since when."""

    pk: int
    name: str
    writes: str
    since: datetime

    @property
    def activity(self) -> str:
        """What they do, as text after their name."""
        return WRITING.get(self.writes, "is looking")


def be_here(case: Case, *, by: User, writes: str = "") -> list[Here]:
    """Report that `by` has the case open, and perhaps writes. Returns who else is there.

    Call it every ten seconds.
    """
    now, writes = timezone.now(), writes if writes in NOUNS else ""
    mine = Presence.objects.filter(organisation_id=case.organisation_id, case=case, by=by)
    same = mine.filter(writes=writes, seen_at__gt=now - FRESH)
    if not same.update(seen_at=now):  # what was done earlier counts while it is fresh
        Presence.objects.bulk_create(
            [
                Presence(
                    organisation_id=case.organisation_id,
                    case=case,
                    by=by,
                    writes=writes,
                    since=now,
                    seen_at=now,
                )
            ],
            update_conflicts=True,
            unique_fields=["organisation", "case", "by"],
            update_fields=["writes", "since", "seen_at"],
        )
    return of_cases([case.pk], apart_from=by).get(case.pk, [])


def of_cases(case_ids: Iterable[int], *, apart_from: User | None = None) -> dict[int, list[Here]]:
    """Who is at each of these cases, in one query; a case without anybody has no entry."""
    there = Presence.objects.filter(
        case_id__in=list(case_ids), seen_at__gt=timezone.now() - FRESH
    ).exclude(by=apart_from)
    by_case: dict[int, list[Here]] = {}
    shown = there.order_by("since", "by_id").values_list(
        "case_id", "by_id", "by__name", "writes", "since"
    )
    for case_id, by_id, name, writes, since in shown:
        by_case.setdefault(case_id, []).append(Here(by_id, name, writes, since))
    return by_case


def sweep() -> int:
    """Remove outdated rows. Needs Care's scope."""
    gone, _ = Presence.objects.filter(seen_at__lt=timezone.now() - timedelta(minutes=10)).delete()
    return gone
