"""What relates to a case: other cases, and the people who watch it. Both sides show it."""

from dataclasses import dataclass

from django.db.models import F, FilteredRelation, Q

from cases.actions.watching import reads_for_organisation
from cases.choices import CaseState
from cases.models import Case, CaseLink, LinkKind, Watch
from cases.models.case import case_code
from contacts import namesakes
from contacts.models import User

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
    """A person who watches the case, and who added them if it was somebody else."""

    pk: int
    name: str
    is_care: bool
    added_by: str


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
        "watcher_id", "watcher__name", "watcher__organisation_id", "added_by__name"
    )
    return [
        Watcher(pk, name, organisation is None, added_by or "")
        for pk, name, organisation, added_by in rows
    ]


def watchers_and_colleagues(
    case: Case, reader: User
) -> tuple[list[Watcher], list[tuple[int, str]]]:
    """The people who watch a case, and the colleagues of this contact who could: key and label.

    One statement for both.
    """
    own = Q(watches__organisation_id=case.organisation_id, watches__case=case)
    is_near = Q(organisation=None) | Q(organisation_id=case.organisation_id)
    people = (
        User.objects.filter(is_active=True)
        .annotate(watch=FilteredRelation("watches", condition=own))
        .filter((is_near & Q(watch__isnull=False)) | reads_for_organisation(case))
        .order_by(F("watch__id").asc(nulls_last=True), "name", "pk")
        .values_list("pk", "name", "email", "organisation_id", "watch__id", "watch__added_by__name")
    )
    watchers: list[Watcher] = []
    others: list[tuple[int, str, str]] = []
    for pk, name, email, organisation, watch, added_by in people:
        if watch is not None:
            watchers.append(Watcher(pk, name, organisation is None, added_by or ""))
        elif pk not in (case.contact_id, reader.pk):
            others.append((pk, name, email))
    return watchers, list(namesakes.labels_of(others).items())
