"""Care's comments on a draft, visible to Care only."""

from django.db import transaction

from cases.actions.base import require_text
from cases.permissions import require_worker
from contacts.models import User
from contacts.notification_preferences import NotificationKind
from core import current_time
from core.errors import Refused
from rca import document
from rca.actions.base import locked, notify_people
from rca.models import Analysis, Comment

MOST = 200


@transaction.atomic
def comment(analysis: Analysis, *, by: User, text: str, part: str = "") -> Comment:
    """Comment on a part of the draft, or on all of it; the author is notified.

    No customer reads it.
    """
    case, analysis = locked(analysis)
    require_worker(by, case)
    text = require_text(text, "what you want to remark")
    if part and part not in document.PARTS:
        raise Refused("Choose a part of the document to comment on.")
    if analysis.comments.count() >= MOST:
        raise Refused(f"There are {MOST} comments already.")
    saved = Comment.objects.create(
        organisation_id=analysis.organisation_id,
        analysis=analysis,
        part=part,
        text=text,
        by=by,
        at=current_time.now(),
    )
    author = analysis.author
    if author is not None and author.pk != by.pk and author.is_active:
        notify_people(
            [author],
            case,
            key=f"rca-comment:{saved.pk}",
            text=text,
            kind=NotificationKind.MENTION,
            subject="{by} commented on the root cause analysis of {code}",
            by=by.name,
        )
    return saved


@transaction.atomic
def resolve_comment(comment: Comment, *, by: User) -> Comment:
    """Mark a comment as resolved.

    Idempotent: if another person resolved it already, theirs counts.
    """
    case, _analysis = locked(comment.analysis)
    require_worker(by, case)
    comment = Comment.objects.select_for_update().get(pk=comment.pk)
    if comment.resolved_at is None:
        comment.resolved_by, comment.resolved_at = by, current_time.now()
        comment.save(update_fields=["resolved_by", "resolved_at"])
    return comment
