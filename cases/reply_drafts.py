"""Drafts of replies and notes: saved while they are written, visible to their author only, removed
once sent.
"""

from django.db import models, transaction
from django.utils import timezone

from cases import permissions, sent_forms
from cases.models import Case, ReplyDraft
from contacts.models import User
from core.errors import Refused

NOUNS = ("answer", "note", "information")
LONGEST = 70_000  # a little more than a message: what is too long to send is still kept
MOST = 10  # of one person on one case


def mine(case: Case, user: User) -> list[ReplyDraft]:
    """The drafts of this person on the case, newest first."""
    return list(
        ReplyDraft.objects.filter(organisation_id=case.organisation_id, case=case, by=user)[:MOST]
    )


@transaction.atomic
def save(
    case: Case,
    *,
    by: User,
    noun: str,
    text: str,
    key: int | None = None,
    revision: int = 0,
    seen: int = 0,
    form_key: str = "",
) -> ReplyDraft | None:
    """Save a draft. None where there is nothing to save, or the form was sent meanwhile.

    If another window has saved the draft since, or it was removed, it is not overwritten: this
    content becomes a new draft.
    """
    permissions.require_worker(by, case)
    if noun not in NOUNS:
        raise Refused("Only answers, questions and notes are kept as drafts.")
    text = text.replace("\0", "")
    if len(text) > LONGEST:
        raise Refused("This is too long for a draft. Please send logs as files.")
    if sent_forms.was_sent(form_key, by=by):
        return None
    whose = ReplyDraft.objects.filter(organisation_id=case.organisation_id, case=case, by=by)
    draft = whose.select_for_update().filter(pk=key, revision=revision).first() if key else None
    if not text.strip():
        if draft is not None:
            draft.delete()
        return None
    if draft is None:
        if whose.count() >= MOST:
            raise Refused(
                f"You have {MOST} drafts on this case. Please send one, or throw one away."
            )
        draft = ReplyDraft(organisation_id=case.organisation_id, case=case, by=by, revision=0)
    elif (draft.noun, draft.text) == (noun, text):
        return draft
    draft.form_key = form_key
    draft.noun, draft.text, draft.seen = noun, text, max(0, min(seen, case.event_count))
    draft.revision, draft.updated_at = draft.revision + 1, timezone.now()
    draft.save()
    return draft


def discard_sent(case: Case, *, by: User, key: int | None, form_key: str) -> None:
    """Remove what a form had saved before it was sent, under either key."""
    rows = ReplyDraft.objects.filter(organisation_id=case.organisation_id, case=case, by=by)
    saved = models.Q(pk=key) if key else models.Q()
    if form_key:
        saved |= models.Q(form_key=form_key)
    if saved:
        rows.filter(saved).delete()


def discard(case: Case, *, by: User, key: int) -> bool:
    """Remove a draft that was sent or discarded. False where it does not exist any more."""
    gone, _ = ReplyDraft.objects.filter(
        organisation_id=case.organisation_id, case=case, by=by, pk=key
    ).delete()
    return bool(gone)
