"""Writing a draft, by one person or by several at once (§12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from cases.models import Case, CaseEvent
from cases.permissions import require_worker
from contacts.models import User
from contacts.models.people import CARE_ROLES
from core import current_time
from core.errors import Refused
from rca import document
from rca.actions.base import locked
from rca.document import Document
from rca.models import Analysis, AnalysisState, Saving

SAVES_STORED = 50  # saves of a draft; a window older than the oldest one must confirm every part


class Clash(Refused):
    """Two people changed the same parts differently; nothing was saved, and nothing is lost.

    `document` merges both, with one's own text in the parts named by `parts`; `theirs` is the
    current draft.
    """

    def __init__(
        self, parts: list[str], merged: Document, draft: Mapping[str, Any], revision: int, by: str
    ) -> None:
        self.parts, self.document, self.theirs, self.base = parts, merged, draft, str(revision)
        named = ", ".join(
            f"“{name}”" for name in dict.fromkeys(document.heading(part) for part in parts)
        )
        super().__init__(
            f"{by} has written {named} while you did. Nothing was kept yet: their "
            "words stand below yours. "
            "Bring them together and save once more."
        )


@dataclass(frozen=True)
class SavedDraft:
    """A successful save. The window sends `base` with its next save; `taken` names the parts that
    others wrote meanwhile, which the window does not show yet.
    """

    analysis: Analysis
    base: str
    taken: list[str]


@transaction.atomic
def save_draft(
    analysis: Analysis, *, by: User, sections: Mapping[str, Any], base: str | None = None
) -> SavedDraft:
    """Save the author's draft. Only Care sees it.

    `base` is the save from which the writer began. Later saves of others are merged part by part.
    Raises Clash where two people wrote the same part. Without `base` the draft is replaced as a
    whole.
    """
    case, analysis = locked(analysis)
    require_worker(by, case)
    mine = document.clean(sections)
    _require_sound(mine, case, analysis)
    draft = document.clean(analysis.draft)
    shown = draft if base is None else _shown(analysis, base, draft)
    merged, taken, clashing = document.merge(shown, mine, draft)
    if clashing and base is not None:
        last = _last_writers(analysis, base)
        clashing = [key for key in clashing if last.get(key) != by.pk]
    if clashing:
        raise Clash(clashing, merged, draft, analysis.revision, _writer(analysis))
    if merged != draft or analysis.state != AnalysisState.PUBLISHED:
        analysis.write()  # a published analysis that is saved unchanged remains published
    if merged != draft or analysis.author_id is None:
        analysis.draft, analysis.author = merged, by
        analysis.revision += 1
        analysis.writers = sorted({*analysis.writers, by.pk})
        _count(analysis, by, mine if mine != merged else None)
        base = None
    analysis.save(update_fields=["state", "draft", "author", "writers", "revision"])
    behind = mine != merged
    return SavedDraft(
        analysis, base if behind and base else f"{analysis.revision}{'w' if behind else ''}", taken
    )


def _shown(analysis: Analysis, base: str, draft: Document) -> Mapping[str, Any]:
    """What the writer's window showed before they wrote.

    Unknown: an empty document, so that every difference must be confirmed.
    """
    number, is_window = base.removesuffix("w"), base.endswith("w")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return {}
    if int(number) == analysis.revision and not is_window:
        return draft
    saving = Saving.objects.filter(
        organisation_id=analysis.organisation_id, analysis=analysis, revision=int(number)
    ).first()
    if saving is None:
        return {}
    return saving.window if is_window and saving.window is not None else saving.document


def _last_writers(analysis: Analysis, base: str) -> dict[str, int]:
    """Who last wrote each part since `base`. A page that sends a save twice at once causes no
    clash: the later one counts, and the earlier one remains among the saves.
    """
    number = base.removesuffix("w")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return {}
    since = Saving.objects.filter(
        organisation_id=analysis.organisation_id, analysis=analysis, revision__gte=int(number)
    ).order_by("revision")
    before, writers = (document.EMPTY if number == "0" else None), {}
    for saving in since:
        for key in document.KEYS:
            if before is not None and saving.document.get(key) != before.get(key):
                writers[key] = saving.by_id
        before = saving.document if before is not None or saving.revision == int(number) else None
    return writers


def _count(analysis: Analysis, by: User, window: Document | None) -> None:
    mine = Saving.objects.filter(organisation_id=analysis.organisation_id, analysis=analysis)
    Saving.objects.create(
        organisation_id=analysis.organisation_id,
        analysis=analysis,
        revision=analysis.revision,
        by=by,
        at=current_time.now(),
        document=analysis.draft,
        window=window,
    )
    mine.filter(revision__lte=analysis.revision - SAVES_STORED).delete()


def _writer(analysis: Analysis) -> str:
    last = Saving.objects.filter(
        organisation_id=analysis.organisation_id, analysis=analysis
    ).select_related("by")
    saving = last.first()
    return saving.by.name if saving is not None else "A colleague"


def _require_sound(content: Document, case: Case, analysis: Analysis) -> None:
    """Check references: timeline entries are events of this case, owners are people of Care,
    actions belong to this analysis.
    """
    chosen = {row["event"] for row in content["timeline"]}
    events = CaseEvent.objects.filter(
        organisation_id=case.organisation_id, case=case, seq__in=chosen
    )
    if chosen and events.count() != len(chosen):
        raise Refused("The timeline names an event that the case's journal does not have.")
    now = current_time.now().isoformat()
    if any(row["at"] > now for row in content["outside"]):
        raise Refused("An entry of the timeline lies in the future.")
    owners = {row["owner"] for row in content["actions"] if row["owner"]}
    if owners and User.objects.filter(pk__in=owners, role__in=CARE_ROLES).count() != len(owners):
        raise Refused("The owner of a corrective action is somebody of Care, or is named in words.")
    keys = [row["key"] for row in content["actions"] if row["key"]]
    if keys and (
        len(set(keys)) != len(keys) or analysis.actions.filter(pk__in=keys).count() != len(keys)
    ):
        raise Refused("The document names a corrective action that is not this analysis's.")
