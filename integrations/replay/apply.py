"""Apply one incident's history with the product's own actions at the historical instants."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DataError, connection
from django_fsm import TransitionNotAllowed

from cases import actions
from cases.choices import CaseState, ClosingReason
from cases.models import Case
from contacts.models import Channel, Site, User
from core import current_time
from core.errors import Refused
from core.tenancy import care_scope
from integrations.replay.mapping import HistoryState
from integrations.replay.parse import History, LogEntry, Unread
from integrations.replay.people import DESK, ImportedPeople

SOURCE = "Read from the audit log."
REACHED = {
    CaseState.NEW: HistoryState.NEW,
    CaseState.IN_PROGRESS: HistoryState.WORKED,
    CaseState.WAITING_ON_CONTACT: HistoryState.WAITING,
    CaseState.INVESTIGATING: HistoryState.INVESTIGATING,
    CaseState.RESOLUTION_PROPOSED: HistoryState.PROPOSED,
    CaseState.CLOSED: HistoryState.CLOSED,
}


@dataclass
class ReplayOutcome:
    """The result of applying some histories."""

    applied: int = 0
    event_types: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    unread: list[Unread] = field(default_factory=list)

    def add(self, other: "ReplayOutcome") -> None:
        self.applied += other.applied
        self.event_types += other.event_types
        self.notes += other.notes
        self.unread += other.unread


class HistoryReplay:
    """Applies histories, and caches the people they need."""

    def __init__(self, people: ImportedPeople, first_number: int) -> None:
        self.people = people
        self.first_number = first_number
        self.system: User
        self.users: dict[int, User] = {}
        self.sites: dict[int, Site] = {}

    def load_system(self) -> None:
        """Load the system user, which sets historical instants and closes unopposed cases."""
        self.system = User.objects.system()

    def user(self, pk: int) -> User:
        if pk not in self.users:
            self.users[pk] = User.objects.select_related("organisation").get(pk=pk)
        return self.users[pk]

    def site(self, pk: int) -> Site:
        if pk not in self.sites:
            self.sites[pk] = Site.objects.select_related("calendar", "organisation").get(pk=pk)
        return self.sites[pk]

    def apply(self, history: History) -> ReplayOutcome:
        """Apply the whole history in one transaction: all or nothing, with the reason."""
        outcome = ReplayOutcome(applied=1)
        try:
            with care_scope():
                with connection.cursor() as cursor:
                    # A replay that loses its last seconds applies them again, so it need not wait
                    # for the disk.
                    cursor.execute("SET LOCAL synchronous_commit TO off")
                _CaseReplay(self, history, outcome).run()
        except (Refused, TransitionNotAllowed, DataError) as error:
            why = str(error).partition("\n")[0]
            return ReplayOutcome(unread=[Unread(history.line, history.number, f"refused: {why}")])
        return outcome


class _CaseReplay:
    """The replay of one history."""

    def __init__(self, replay: HistoryReplay, history: History, outcome: ReplayOutcome) -> None:
        self.replay, self.history, self.outcome = replay, history, outcome
        self.system = replay.system
        self.contact = replay.user(replay.people.contacts[history.contact, history.organisation])
        self.case: Case
        self.is_held = False

    def run(self) -> None:
        first = self.history.entries[0]
        opened_at = self.history.opened_at or first.at
        if opened_at > first.at:
            self.outcome.notes["opened after its own first row: filed at that row"] += 1
            opened_at = first.at
        if first.state != HistoryState.NEW:
            self.outcome.notes[f"history begins at “{first.state}”"] += 1
        self._do(
            opened_at,
            actions.file_case,
            by=self.contact,
            contact=self.contact,
            site=self._site(),
            title=(self.history.title or self.history.number)[:200],
            description=SOURCE,
            severity=first.severity,
            priority=self.history.priority,
            channel=Channel.PHONE,
            area=self.history.area[:80],
            external_ref=self.history.number,
            number=self.replay.first_number + self.history.index,
        )
        for entry in self.history.entries:
            self._apply_entry(entry)
        if self.case.is_open:
            self.outcome.notes[f"open at the end of the log: {self.case.get_state_display()}"] += 1

    def _site(self) -> Site:
        return self.replay.site(self.replay.people.sites[self.history.organisation])

    def _apply_entry(self, entry: LogEntry) -> None:
        analyst = self.replay.user(self.replay.people.analysts[entry.analyst or DESK])
        if entry.severity != self.case.severity:
            if self.case.is_open:
                self._do(
                    entry.at,
                    actions.set_severity,
                    self.case,
                    by=analyst,
                    severity=entry.severity,
                    text=SOURCE,
                )
            else:
                self.outcome.unread.append(
                    Unread(entry.line, self.history.number, "the severity of a closed case stands")
                )
        if (
            entry.analyst
            and entry.state != HistoryState.CLOSED
            and self.case.is_open
            and self.case.assignee_id != analyst.pk
        ):
            self._do(entry.at, actions.take, self.case, by=analyst)
        if REACHED[CaseState(self.case.state)] != entry.state or (
            entry.state == HistoryState.WORKED and not self.case.answered_at
        ):
            self._move(entry, analyst)

    def _move(self, entry: LogEntry, analyst: User) -> None:
        """Bring the case into the state of the row, by the actions that lead there."""
        steps: dict[HistoryState, Callable[[LogEntry, User], None]] = {
            HistoryState.NEW: self._to_new,
            HistoryState.WORKED: self._to_work,
            HistoryState.WAITING: self._to_waiting,
            HistoryState.INVESTIGATING: self._to_investigating,
            HistoryState.PROPOSED: self._to_proposed,
            HistoryState.CLOSED: self._to_closed,
        }
        steps[entry.state](entry, analyst)

    def _to_new(self, entry: LogEntry, analyst: User) -> None:
        if self.case.assignee_id is None:
            self.outcome.unread.append(
                Unread(entry.line, self.history.number, "a case does not go back to New")
            )

    def _to_work(self, entry: LogEntry, analyst: User) -> None:
        at, case = entry.at, self.case
        if case.state == CaseState.WAITING_ON_CONTACT:
            self._do(at, actions.answer_as_contact, case, by=self.contact, text=SOURCE)
        if self.case.state == CaseState.INVESTIGATING:
            self._do(at, actions.hand_back, self.case, by=analyst, text=SOURCE)
        elif self.case.state == CaseState.RESOLUTION_PROPOSED:
            self._do(at, actions.report_issue, self.case, by=self.contact, text=SOURCE)
        elif self.case.state == CaseState.CLOSED:
            self._do(at, actions.reopen, self.case, by=self.contact, text=SOURCE)
        elif not self.case.answered_at:
            self._do(at, actions.answer, self.case, by=analyst, text=SOURCE)

    def _to_waiting(self, entry: LogEntry, analyst: User) -> None:
        if self.case.state in (CaseState.RESOLUTION_PROPOSED, CaseState.CLOSED):
            self._to_work(entry, analyst)
        self._do(entry.at, actions.request_information, self.case, by=analyst, text=SOURCE)

    def _to_investigating(self, entry: LogEntry, analyst: User) -> None:
        if self.case.state not in (CaseState.NEW, CaseState.IN_PROGRESS):
            self._to_work(entry, analyst)
        if not self.case.answered_at:
            self._do(entry.at, actions.answer, self.case, by=analyst, text=SOURCE)
        self._do(entry.at, actions.escalate, self.case, by=analyst, text=SOURCE)

    def _to_proposed(self, entry: LogEntry, analyst: User) -> None:
        if self.case.state == CaseState.CLOSED:
            self._to_work(entry, analyst)
        if self.case.state == CaseState.NEW:
            self._do(entry.at, actions.answer, self.case, by=analyst, text=SOURCE)
        self._do(entry.at, actions.propose_resolution, self.case, by=analyst, text=SOURCE)

    def _to_closed(self, entry: LogEntry, analyst: User) -> None:
        """Only a proposal closes. A Critical case that owes an RCA stays proposed, held by the gate
        (§12).
        """
        if self.is_held:
            return
        if self.case.state != CaseState.RESOLUTION_PROPOSED:
            self._to_proposed(entry, analyst)
        try:
            self._do(
                entry.at, actions.close, self.case, by=self.system, reason=ClosingReason.UNOPPOSED
            )
        except Refused:
            if not self.case.was_critical:
                raise
            self.is_held = True
            self.outcome.notes["held by the RCA gate"] += 1

    def _do(self, at: datetime, action: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        with current_time.backdated(at, by=self.system):
            event = action(*args, **kwargs)
        self.case = event.case
        self.outcome.event_types[event.verb] += 1
