"""Rows of the list of all cases as the page shows them: the template of the queue's rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from caretrack.web.shared.queue.rows import (
    PRIORITY_LABELS,
    SEVERITY_LABELS,
    STATE_LABELS,
    render_rows,
)
from caretrack.web.shared.templatetags.care import SIGNS
from cases.choices import ClosingReason, Severity
from cases.models import Case
from contacts import namesakes

CLOSING_LABELS = {reason.value: str(reason.label) for reason in ClosingReason}


@dataclass(frozen=True)
class ListedCase:
    """A case of the list with its labels, and where the words of a search are. `contact` is
    distinguished from people of the same name.
    """

    case: Case
    snippet: SafeString | None
    contact: str

    # The queue shows what is unread and who looks at a case; a list of all cases does not.
    is_unread, present = False, None

    def __getattr__(self, name: str) -> object:
        return getattr(self.case, name)

    @property
    def severity_sign(self) -> str:
        return SIGNS[Severity(self.case.severity)]

    @property
    def severity_label(self) -> str:
        return SEVERITY_LABELS[self.case.severity]

    @property
    def priority_label(self) -> str:
        return PRIORITY_LABELS[self.case.priority]

    @property
    def state_label(self) -> str:
        return STATE_LABELS[self.case.state]

    @property
    def closing_label(self) -> str:
        return CLOSING_LABELS[self.case.closing_reason]

    @property
    def organisation(self) -> str:
        return self.case.organisation.name

    @property
    def organisation_short(self) -> str:
        return self.case.organisation.short_name

    @property
    def assignee(self) -> str:
        return self.case.assignee.name if self.case.assignee else ""

    @property
    def team(self) -> str:
        return self.case.team.name if self.case.team else ""


def shown(
    cases: Iterable[Case], snippets: Mapping[int, SafeString], columns: Sequence[str]
) -> SafeString:
    """The rows of the table, with these columns (`caretrack.web.console.list_columns`)."""
    listed = list(cases)
    names = namesakes.labels_of_shown(case.contact for case in listed)
    rows = [ListedCase(case, snippets.get(case.pk), names[case.contact_id]) for case in listed]
    return render_rows(rows, columns, is_queue=False)
