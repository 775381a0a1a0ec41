"""What a person of Care has read of a case: the rest is unread."""

from cases.models import Case, ReadMark
from contacts.models import User
from core import current_time


def mark_read(case: Case, *, by: User) -> None:
    """Record that `by` has read the case up to now.

    It is no event of the case, and nobody is notified.
    """
    if not by.is_care:
        return
    ReadMark.objects.bulk_create(
        [
            ReadMark(
                organisation_id=case.organisation_id, case=case, analyst=by, at=current_time.now()
            )
        ],
        update_conflicts=True,
        unique_fields=["analyst", "case"],
        update_fields=["at"],
    )
