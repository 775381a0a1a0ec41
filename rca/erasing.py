"""What root cause analyses keep of a customer's person (§14): their words, which are published for good."""

from typing import Any

from cases.models import Case
from contacts.erasing import Erasure, Fate, Holding, keeps
from rca.models import Analysis, RcaVersion


def _named(erasure: Erasure) -> list[Any]:
    ours = {"organisation_id": erasure.organisation_id}
    versions = RcaVersion.objects.filter(**ours).select_related("analysis__case").order_by("-pk")
    drafts = Analysis.objects.filter(**ours).select_related("case").order_by("-pk")
    marks = erasure.marks
    return [
        *(version for version in versions if marks.erased(version.sections) != version.sections),
        *(one for one in drafts if marks.erased([one.initial_text, one.draft]) != [one.initial_text, one.draft]),
    ]


def _case(row: Any) -> Case:
    return row.case if isinstance(row, Analysis) else row.analysis.case


def register() -> None:
    """Tell the floor below what is kept here."""
    keeps(
        Holding("root cause analyses in which their name, address or number stands", Fate.STAYS, _named,
                case_of=_case),
    )  # fmt: skip
