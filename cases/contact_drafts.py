"""Drafts of what a contact writes on a case (§5): saved while it is written, visible to its author
only, removed once sent.

A removed draft is an empty row, which the sweep deletes: no contact may delete rows of this table.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models, transaction
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone

from cases import permissions, sent_forms
from cases.models import Case, ContactDraft
from contacts.models import User
from contacts.permissions import is_designated_contact
from core.errors import Refused

LONGEST = 70_000  # characters in all fields together
MOST = 10  # of one person on one case
FIELDS = ("pk", "noun", "fields", "revision", "updated_at")


def on_case(user: User) -> ArraySubquery:
    """The drafts of this person as a column of their cases: a page needs no statement for them."""
    theirs = ContactDraft.objects.filter(
        organisation_id=OuterRef("organisation_id"), case_id=OuterRef("pk"), user=user
    ).exclude(fields={})
    return ArraySubquery(theirs.values(json=JSONObject(**{name: name for name in FIELDS}))[:MOST])


def read(column: list[dict[str, Any]]) -> dict[str, ContactDraft]:
    """The newest draft of each action, from the column `on_case`."""
    newest: dict[str, ContactDraft] = {}
    for row in column:
        at = datetime.fromisoformat(row["updated_at"])
        newest.setdefault(row["noun"], ContactDraft(**{**row, "updated_at": at}))
    return newest


def without_case(user: User, noun: str) -> ContactDraft | None:
    """The newest draft of something that has no case yet, such as a documentation request."""
    return _theirs(user, None).filter(noun=noun).first()


@transaction.atomic
def save(
    case: Case | None,
    *,
    by: User,
    noun: str,
    fields: Mapping[str, Any],
    key: int | None = None,
    revision: int = 0,
    form_key: str = "",
) -> ContactDraft | None:
    """Save a draft. None where there is nothing to save, or the form was sent meanwhile.

    If another window has saved the draft since, or it was removed, it is not overwritten: this
    content becomes a new draft.
    """
    if case is None and not is_designated_contact(by):
        raise Refused("Only an active Designated Contact can open a case.")
    if case is not None and not permissions.may_speak_for_customer(by, case):
        raise Refused("Only an active Designated Contact of this organisation can answer.")
    if len(json.dumps(fields, ensure_ascii=False)) > LONGEST:
        raise Refused("This is too long for a draft. Please send logs as files.")
    if sent_forms.was_sent(form_key, by=by):
        return None
    rows = _theirs(by, case)
    draft = rows.select_for_update().filter(pk=key, revision=revision).first() if key else None
    if not any(str(value).strip() for value in fields.values()):
        if draft is not None:
            _remove(rows.filter(pk=draft.pk))
        return None
    if draft is None:
        if rows.count() >= MOST:
            raise Refused("You have {count} drafts here. Please send or delete one.", count=MOST)
        organisation_id = by.organisation_id
        assert organisation_id is not None
        draft = ContactDraft(organisation_id=organisation_id, case=case, user=by, revision=0)
    elif (draft.noun, draft.fields) == (noun, fields):
        return draft
    draft.noun, draft.fields, draft.form_key = noun, dict(fields), form_key
    draft.revision, draft.updated_at = draft.revision + 1, timezone.now()
    draft.save()
    return draft


def discard_sent(case: Case | None, *, by: User, key: int | None, form_key: str) -> None:
    """Remove what a form had saved before it was sent, under either key."""
    saved = models.Q(pk=key) if key else models.Q()
    if form_key:
        saved |= models.Q(form_key=form_key)
    if saved:
        _remove(_theirs(by, case).filter(saved))


def discard(case: Case | None, *, by: User, key: int) -> None:
    """Remove a draft. Idempotent."""
    _remove(_theirs(by, case).filter(pk=key))


def sweep(limit: int = 10_000) -> int:
    """Delete the rows of removed drafts. Needs Care's scope."""
    empty = ContactDraft.objects.filter(fields={}).values_list("pk", flat=True)[:limit]
    return ContactDraft.objects.filter(pk__in=list(empty)).delete()[0]


def _remove(rows: models.QuerySet[ContactDraft]) -> None:
    rows.update(fields={}, form_key="", revision=F("revision") + 1)


def _theirs(user: User, case: Case | None) -> models.QuerySet[ContactDraft]:
    return ContactDraft.objects.filter(
        organisation_id=user.organisation_id or 0, user=user, case=case
    ).exclude(fields={})
