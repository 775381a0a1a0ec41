"""Plays a thousand cases through two weeks of moved time while everything around it breaks, and
proves the end.

    python -m tests.faults.player --cases 1000 --seed 1 --pace 3 --mails FILE --faults FILE
    [--refused ADDRESS]

Each case has a fate: the verbs of its people at set hours, and how it must end. A verb that was cut
off is looked for in the journal before it is tried again, as a person would look at the page.
Prints its findings as JSON, last.
"""

import argparse
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any

import django

django.setup()

import time_machine  # noqa: E402
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.db import Error, connections  # noqa: E402
from django.utils import timezone  # noqa: E402
from psycopg_pool import PoolTimeout  # noqa: E402

from audit import checks  # noqa: E402
from cases import actions  # noqa: E402
from cases.choices import CaseState, EventType  # noqa: E402
from cases.files.attachments import files_with_transaction  # noqa: E402
from cases.models import Case, CaseEvent, Notification  # noqa: E402
from contacts.models import Licence, Organisation, Role, User  # noqa: E402
from core.tenancy import care_scope  # noqa: E402
from rca import actions as rca  # noqa: E402
from rca.models import Analysis  # noqa: E402
from routing.models import AssignmentJob  # noqa: E402
from sla.models import Clock  # noqa: E402
from tests import cast  # noqa: E402
from tests.faults import outcome  # noqa: E402
from tests.faults.outcome import Acted  # noqa: E402

REAL = time_machine.escape_hatch.time
HOURS = ("09:00", "12:00", "15:00", "17:30")
DAYS = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)  # two weeks without their weekends
PATIENCE = 25.0  # real seconds that a step waits for the sweeps before time goes on
AT_THE_END = 180.0


@dataclass
class Played:
    """A case of the play: its fate, its people, and how many events of each verb they have made."""

    place: int
    fate: str
    contact: User
    analyst: User
    key: int = 0
    created: Counter[str] = field(default_factory=Counter)

    @property
    def title(self) -> str:
        return f"Case {self.place} of the play"

    def case(self) -> Case:
        return Case.objects.get(pk=self.key)


# --- Verbs, each by one of the two people


def _file(severity: int) -> Callable[[Played], Any]:
    duty: Any = (
        {"on_duty_name": "Ana", "call_back_number": "+49 30 5550100"} if severity == 1 else {}
    )
    return lambda one: actions.file_case(
        by=one.contact,
        contact=one.contact,
        site=_site(one),
        title=one.title,
        description="It fails.",
        severity=severity,
        **duty,
    )


REPAIR = {"what": "A second node.", "owner_name": "Kim", "due_on": "2099-12-31"}


def _site(one: Played) -> Any:
    return one.contact.site


def _answer_with_a_file(one: Played) -> None:
    """Both or neither, as the portal does it."""
    with files_with_transaction():
        case = one.case()
        upload = SimpleUploadedFile("console.log", f"SIP/2.0 408 of {one.title}\n".encode())
        actions.attach(case, by=one.contact, upload=upload)
        actions.answer_as_contact(case, by=one.contact, text="That one.")


def _publish(one: Played) -> None:
    analysis = Analysis.objects.get(case=one.key)
    if analysis.initial_sent_at is None:
        rca.send_initial(analysis, by=one.analyst, text="A node failed.")
    rca.save_draft(analysis, by=one.analyst, sections=cast.document(actions=[REPAIR]))
    rca.submit(analysis, by=one.analyst)
    rca.publish(analysis, by=User.objects.get(email="manager@play.invalid"))


ASK = (
    EventType.INFORMATION_REQUESTED,
    lambda one: actions.request_information(one.case(), by=one.analyst, text="Which?"),
)
SAY = (EventType.CONTACT_ANSWERED, lambda one: _answer_with_a_file(one))
ANSWER = (
    EventType.ANSWERED,
    lambda one: actions.answer(one.case(), by=one.analyst, text="We look."),
)
PROPOSE = (
    EventType.RESOLUTION_PROPOSED,
    lambda one: actions.propose_resolution(one.case(), by=one.analyst, text="So."),
)
ACCEPT = (EventType.CLOSED, lambda one: actions.accept(one.case(), by=one.contact))
OBJECT = (
    EventType.ISSUE_REPORTED,
    lambda one: actions.report_issue(one.case(), by=one.contact, text="Not yet."),
)
RULE = (
    EventType.RULED_INADEQUATE,
    lambda one: actions.rule_inadequate(one.case(), by=one.analyst, text="Which one?"),
)
PUBLISH = (EventType.RCA_PUBLISHED, _publish)
FILE, CRITICAL = (EventType.FILED, _file(3)), (EventType.FILED, _file(1))

# (step, verb): step 0 is Monday 09:00, 1 Monday 12:00, … 4 Tuesday 09:00. The last part is how the
# case must end.
FATES: dict[str, tuple[list[tuple[int, Any]], str]] = {
    "silent": ([(0, FILE), (1, ASK)], "unanswered"),
    "answers": ([(0, FILE), (1, ASK), (6, SAY), (8, PROPOSE)], "unopposed"),
    "accepts": ([(0, FILE), (1, ANSWER), (4, PROPOSE), (6, ACCEPT)], "accepted"),
    "objects": ([(0, FILE), (1, ANSWER), (2, PROPOSE), (5, OBJECT), (9, PROPOSE)], "unopposed"),
    "outage": ([(0, CRITICAL), (0, ANSWER), (2, PROPOSE), (5, PUBLISH)], "unopposed"),
    "gate": ([(0, CRITICAL), (0, ANSWER), (2, PROPOSE), (21, PUBLISH)], "unopposed"),
    "forgotten": ([(0, FILE), (9, ANSWER), (9, PROPOSE)], "unopposed"),
    "inadequate": ([(0, FILE), (1, ASK), (4, SAY), (5, RULE)], "unanswered"),
}


class Play:
    """The cases, their people and the moved time."""

    def __init__(self, cases: int, seed: int) -> None:
        self.chance = random.Random(seed)
        monday = _next_monday()
        self.instants = [
            datetime.combine(monday + timedelta(days=day), time.fromisoformat(hour), UTC)
            for day in DAYS
            for hour in HOURS
        ]
        self.cut_off = 0
        self.acted: list[Acted] = []
        move_to(self.instants[0])
        self.cases = self.retried(lambda: self._people_and_cases(cases))

    def _people_and_cases(self, cases: int) -> list[Played]:
        with care_scope():
            if not User.objects.filter(email="manager@play.invalid").exists():
                cast.care("Maya", "manager@play.invalid", Role.MANAGER)
            emails = [f"analyst-{n}@play.invalid" for n in range(5)]
            analysts = [
                _person(email, lambda address: cast.care("Kim", address, Role.ANALYST))
                for email in emails
            ]
            contacts = [_contact(n) for n in range(10)]
        fates = [*FATES] * (cases // len(FATES) + 1)
        return [
            Played(n, fates[n], self.chance.choice(contacts), self.chance.choice(analysts))
            for n in range(cases)
        ]

    def retried(self, act: Callable[[], Any]) -> Any:
        """Do it, again and again while the servers die under it."""
        for _ in range(600):
            try:
                return act()
            except (Error, PoolTimeout, OSError):
                self.cut_off += 1
                connections.close_all()
                sleep(0.2)
        raise RuntimeError("The database did not come back.")

    def step(self, number: int) -> None:
        """All that people do at one hour."""
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda one: self._of_one(one, number), self.cases))

    def _of_one(self, one: Played, number: int) -> None:
        for at, (verb, act) in FATES[one.fate][0]:
            if at == number:
                self._timed(partial(self._once, one, verb, act))
        # the thread may be at its end: its connection goes back to the pool
        connections.close_all()

    def _timed(self, act: Callable[[], Any]) -> None:
        """Do it, and note when a person began, when it was done and whether it had to be done
        again.
        """
        began, tries = REAL.time(), Counter[str]()

        def attempt() -> None:
            tries["all"] += 1
            act()

        self.retried(attempt)
        self.acted.append(Acted(began, REAL.time(), was_cut_off=tries["all"] > 1))

    def _once(self, one: Played, verb: EventType, act: Callable[[Played], Any]) -> None:
        """Do it unless the journal has it: what was cut off may have been done all the same."""
        with care_scope():
            if verb == EventType.FILED:
                case = Case.objects.filter(title=one.title).first()
                one.key = case.pk if case else act(one).case.pk
            elif CaseEvent.objects.filter(case=one.key, verb=verb).count() == one.created[verb]:
                act(one)
        one.created[verb] += 1


def _person(email: str, make: Callable[[str], User]) -> User:
    return User.objects.filter(email=email).first() or make(email)


def _contact(n: int) -> User:
    organisation = Organisation.objects.filter(short_name=f"play-{n}").first()
    if organisation is None:
        organisation = cast.organisation(f"play-{n}", f"Play {n}", licensed=False)
        Licence.objects.create(
            organisation=organisation, product="PureCloud 2", starts_on=datetime(2015, 1, 1).date()
        )
    for m in range(2):
        _person(
            f"contact-{n}-{m}@play.invalid",
            lambda email: cast.contact(organisation, f"Ana {email[8:11]}", email),
        )
    return User.objects.select_related("site", "organisation").get(
        email=f"contact-{n}-0@play.invalid"
    )


def _next_monday() -> Any:
    today = datetime.fromtimestamp(REAL.time(), UTC).date()
    return today + timedelta(days=7 - today.weekday())


def move_to(instant: datetime) -> None:
    """Move the time of every process of the run, and wait until it is so here."""
    file = Path(os.environ["CARETRACK_MOVED_TIME"])
    (fresh := file.with_suffix(".new")).write_text(str(instant.timestamp() - REAL.time()))
    fresh.replace(file)
    while abs((timezone.now() - instant).total_seconds()) > 60:
        sleep(0.02)
    sleep(0.1)


# --- Waiting, and the proof


def unfinished() -> int:
    """How much the sweeps have still to do now: due clocks, messages, cases to be placed."""
    now = timezone.now()
    with care_scope():
        clocks = (
            Clock.objects.filter(check_at__lte=now).exclude(case__state=CaseState.CLOSED).count()
        )
        return (
            clocks
            + Notification.objects.to_send(now).count()
            + AssignmentJob.objects.filter(look_at__lte=now).count()
        )


def wait_until_quiet(play: Play, patience: float) -> bool:
    until = REAL.time() + patience
    while REAL.time() < until:
        if play.retried(unfinished) == 0:
            return True
        sleep(0.1)
    return False


def findings(
    play: Play, mails: list[dict[str, Any]], faults: list[dict[str, Any]], refused: str
) -> dict[str, Any]:
    """What does not hold, and what is worth counting."""
    with care_scope():
        result = checks.run()
        results = [finding for group in result.findings.values() for finding in group]
        states = dict(Case.objects.values_list("pk", "closing_reason"))
        results += [
            (
                f"{one.title} ({one.fate}) ended “{states.get(one.key) or 'open'}”, not "
                f"“{FATES[one.fate][1]}”."
            )
            for one in play.cases
            if states.get(one.key) != FATES[one.fate][1]
        ]
        filed = Counter(Case.objects.filter(kind="problem").values_list("title", flat=True))
        results += [
            f"{title} was filed {count} times." for title, count in filed.items() if count > 1
        ]
        sent = dict(
            Notification.objects.filter(state="sent", channel="email").values_list(
                "provider_id", "address"
            )
        )
        failed, events = (
            Notification.objects.filter(state="failed").count(),
            CaseEvent.objects.count(),
        )
        undelivered = list(Notification.objects.filter(address=refused, state="failed"))
        results += [finding for notice in undelivered for finding in not_passed_on(notice)]
    taken = Counter(mail["id"] for mail in mails)
    results += [
        f"{key} counts as sent to {to} and never was." for key, to in sent.items() if not taken[key]
    ]
    results += [f"{mail['id']} was taken for {refused}." for mail in mails if mail["to"] == refused]
    twice = {
        key: [m["at"] for m in mails if m["id"] == key] for key, count in taken.items() if count > 1
    }
    odd = [key for key, at in twice.items() if not outcome.is_excused(at, faults)]
    results += [f"{key} was sent {taken[key]} times, and nothing died meanwhile." for key in odd]
    under_hang = outcome.under_hung_broker(play.acted, faults)
    results += outcome.waited_for_the_broker(under_hang)
    return {
        "cases": len(play.cases),
        "events": events,
        "mails": len(mails),
        "twice": len(twice),
        "cut_off": play.cut_off,
        "refused": len(undelivered),
        "failed_notices": failed,
        "under_hung_broker": len(under_hang),
        "slowest_under_hung_broker_seconds": max(
            (one.seconds for one, _hang in under_hang), default=0.0
        ),
        "findings": results,
    }


def not_passed_on(notice: Notification) -> list[str]:
    """What is wrong with a notice that the mail server refused: while its case was open, the next
    contact has it.
    """
    events = CaseEvent.objects.filter(case=notice.case_id, verb=EventType.UNDELIVERED)
    event = next((one for one in events if one.particulars.get("notice") == notice.pk), None)
    if event is None:
        return [f"Notice {notice.pk} was refused, and the journal of its case does not have it."]
    if CaseEvent.objects.filter(
        case=notice.case_id, verb=EventType.CLOSED, seq__lt=event.seq
    ).exists():
        return []
    heirs = Notification.objects.filter(case=notice.case_id, key=notice.key, state="sent").exclude(
        pk=notice.pk
    )
    return (
        []
        if heirs.exists()
        else [f"Notice {notice.pk} was refused, and no other contact was sent it."]
    )


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser()
    for name, kind in (
        ("cases", int),
        ("seed", int),
        ("pace", float),
        ("mails", Path),
        ("faults", Path),
    ):
        parser.add_argument(f"--{name}", type=kind, required=True)
    parser.add_argument(
        "--refused", default="", help="an address that the mail server does not know"
    )
    wanted = parser.parse_args(argv)
    play = Play(wanted.cases, wanted.seed)
    hurried = 0
    for number, instant in enumerate(play.instants):
        began = REAL.time()
        move_to(instant)
        play.step(number)
        hurried += not wait_until_quiet(play, PATIENCE)
        sleep(max(0.0, wanted.pace - (REAL.time() - began)))
        print(f"{instant:%a %d %b %H:%M}, {len(lines(wanted.faults))} faults so far", flush=True)
    print("played", flush=True)  # the faults end
    while not any(fault["fault"] == "none" for fault in lines(wanted.faults)):
        sleep(0.1)
    day = play.instants[-1]
    for _ in range(6):  # what a late notice put off runs its period
        day += timedelta(days=1)
        move_to(day)
        wait_until_quiet(play, AT_THE_END)
    problems = findings(play, lines(wanted.mails), lines(wanted.faults), wanted.refused)
    print(json.dumps({**problems, "hurried_steps": hurried}))
    return 1 if problems["findings"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
