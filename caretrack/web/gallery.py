"""Every shared component in all its states, with invented data. In a trial only."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.web.portal.forms import AnswerForm, ReplyTextForm
from caretrack.web.shared import explanation, next_step
from caretrack.web.shared.access import signed_in
from caretrack.web.shared.clock_view import ClockView
from caretrack.web.shared.conversation import ConversationEntry, Speaker
from cases.choices import CaseState, ClosingReason, EventType, Severity
from cases.models import Area, Attachment, Case, Responsibility, ScanState, StagedFile
from cases.severity import DEFINITIONS
from contacts.models import Organisation, Role, User
from core.pagination import Page
from sla.businesstime import Pause
from sla.calendars import compiled
from sla.explain import Explanation

HOUR = 3600
LONG = (
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft, "
    "telephony of the northern region"
)


@login_required
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """One page of everything."""
    return render(request, "gallery/gallery.html", Invented(signed_in(request)).context())


class Invented:
    """Data to show. None of it is saved."""

    def __init__(self, reader: User) -> None:
        self.reader = reader
        self.now = timezone.now().replace(microsecond=0)
        self.organisation = Organisation(short_name="globex", name="Globex KK")
        self.contact = User(
            name="Ben Baba",
            role=Role.CONTACT,
            email="ben@globex.example",
            zone="Asia/Tokyo",
            organisation=self.organisation,
        )
        self.contact.pk, self.contact.organisation_id = 1, 1
        self.analyst = User(
            name="Kim Kato", role=Role.ANALYST, email="kim@care.example", zone="Europe/Berlin"
        )
        self.machine = User(
            name="CareTrack", role=Role.SYSTEM, email="care@caretrack.invalid", zone="UTC"
        )

    def context(self) -> dict[str, Any]:
        invalid_form = ReplyTextForm({"text": ""})
        invalid_form.is_valid()
        return {
            "severities": [(severity, DEFINITIONS[severity]) for severity in Severity],
            "states": [self.case(state) for state in CaseState],
            "clocks": self.clocks(),
            "case": self.case(CaseState.IN_PROGRESS),
            "turns": self.turns(),
            "entries": self.entries(),
            "page": Page([], "CT-0000012", False),
            "answer_form": AnswerForm(auto_id="gallery_%s"),
            "wrong_form": invalid_form,
            "lines": [
                ("First response by", self.now + timedelta(hours=1)),
                ("Service restored by", self.now + timedelta(days=2)),
            ],
            "definition": DEFINITIONS[Severity.HIGH],
            "attached": [
                self.file(state, scan_state=state, finding="Eicar-Test-Signature")
                for state in ScanState
            ],
            "staged": [self.staged("console.log", 3000), self.staged(f"{LONG}.har", 3_000_000)],
            "areas": [Area(name="Voice", responsibility=one) for one in Responsibility],
            **self.explanation(),
        }

    def file(self, name: str, **more: Any) -> Attachment:
        return Attachment(pk=1, name=f"{name}.log", size=3000, facing="contact", **more)

    def staged(self, name: str, size: int) -> StagedFile:
        return StagedFile(pk=1, name=name, size=size)

    def case(self, state: str, title: str = LONG, severity: int = Severity.HIGH) -> Case:
        closed = state == CaseState.CLOSED
        return Case(
            number=4021,
            state=state,
            severity=severity,
            title=title,
            contact=self.contact,
            opened_at=self.now - timedelta(days=1),
            waiting_since=self.now - timedelta(hours=5)
            if state == CaseState.WAITING_ON_CONTACT
            else None,
            closed_at=self.now if closed else None,
            closing_reason=ClosingReason.ACCEPTED if closed else "",
            description="It crackles.",
            last_message_at=self.now,
        )

    def clock(self, kind: str, label: str, state: str, state_label: str, **more: Any) -> ClockView:
        given: dict[str, Any] = {
            "pk": None,
            "kind": kind,
            "label": label,
            "state": state,
            "state_label": state_label,
            "left": 3 * HOUR,
            "used": 6 * HOUR,
            "target": 9 * HOUR,
            "due_at": self.now + timedelta(hours=3),
            "closes_at": None,
            "started_at": self.now - timedelta(hours=6),
            "stopped_at": None,
            "is_around_the_clock": False,
            "is_cares": True,
        }
        return ClockView(**{**given, **more})

    def clocks(self) -> list[ClockView]:
        over = {"stopped_at": self.now, "due_at": None}
        return [
            self.clock(
                "response", "First response", "due", "due", left=40 * 60, used=20 * 60, target=HOUR
            ),
            self.clock("restore", "Restoration, pressing", "due", "due", left=HOUR, used=8 * HOUR),
            self.clock(
                "restore",
                "Restoration, Critical",
                "due",
                "due",
                is_around_the_clock=True,
                left=HOUR,
                used=3 * HOUR,
                target=4 * HOUR,
            ),
            self.clock(
                "restore", "Restoration", "paused", "paused: waiting for the contact", due_at=None
            ),
            self.clock(
                "restore",
                "Restoration",
                "missed",
                "missed by 12 min",
                left=-12 * 60,
                used=9 * HOUR + 12 * 60,
            ),
            self.clock(
                "response",
                "First response",
                "met",
                "met",
                used=HOUR + 12 * 60,
                target=2 * HOUR,
                **over,
            ),
            self.clock(
                "response",
                "First response",
                "missed",
                "missed by 12 min",
                used=2 * HOUR + 12 * 60,
                target=2 * HOUR,
                **over,
            ),
            self.clock(
                "resolve",
                "Resolution",
                "measured",
                "measured, no target",
                target=None,
                left=None,
                due_at=None,
            ),
            self.clock(
                "customer_response",
                "Your reply",
                "due",
                "due",
                left=20 * HOUR,
                used=7 * HOUR,
                target=27 * HOUR,
                is_cares=False,
            ),
            self.clock(
                "closure",
                "Closure",
                "late",
                "over since 10 min",
                left=-600,
                used=28 * HOUR,
                target=27 * HOUR,
                is_cares=False,
            ),
            self.clock(
                "escalation",
                "Response to the escalation request",
                "over",
                "no longer needed",
                target=4 * HOUR,
                used=HOUR,
                **over,
            ),
        ]

    def turns(self) -> list[tuple[str, Case, next_step.NextStep]]:
        due = self.clock("restore", "Restoration", "due", "due")
        missed = self.clock(
            "restore",
            "Restoration",
            "missed",
            "missed by 12 min",
            left=-720,
            due_at=self.now - timedelta(minutes=12),
        )
        wait = self.clock(
            "customer_response",
            "Your reply",
            "due",
            "due",
            is_cares=False,
            closes_at=self.now + timedelta(days=1),
        )
        closure = self.clock("closure", "Closure", "due", "due", is_cares=False)
        until = self.now + timedelta(days=9)
        rows = []
        for who, reader in (("contact", self.contact), ("Care", self.analyst)):
            for label, state, clocks in (
                ("new, due", CaseState.NEW, [due]),
                ("late", CaseState.IN_PROGRESS, [missed]),
                ("no target", CaseState.IN_PROGRESS, []),
                ("asked", CaseState.WAITING_ON_CONTACT, [wait]),
                ("proposed", CaseState.RESOLUTION_PROPOSED, [closure]),
                ("closed", CaseState.CLOSED, []),
            ):
                case = self.case(state)
                rows.append(
                    (
                        f"{who}: {label}",
                        case,
                        next_step.sentence(
                            case, clocks, reader, asker="Kim Kato", reopens_until=until
                        ),
                    )
                )
            case = self.case(CaseState.RESOLUTION_PROPOSED)
            held = "The initial root cause analysis was not sent to the customer yet."
            rows.append(
                (
                    f"{who}: held by the analysis",
                    case,
                    next_step.sentence(case, [due], reader, held=held),
                )
            )
        return rows

    def entries(self) -> list[ConversationEntry]:
        def entry(hours: float, by: User, verb: EventType, **more: Any) -> ConversationEntry:
            who = Speaker(
                by.pk or 0,
                by.name,
                by.role,
                None if by.is_care or by.is_system else self.organisation.name,
            )
            at, seq = self.now - timedelta(hours=hours), round(hours * 10)
            return ConversationEntry(
                seq=seq, at=at, by=who, verb=verb, label=str(verb.label), **more
            )

        file = Attachment(pk=1, name=f"console of {LONG}.log", size=48_213, facing="contact")
        return [
            entry(
                9,
                self.contact,
                EventType.FILED,
                text=(
                    "Every call to **Osaka** ends:\n\n- after 30 seconds\n- on all "
                    "phones\n\n`SIP/2.0 408`"
                ),
                detail="as High",
            ),
            entry(8.5, self.analyst, EventType.TAKEN, is_internal=True),
            entry(8, self.analyst, EventType.ANSWERED, text="Thank you, I look into it."),
            entry(
                7,
                self.analyst,
                EventType.NOTED,
                text="Smells like the media node of last week.",
                is_internal=True,
            ),
            entry(
                6,
                self.analyst,
                EventType.SEVERITY_SET,
                text="Two sites are affected.",
                detail="from Medium to High",
            ),
            entry(
                5, self.contact, EventType.CONTACT_ANSWERED, text="Here is the log.", files=[file]
            ),
            entry(
                4,
                self.machine,
                EventType.CLOSURE_ANNOUNCED,
                text="Without an answer we may close the case tomorrow at 17:00.",
            ),
            entry(1, self.contact, EventType.CLOSED, detail="resolution accepted"),
        ]

    def explanation(self) -> dict[str, Any]:
        """Two business days from a Thursday afternoon, with a holiday and a pause in between."""
        from contacts.models import CalendarVersion, WorkCalendar

        hours = CalendarVersion(
            calendar=WorkCalendar(name="Globex, Osaka"),
            number=1,
            zone="Asia/Tokyo",
            holidays={"2026-07-20": "Marine Day"},
            week={day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        )
        calendar = compiled(hours)
        start = datetime(2026, 7, 16, 5, tzinfo=UTC)
        pauses = [
            Pause(
                datetime(2026, 7, 17, 1, tzinfo=UTC),
                datetime(2026, 7, 17, 4, tzinfo=UTC),
                "waiting_on_customer",
            )
        ]
        due = calendar.after(start, timedelta(hours=18), pauses)
        assert due is not None
        stretches = calendar.stretches(start, due, pauses)
        counted = int(sum((s.end - s.start).total_seconds() for s in stretches if s.counted))
        example = Explanation("Asia/Tokyo", "Globex, Osaka", stretches, counted, 18 * HOUR, due)
        clock = self.clock(
            "restore",
            "Restoration",
            "due",
            "due",
            started_at=start,
            due_at=due,
            target=18 * HOUR,
            used=9 * HOUR,
        )
        return {"explanation": example, "bars": explanation.bars(example), "clock": clock}
