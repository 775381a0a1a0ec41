"""Writing, reviewing and publishing a root cause analysis (§12), one function a verb."""

from django.db import transaction

from cases import instants
from cases.actions.base import record_said, require_text
from cases.journal import record
from cases.models import Case, CaseEvent
from cases.permissions import require_worker
from cases.verbs import Verb
from contacts.errors import Refused
from contacts.models import User
from rca.models import SECTIONS, Analysis, RcaVersion


def _locked(analysis: Analysis) -> tuple[Case, Analysis]:
    """The case first, then what hangs on it: one lock order everywhere."""
    case = Case.objects.locked(analysis.case_id)
    return case, Analysis.objects.select_for_update().get(pk=analysis.pk)


@transaction.atomic
def send_initial(analysis: Analysis, *, by: User, text: str) -> CaseEvent:
    """Send the customer the brief explanation and the cause as far as it is known (§12)."""
    case, analysis = _locked(analysis)
    require_worker(by, case)
    if analysis.initial_sent_at is not None:
        raise Refused("The initial root cause analysis was sent already.")
    analysis.initial_text = require_text(text, "a brief explanation and the known cause")
    analysis.initial_sent_at = instants.now()
    analysis.save(update_fields=["initial_text", "initial_sent_at"])
    return record_said(case, Verb.INITIAL_RCA_SENT, by=by, text=analysis.initial_text)


@transaction.atomic
def save_draft(analysis: Analysis, *, by: User, sections: dict[str, str]) -> Analysis:
    """Keep what the author wrote so far. Nobody outside of Care sees it."""
    case, analysis = _locked(analysis)
    require_worker(by, case)
    unknown = set(sections) - set(SECTIONS)
    if unknown:
        raise Refused(f"Unknown sections: {', '.join(sorted(unknown))}.")
    analysis.write()
    draft = {key: sections.get(key, "").strip() for key in SECTIONS}
    if draft != analysis.draft or analysis.author is None:
        analysis.draft, analysis.author = draft, by
        analysis.writers = sorted({*analysis.writers, by.pk})
    analysis.save(update_fields=["state", "draft", "author", "writers"])
    return analysis


@transaction.atomic
def submit(analysis: Analysis, *, by: User) -> Analysis:
    """Hand the draft to a second person. Refused while a section that the customer needs is empty."""
    case, analysis = _locked(analysis)
    require_worker(by, case)
    missing = [str(label) for key, (label, needed) in SECTIONS.items() if needed and not analysis.draft.get(key)]
    if missing:
        raise Refused(f"Please write these sections first: {', '.join(missing)}.")
    analysis.submit()
    analysis.review_note = ""
    analysis.save(update_fields=["state", "review_note"])
    return analysis


@transaction.atomic
def return_to_author(analysis: Analysis, *, by: User, reason: str) -> Analysis:
    """The reviewer asks for changes."""
    case, analysis = _locked(analysis)
    require_worker(by, case)
    analysis.review_note = require_text(reason, "what should change")
    analysis.return_to_author()
    analysis.save(update_fields=["state", "review_note"])
    return analysis


@transaction.atomic
def publish(analysis: Analysis, *, by: User) -> CaseEvent:
    """Give the customer the complete root cause analysis; it stops its clock and opens the gate (§12).

    Refused to everyone who wrote on it: a second person reads it before the customer does.
    """
    case, analysis = _locked(analysis)
    require_worker(by, case)
    if analysis.author is None or by.pk in analysis.writers:
        raise Refused("A second person publishes: ask a colleague to review it.")
    analysis.publish()
    analysis.published_at = instants.now()
    analysis.save(update_fields=["state", "published_at"])
    version = RcaVersion.objects.create(
        organisation_id=analysis.organisation_id, analysis=analysis, number=analysis.versions.count() + 1,
        sections=analysis.draft, author=analysis.author, reviewer=by, published_at=analysis.published_at,
    )  # fmt: skip
    analysis.writers = []
    analysis.save(update_fields=["writers"])
    return record(case, Verb.RCA_PUBLISHED, by=by, version=version.number)
