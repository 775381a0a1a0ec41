"""What the verbs share: one lock order, and telling single persons."""

from collections.abc import Callable, Iterable
from functools import partial

from django.db import transaction
from django.utils import translation

from cases.models import Case, CaseEvent
from cases.notifications import outgoing
from contacts.models import User
from contacts.notification_preferences import NotificationKind
from core import current_time
from rca.models import Analysis


def locked(analysis: Analysis) -> tuple[Case, Analysis]:
    """The case first, then what hangs on it: one lock order everywhere."""
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
    **values: str,
) -> None:
    """Tell persons who would not hear of it as the case's own people; each once, whoever they are
    besides.

    `subject`, and a `text` that is made on the spot, are said in the reader's language; the
    subject's `{places}` are filled from `values` and the case's code.
    """
    made = []
    for reader in readers:
        with translation.override(reader.language):
            said = str(subject).format(code=case.code, **values)
            file = invitation(reader) if invitation else ""
            words = text() if callable(text) else text
        made.append(
            outgoing.compose(
                case,
                reader,
                key=key,
                subject=said,
                text=words,
                now=current_time.now(),
                event=event,
                kind=kind,
                invitation=file,
            )
        )
    keys = outgoing.put(made)
    if keys:
        transaction.on_commit(partial(outgoing.send_soon, keys))
