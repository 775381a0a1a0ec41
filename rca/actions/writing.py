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

KEPT = 50  # savings of a draft; a window that began before the oldest is asked about every part


class Clash(Refused):
    """Two people wrote different things into the same parts; nothing was kept, and nothing is lost.

    `document` is theirs and ours together, with ours in the parts named by `parts`; `theirs` is the
    draft as it stands.
    """

    def __init__(
        self, parts: list[str], merged: Document, draft: Mapping[str, Any], revision: int, by: str
    ) -> None:
        self.parts, self.document, self.theirs, self.base = parts, merged, draft, str(revision)
        named = ", ".join(
            f"«{name}»" for name in dict.fromkeys(document.heading(part) for part in parts)
        )
        super().__init__(
            f"{by} has written {named} while you did. Nothing was kept yet: their "
            "words stand below yours. "
            "Bring them together and save once more."
        )


@dataclass(frozen=True)
class SavedDraft:
    """A saving that was taken. `base` is what the window sends with its next one; `taken` names the
    parts that others wrote meanwhile, which the window does not show yet."""

    analysis: Analysis
    base: str
    taken: list[str]


@transaction.atomic
def save_draft(
    analysis: Analysis, *, by: User, sections: Mapping[str, Any], base: str | None = None
) -> SavedDraft:
    """Keep what the author wrote so far. Nobody outside of Care sees it.

    `base` says from which saving the writer began. What others saved since is brought together with
    it part by part; where two people wrote the same part, Clash is raised. Without `base` the draft
    is replaced as a whole.
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
        analysis.write()  # what was published and is saved as it was stays published
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

    Unknown: nothing, so that every difference is asked about.
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
    """Who wrote each part last since `base`. A saving that one's own page sends twice at once is no
    clash: the later one holds, and the earlier one is kept among the savings."""
    number = base.removesuffix("w")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return {}
    since = Saving.objects.filter(
        organisation_id=analysis.organisation_id, analysis=analysis, revision__gte=int(number)
    ).order_by("revision")
    before, told = (document.EMPTY if number == "0" else None), {}
    for saving in since:
        for key in document.KEYS:
            if before is not None and saving.document.get(key) != before.get(key):
                told[key] = saving.by_id
        before = saving.document if before is not None or saving.revision == int(number) else None
    return told


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
    mine.filter(revision__lte=analysis.revision - KEPT).delete()


def _writer(analysis: Analysis) -> str:
    last = Saving.objects.filter(
        organisation_id=analysis.organisation_id, analysis=analysis
    ).select_related("by")
    saving = last.first()
    return saving.by.name if saving is not None else "A colleague"


def _require_sound(said: Document, case: Case, analysis: Analysis) -> None:
    """Entries of the timeline are events of this very case; owners are people of Care; actions are
    this analysis's.
    """
    chosen = {row["event"] for row in said["timeline"]}
    events = CaseEvent.objects.filter(
        organisation_id=case.organisation_id, case=case, seq__in=chosen
    )
    if chosen and events.count() != len(chosen):
        raise Refused("The timeline names an event that the case's journal does not have.")
    owners = {row["owner"] for row in said["actions"] if row["owner"]}
    if owners and User.objects.filter(pk__in=owners, role__in=CARE_ROLES).count() != len(owners):
        raise Refused("The owner of a corrective action is somebody of Care, or is named in words.")
    keys = [row["key"] for row in said["actions"] if row["key"]]
    if keys and (
        len(set(keys)) != len(keys) or analysis.actions.filter(pk__in=keys).count() != len(keys)
    ):
        raise Refused("The document names a corrective action that is not this analysis's.")
