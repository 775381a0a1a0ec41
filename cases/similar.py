"""Open cases that look like the one being written (§5): one issue, one case."""

from dataclasses import dataclass

from django.contrib.postgres.search import TrigramSimilarity

from cases.models import Case
from contacts.models import User

ALIKE = 0.3
# Under row-level security the operators of trigrams use no index, so the newest open cases of the one organisation are
# compared one by one: `cases_open_newest` hands them over, and the cost has a bound however many cases there are.
LOOKED_AT = 500


@dataclass(frozen=True)
class Alike:
    """An open case of one's own organisation with a title like this."""

    case: Case
    alike: float


def to(title: str, *, reader: User, limit: int = 3) -> list[Alike]:
    """The open cases of the reader's organisation whose titles are most like `title`, best first."""
    title = title.replace("\0", "").strip()
    if len(title) < 4 or reader.organisation_id is None:
        return []
    newest = (
        Case.objects.visible_to(reader).filter(organisation_id=reader.organisation_id).being_worked().newest_first()
    )
    found = (
        Case.objects.filter(pk__in=newest.values("pk")[:LOOKED_AT])
        .annotate(alike=TrigramSimilarity("title", title))
        .filter(alike__gte=ALIKE)
        .order_by("-alike", "-opened_at")
    )
    return [Alike(case, case.alike) for case in found[:limit]]
