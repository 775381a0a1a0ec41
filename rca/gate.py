"""The gate (§12): a Critical case does not close before its customer knows the cause."""

from django.utils.translation import gettext

from cases.choices import CaseKind
from cases.models import Case
from rca.models import Analysis


def why_held(case: Case) -> str:
    """Why the case cannot be closed yet, as a sentence for both sides; empty when the gate is open.

    A case that is Critical, or was at the current proposal, needs its initial RCA sent and its
    complete RCA published, even after its severity was lowered.
    """
    if not applies_to(case):
        return ""
    analysis = Analysis.objects.filter(case_id=case.pk).first()
    return why(case, analysis, is_published=analysis is not None and analysis.versions.exists())


def applies_to(case: Case) -> bool:
    """Whether the gate applies to a case of this kind and severity."""
    return case.kind == CaseKind.PROBLEM and case.was_critical


def why(case: Case, analysis: Analysis | None, *, is_published: bool) -> str:
    """The same, for an analysis that was read already."""
    if not applies_to(case):
        return ""
    if analysis is None:
        return gettext(
            "The root cause analysis is still owed to the customer: propose a resolution first."
        )
    if analysis.initial_sent_at is None:
        return gettext("The initial root cause analysis was not sent to the customer yet.")
    if not is_published:
        return gettext(
            "The complete root cause analysis is not published yet; the case closes once it is."
        )
    return ""
