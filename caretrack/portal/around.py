"""What stands around a case on its page: the cases it is linked with, and the people who watch it.

Both come with the case, in its own statement.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject

from cases.models import CaseLink, LinkKind, Watch
from cases.querysets import CaseQuerySet
from rca.models import RcaVersion


@dataclass(frozen=True)
class Link:
    """Another case: `says` is how this one is about it, or how it is about this one."""

    code: str
    says: str
    is_from_here: bool


@dataclass(frozen=True)
class Watcher:
    """Somebody who follows the case."""

    pk: int
    name: str
    is_care: bool


def told_with(cases: CaseQuerySet) -> Any:
    """Cases, each with its links both ways, its watchers, and whether an analysis was published."""
    here = {"organisation": OuterRef("organisation")}
    ours = CaseLink.objects.filter(**here, case=OuterRef("pk")).order_by("id")
    theirs = CaseLink.objects.filter(**here, other=OuterRef("pk")).order_by("id")
    watches = Watch.objects.filter(**here, case=OuterRef("pk"), watcher__is_active=True).order_by("since", "id")
    return cases.annotate(
        links_out=ArraySubquery(ours.values(told=JSONObject(number="other__number", kind="kind"))),
        links_in=ArraySubquery(theirs.values(told=JSONObject(number="case__number", kind="kind"))),
        watched_by=ArraySubquery(
            watches.values(told=JSONObject(pk="watcher", name="watcher__name", of="watcher__organisation"))
        ),
        has_rca=Exists(RcaVersion.objects.filter(**here, analysis__case=OuterRef("pk"))),
    )


def links_of(case: Any) -> list[Link]:
    """The links of a case that was read by `told_with`, its own first."""
    told = [(link, True) for link in case.links_out] + [(link, False) for link in case.links_in]
    return [Link(f"CT-{link['number']:07d}", str(LinkKind(link["kind"]).label), ours) for link, ours in told]


def watchers_of(case: Any) -> list[Watcher]:
    """Who hears of the case beside those whose it is; who moved to another organisation is no watcher any more."""
    return [
        Watcher(one["pk"], one["name"], one["of"] is None)
        for one in case.watched_by
        if one["of"] in (None, case.organisation_id)
    ]
