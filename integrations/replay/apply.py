"""One incident's history, told to the product in its own verbs at the historical instants."""

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
class Told:
    """What came of telling some histories."""

    told: int = 0
    verbs: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    unread: list[Unread] = field(default_factory=list)

    def add(self, other: "Told") -> None:
        self.told += other.told
        self.verbs += other.verbs
        self.notes += other.notes
        self.unread += other.unread


class Teller:
    """Tells histories; keeps the people it needs at hand."""

    def __init__(self, people: ImportedPeople, first_number: int) -> None:
        self.people = people
        self.first_number = first_number
        self.system: User
        self.users: dict[int, User] = {}
        self.sites: dict[int, Site] = {}

    def load_system(self) -> None:
        """CareTrack itself: it alone sets historical instants, and it closes what nobody
        opposed.
        """
        self.system = User.objects.system()

    def user(self, pk: int) -> User:
        if pk not in self.users:
            self.users[pk] = User.objects.select_related("organisation").get(pk=pk)
        return self.users[pk]

    def site(self, pk: int) -> Site:
        if pk not in self.sites:
            self.sites[pk] = Site.objects.select_related("calendar", "organisation").get(pk=pk)
        return self.sites[pk]

    def tell(self, history: History) -> Told:
        """The whole history in one transaction: all of it is in, or nothing, and then the reason is
        named.
        """
        told = Told(told=1)
        try:
            with care_scope():
                with connection.cursor() as cursor:
                    # A replay that loses its last seconds tells them again; waiting for the disk is
                    # not needed.
                    cursor.execute("SET LOCAL synchronous_commit TO off")
                _History(self, history, told).tell()
        except (Refused, TransitionNotAllowed, DataError) as error:
            why = str(error).partition("\n")[0]
            return Told(unread=[Unread(history.line, history.number, f"refused: {why}")])
        return told


class _History:
    """One history while it is told."""

    def __init__(self, teller: Teller, history: History, told: Told) -> None:
        self.teller, self.history, self.told = teller, history, told
        self.system = teller.system
        self.contact = teller.user(teller.people.contacts[history.contact, history.organisation])
        self.case: Case
        self.is_held = False

    def tell(self) -> None:
        first = self.history.entries[0]
        opened_at = self.history.opened_at or first.at
        if opened_at > first.at:
            self.told.notes["opened after its own first row: filed at that row"] += 1
            opened_at = first.at
        if first.stands != HistoryState.NEW:
            self.told.notes[f"history begins at «{first.stands}»"] += 1
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
            number=self.teller.first_number + self.history.index,
        )
        for entry in self.history.entries:
            self._tell(entry)
        if self.case.is_open:
            self.told.notes[f"open at the end of the log: {self.case.get_state_display()}"] += 1

    def _site(self) -> Site:
        return self.teller.site(self.teller.people.sites[self.history.organisation])

    def _tell(self, entry: LogEntry) -> None:
        analyst = self.teller.user(self.teller.people.analysts[entry.analyst or DESK])
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
                self.told.unread.append(
                    Unread(entry.line, self.history.number, "the severity of a closed case stands")
                )
        if (
            entry.analyst
            and entry.stands != HistoryState.CLOSED
            and self.case.is_open
            and self.case.assignee_id != analyst.pk
        ):
            self._do(entry.at, actions.take, self.case, by=analyst)
        if REACHED[CaseState(self.case.state)] != entry.stands or (
            entry.stands == HistoryState.WORKED and not self.case.answered_at
        ):
            self._move(entry, analyst)

    def _move(self, entry: LogEntry, analyst: User) -> None:
        """Bring the case to where the row says it stands, by the verbs that lead there."""
        steps: dict[HistoryState, Callable[[LogEntry, User], None]] = {
            HistoryState.NEW: self._to_new,
            HistoryState.WORKED: self._to_work,
            HistoryState.WAITING: self._to_waiting,
            HistoryState.INVESTIGATING: self._to_investigating,
            HistoryState.PROPOSED: self._to_proposed,
            HistoryState.CLOSED: self._to_closed,
        }
        steps[entry.stands](entry, analyst)

    def _to_new(self, entry: LogEntry, analyst: User) -> None:
        if self.case.assignee_id is None:
            self.told.unread.append(
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
        """Only a proposal closes; a Critical case whose RCA is owed stays proposed, held by the
        gate (§12).
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
            self.told.notes["held by the RCA gate"] += 1

    def _do(self, at: datetime, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        with current_time.backdated(at, by=self.system):
            event = verb(*args, **kwargs)
        self.case = event.case
        self.told.verbs[event.verb] += 1
