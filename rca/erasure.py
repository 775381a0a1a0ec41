"""What root cause analyses store of a customer's person (§14): their text remains, because it is
published permanently.
"""

from typing import Any

from cases.models import Case
from contacts.erasure import DataHolding, Erasure, Treatment, naming, register_holdings
from rca.models import Analysis, Comment, CorrectiveAction, RcaVersion


def _named(erasure: Erasure) -> list[Any]:
    """Published versions, drafts, corrective actions and comments that name them; of saves only the
    result counts.
    """
    ours, marks = {"organisation_id": erasure.organisation_id}, erasure.identifiers
    versions = RcaVersion.objects.filter(**ours).select_related("analysis__case").order_by("-pk")
    drafts = Analysis.objects.filter(**ours).select_related("case").order_by("-pk")
    parts = [
        *naming(
            CorrectiveAction.objects.filter(**ours).select_related("analysis__case"),
            erasure,
            "what",
            "comment",
            "owner_name",
        ),
        *naming(Comment.objects.filter(**ours).select_related("analysis__case"), erasure, "text"),
    ]
    return [
        *(version for version in versions if marks.erased(version.sections) != version.sections),
        *(draft for draft in drafts if marks.erased(_draft(draft)) != _draft(draft)),
        *parts,
    ]


def _draft(analysis: Analysis) -> list[Any]:
    return [analysis.initial_text, analysis.review_note, analysis.draft]


def _case(row: Any) -> Case:
    return row.case if isinstance(row, Analysis) else row.analysis.case


def register() -> None:
    """Register these holdings with `contacts.erasure`."""
    register_holdings(
        DataHolding(
            "root cause analyses in which their name, address or number stands",
            Treatment.STAYS,
            _named,
            case_of=_case,
        ),
    )
