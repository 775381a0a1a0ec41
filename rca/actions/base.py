"""What the actions share: one lock order, and notifications to individual people."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from django.db import transaction
from django.utils import translation

from cases.models import Case, CaseEvent
from cases.notifications import outgoing
from cases.notifications.texts import NoticeLine
from contacts.models import User
from contacts.notification_preferences import NotificationKind
from core import current_time
from rca.models import Analysis


def locked(analysis: Analysis) -> tuple[Case, Analysis]:
    """The row, locked after its case: the lock order everywhere."""
    case = Case.objects.locked(analysis.case_id)
    return case, Analysis.objects.select_for_update().get(pk=analysis.pk)


def notify_people(
    readers: Iterable[User],
    case: Case,
    *,
    key: str,
    subject: object,
    text: str | Callable[[], str] = "",
    kind: NotificationKind = NotificationKind.ANSWER,
    event: CaseEvent | None = None,
    invitation: Callable[[User], str] | None = None,
    lines: Sequence[NoticeLine] = (),
    **values: str,
) -> None:
    """Notify people who are not notified as the case's own people; each once.

    `subject`, `lines`, and a `text` that is a function, use the recipient's language. `values` and
    the case's code fill the subject's `{placeholders}`.
    """
    notifications = []
    for reader in readers:
        with translation.override(reader.language):
            subject_text = str(subject).format(code=case.code, **values)
            file = invitation(reader) if invitation else ""
            words = text() if callable(text) else text
        notifications.append(
            outgoing.compose(
                case,
                reader,
                key=key,
                subject=subject_text,
                text=words,
                now=current_time.now(),
                event=event,
                kind=kind,
                invitation=file,
                lines=lines,
            )
        )
    keys = outgoing.put(notifications)
    if keys:
        transaction.on_commit(partial(outgoing.send_soon, keys))
