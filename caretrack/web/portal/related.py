"""What the portal's case page shows beside the case."""

from dataclasses import dataclass

from caretrack.web.shared.related import RelatedCase, Watcher, related_cases, watchers_of
from cases.files import staging
from cases.models import Case, StagedFile
from contacts.models import User
from rca.models import RcaVersion


@dataclass(frozen=True)
class RelatedToCase:
    """Linked cases, those of the case itself first; its watchers; the newest published RCA; the
    reader's staged files.
    """

    links: list[RelatedCase]
    watchers: list[Watcher]
    analysis: RcaVersion | None
    staged: list[StagedFile]


def load_related(case: Case, reader: User) -> RelatedToCase:
    """Read everything that relates to a case, in four statements."""
    return RelatedToCase(
        links=sorted(related_cases(case), key=lambda link: not link.is_from_here),
        watchers=watchers_of(case),
        analysis=newest_analysis(case),
        staged=list(staging.mine(reader, case)),
    )


def newest_analysis(case: Case) -> RcaVersion | None:
    """The newest published version of the case's RCA."""
    versions = RcaVersion.objects.filter(organisation_id=case.organisation_id, analysis__case=case)
    return versions.order_by("-number").first()
