"""Presence: who of Care has a case open now, and who is writing on it. Rows are outdated after a
few seconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
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

# One query: report my presence and read the others'. Earlier activity counts while it is fresh.
HERE = """
    WITH mine AS (
        INSERT INTO cases_presence AS p (organisation_id, case_id, by_id, writes, since, seen_at)
        VALUES (%(of)s, %(case)s, %(me)s, %(writes)s, %(now)s, %(now)s)
        ON CONFLICT (organisation_id, case_id, by_id) DO UPDATE
        SET writes = EXCLUDED.writes, seen_at = EXCLUDED.seen_at,
            since = CASE WHEN p.writes = EXCLUDED.writes AND p.seen_at > %(fresh)s THEN p.since
                ELSE EXCLUDED.since END
    )
    SELECT p.by_id, u.name, p.writes, p.since FROM cases_presence p JOIN contacts_user u
        ON u.id = p.by_id
    WHERE p.organisation_id = %(of)s AND p.case_id = %(case)s AND p.by_id <> %(me)s
        AND p.seen_at > %(fresh)s
    ORDER BY p.since, p.by_id
"""
OF_CASES = """
    SELECT p.case_id, p.by_id, u.name, p.writes, p.since FROM cases_presence p JOIN contacts_user u
        ON u.id = p.by_id
    WHERE p.case_id = ANY(%s) AND p.by_id <> %s AND p.seen_at > %s ORDER BY p.since, p.by_id
"""


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
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            HERE,
            {
                "of": case.organisation_id,
                "case": case.pk,
                "me": by.pk,
                "writes": writes if writes in NOUNS else "",
                "now": now,
                "fresh": now - FRESH,
            },
        )
        return [Here(*row) for row in cursor.fetchall()]


def of_cases(case_ids: Iterable[int], *, apart_from: User | None = None) -> dict[int, list[Here]]:
    """Who is at each of these cases, in one query; a case without anybody has no entry."""
    by_case: dict[int, list[Here]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            OF_CASES, [list(case_ids), apart_from.pk if apart_from else 0, timezone.now() - FRESH]
        )
        for case_id, *row in cursor.fetchall():
            by_case.setdefault(case_id, []).append(Here(*row))
    return by_case


def sweep() -> int:
    """Remove outdated rows. Needs Care's scope."""
    gone, _ = Presence.objects.filter(seen_at__lt=timezone.now() - timedelta(minutes=10)).delete()
    return gone
