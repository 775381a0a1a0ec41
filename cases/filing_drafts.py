"""Drafts of cases (§4): saved while they are written, visible to their author only, removed once
filed.
"""

import json
from typing import Any

from django.db import transaction
from django.utils import timezone

from cases import sent_forms
from cases.case_details import DETAIL_NAMES
from cases.files import staging
from cases.models import FilingDraft, StagedFile
from contacts.models import User
from contacts.permissions import is_designated_contact
from core.errors import Refused

MOST_DRAFTS = 20
LONGEST = 200_000  # characters in all fields together
TEXTS = ("title", "description", *DETAIL_NAMES)  # a draft has at least one of them, or a file


def mine(user: User) -> list[FilingDraft]:
    """The drafts of this person, newest first."""
    return list(
        FilingDraft.objects.filter(organisation_id=user.organisation_id or 0, user=user)[
            :MOST_DRAFTS
        ]
    )


def one(user: User, key: int | None) -> FilingDraft | None:
    """A draft of this person; None where it was removed or filed, or belongs to another person."""
    return (
        FilingDraft.objects.filter(
            organisation_id=user.organisation_id or 0, user=user, pk=key
        ).first()
        if key
        else None
    )


@transaction.atomic
def save(
    *,
    by: User,
    fields: dict[str, Any],
    key: int | None = None,
    revision: int = 0,
    staged: list[int] | None = None,
    form_key: str = "",
) -> FilingDraft | None:
    """Save a draft. None where there is nothing to save yet, or the form was sent meanwhile.

    If another window has saved the draft since, or it was removed, it is not overwritten: this
    content becomes a new draft.
    """
    if not is_designated_contact(by):
        raise Refused("Only an active Designated Contact can open a case.")
    if len(json.dumps(fields, ensure_ascii=False)) > LONGEST:
        raise Refused("This is too long for a draft. Please send logs as files.")
    if sent_forms.was_sent(form_key, by=by):
        return None
    draft = (
        FilingDraft.objects.select_for_update().filter(user=by, pk=key, revision=revision).first()
        if key
        else None
    )
    if draft is None:
        if not (staged or any(str(fields.get(name) or "").strip() for name in TEXTS)):
            return None
        User.objects.select_for_update().get(pk=by.pk)
        if (
            FilingDraft.objects.filter(organisation_id=by.organisation_id or 0, user=by).count()
            >= MOST_DRAFTS
        ):
            raise Refused("You have {count} drafts. Please send or delete one.", count=MOST_DRAFTS)
        assert by.organisation_id is not None
        draft = FilingDraft(organisation_id=by.organisation_id, user=by, revision=0)
    elif draft.fields == fields:
        _hold(draft, by, staged)
        return draft
    draft.form_key = form_key
    draft.fields, draft.revision, draft.updated_at = fields, draft.revision + 1, timezone.now()
    draft.save()
    _hold(draft, by, staged)
    return draft


def _hold(draft: FilingDraft, by: User, staged: list[int] | None) -> None:
    """The staged files remain with the draft."""
    if staged:
        staging.mine(by, None).filter(pk__in=staged).exclude(draft=draft).update(draft=draft)


def take(*, by: User, key: int) -> bool:
    """Lock the draft until the case is filed, and remove it with that transaction. False where it
    does not exist any more.
    """
    draft = FilingDraft.objects.select_for_update().filter(user=by, pk=key).first()
    if draft is None:
        return False
    StagedFile.objects.filter(draft=draft).update(draft=None)
    draft.delete()
    return True


def discard_sent(*, by: User, form_key: str) -> None:
    """Remove what a form had saved while it was being sent. Its files go with the case."""
    if not form_key:
        return
    drafts = FilingDraft.objects.filter(user=by, form_key=form_key)
    StagedFile.objects.filter(draft__in=drafts).update(draft=None)
    drafts.delete()


@transaction.atomic
def discard(*, by: User, key: int) -> None:
    """Delete a draft with its staged files."""
    draft = FilingDraft.objects.select_for_update().filter(user=by, pk=key).first()
    if draft is not None:
        staging.remove(list(draft.staged.values_list("pk", flat=True)), by=by)
        draft.delete()
