"""What the portal's case page shows beside the case."""

from dataclasses import dataclass

from caretrack.web.shared.related import (
    RelatedCase,
    Watcher,
    related_cases,
    watchers_and_colleagues,
)
from cases.files import staging
from cases.models import Case, StagedFile
from contacts.models import User
from rca.models import RcaVersion


@dataclass(frozen=True)
class RelatedToCase:
    """Linked cases, those of the case itself first; its watchers, and the colleagues who could be;
    the newest published RCA; the reader's staged files.
    """

    links: list[RelatedCase]
    watchers: list[Watcher]
    colleagues: list[tuple[int, str]]
    analysis: RcaVersion | None
    staged: list[StagedFile]


def load_related(case: Case, reader: User) -> RelatedToCase:
    """Read everything that relates to a case, in four statements."""
    watchers, colleagues = watchers_and_colleagues(case, reader)
    return RelatedToCase(
        links=sorted(related_cases(case), key=lambda link: not link.is_from_here),
        watchers=watchers,
        colleagues=colleagues,
        analysis=newest_analysis(case),
        staged=list(staging.mine(reader, case)),
    )


def newest_analysis(case: Case) -> RcaVersion | None:
    """The newest published version of the case's RCA."""
    versions = RcaVersion.objects.filter(organisation_id=case.organisation_id, analysis__case=case)
    return versions.order_by("-number").first()
