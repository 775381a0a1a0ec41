"""What relates to a case: other cases, and the people who watch it. Both sides show it."""

from dataclasses import dataclass

from django.db.models import Q

from cases.choices import CaseState
from cases.models import Case, CaseLink, LinkKind, Watch
from cases.models.case import case_code

SHOWN = ("number", "title", "state")


@dataclass(frozen=True)
class RelatedCase:
    """Another case, and how it relates to this one."""

    number: int
    title: str
    state: str
    kind: str
    is_from_here: bool

    @property
    def code(self) -> str:
        return case_code(self.number)

    @property
    def is_open(self) -> bool:
        return self.state != CaseState.CLOSED

    @property
    def relation(self) -> str:
        """The kind of the link, in the reader's language."""
        return str(LinkKind(self.kind).label)

    @property
    def heading(self) -> str:
        """What the other case is to this one, as Care reads it."""
        return (HERE if self.is_from_here else THERE).get(self.kind, "Related to")


HERE: dict[str, str] = {
    LinkKind.FOLLOWS_UP: "Follows up",
    LinkKind.DUPLICATES: "Duplicate of",
    LinkKind.CONTINUES: "Continues",
    LinkKind.CHILD_OF: "Child of",
    LinkKind.SPLIT_FROM: "Split from",
}
THERE: dict[str, str] = {
    LinkKind.FOLLOWS_UP: "Followed up by",
    LinkKind.DUPLICATES: "Its duplicate",
    LinkKind.CONTINUES: "Continued by",
    LinkKind.CHILD_OF: "Parent of",
    LinkKind.SPLIT_FROM: "Split off",
}


@dataclass(frozen=True)
class Watcher:
    """A person who watches the case."""

    pk: int
    name: str
    is_care: bool


def related_cases(case: Case) -> list[RelatedCase]:
    """The cases that are linked with a case, in the order of their links. One statement."""
    links = (
        CaseLink.objects.filter(Q(case=case) | Q(other=case), organisation_id=case.organisation_id)
        .order_by("pk")
        .select_related("case", "other")
        .only("kind", *(f"{end}__{name}" for end in ("case", "other") for name in SHOWN))
    )
    return [_related(link, is_from_here=link.case_id == case.pk) for link in links]


def _related(link: CaseLink, *, is_from_here: bool) -> RelatedCase:
    other = link.other if is_from_here else link.case
    return RelatedCase(other.number, other.title, other.state, link.kind, is_from_here)


def watchers_of(case: Case) -> list[Watcher]:
    """The people who watch a case. One statement.

    People who left, or moved to another organisation, are no watchers any more.
    """
    watches = Watch.objects.filter(
        Q(watcher__organisation=None) | Q(watcher__organisation_id=case.organisation_id),
        case=case,
        organisation_id=case.organisation_id,
        watcher__is_active=True,
    )
    rows = watches.order_by("pk").values_list(
        "watcher_id", "watcher__name", "watcher__organisation_id"
    )
    return [Watcher(pk, name, organisation is None) for pk, name, organisation in rows]
