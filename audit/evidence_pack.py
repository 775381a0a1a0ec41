"""The evidence pack of a case: a ZIP with which an auditor verifies every service target offline,
without CareTrack (§14).

Care's pack contains everything. A customer's pack contains what is contact-facing. Of other events
it contains only their hash, so that the chain can be verified all the same.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from cases.case_details import details_of
from cases.choices import EventType, Facing, Severity
from cases.events import TermsMoved
from cases.models import Attachment, Case, CaseEvent, CaseUpdate, Notification
from contacts.models import CalendarVersion, User
from contacts.notification_preferences import NotificationKind
from core import current_time
from rca.models import Analysis
from sla.explain import explain
from sla.models import CaseTerms, Clock, ClockFact, FactKind, PolicyTarget, PolicyVersion
from sla.models.clock import CARES_PROMISES

CHECKER = Path(__file__).parent / "check_pack.py"
FORMAT = 1


def build(case: Case, *, by: User) -> bytes:
    """The pack of a case as `by` may see it; the caller has checked that they may see the case."""
    now, is_care = current_time.now(), by.is_care or by.is_system
    parts = dict(_parts(case, now, is_care=is_care))
    files = {name: _text(content) for name, content in parts.items()}
    files["check.py"] = CHECKER.read_bytes()
    files["README.txt"] = render_to_string("proof/readme.txt", {"case": case, "at": now}).encode()
    manifest = {
        "format": FORMAT,
        "case": case.code,
        "made_at": _at(now),
        "made_for": "Care" if is_care else "the customer",
        "journal_head": case.head_hash,
        "files": {name: hashlib.sha256(text).hexdigest() for name, text in files.items()},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in [*sorted(files.items()), ("manifest.json", _text(manifest))]:
            archive.writestr(zipfile.ZipInfo(f"{case.code}/{name}", now.timetuple()[:6]), text)
    return packed.getvalue()


def _parts(case: Case, now: datetime, *, is_care: bool) -> Iterator[tuple[str, Any]]:
    events = list(CaseEvent.objects.filter(case=case).select_related("by").order_by("seq"))
    texts = dict(CaseUpdate.objects.filter(case=case).values_list("event_id", "text"))
    terms = CaseTerms.objects.select_related(
        "policy_version__policy", "calendar_version__calendar"
    ).get(case=case)
    yield "case.json", _case(case)
    yield (
        "terms.json",
        {
            "policies": _policies(events, terms, is_care=is_care),
            "calendars": _calendars(case, terms),
        },
    )
    yield "journal.json", [_event(event, texts.get(event.pk), is_care=is_care) for event in events]
    yield "clocks.json", [_clock(clock, now) for clock in _clocks(case)]
    yield "facts.json", [_fact(fact, is_care=is_care) for fact in _facts(case, is_care=is_care)]
    yield (
        "notices.json",
        [_notice(notice, is_care=is_care) for notice in _notices(case, is_care=is_care)],
    )
    yield "attachments.json", [_attachment(file) for file in _attachments(case, is_care=is_care)]
    yield "rca.json", _rca(case, is_care=is_care)


def _case(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "code": case.code,
        "organisation": case.organisation.name,
        "kind": case.kind,
        "title": case.title,
        "description": case.description,
        **details_of(case),
        "area": case.area,
        "state": case.state,
        "severity": case.severity,
        "priority": case.priority,
        "contact": case.contact.name,
        "site": case.site.name,
        "opened_at": _at(case.opened_at),
        "closed_at": _at(case.closed_at),
        "closing_reason": case.closing_reason,
        "events": case.event_count,
        "head_hash": case.head_hash,
    }


NOT_TERMS = ("id", "policy", "number", "effective_at", "created_at")
CARES_TERMS = (
    "ladder",
    "why",
    "published_by",
)  # the recipients at Care, and Care's texts beside a version


def _policies(events: list[CaseEvent], terms: CaseTerms, *, is_care: bool) -> dict[str, Any]:
    """Every policy version that applied to the case, by its key; the events say which applied until
    when.
    """
    moves = [event.read_as(TermsMoved) for event in events if event.verb == EventType.TERMS_MOVED]
    keys = {terms.policy_version_id}
    for move in moves:
        keys |= {move.version, move.version_before}
    versions = PolicyVersion.objects.select_related("policy").filter(pk__in=keys)
    return {str(version.pk): _policy(version, is_care=is_care) for version in versions}


def _policy(version: PolicyVersion, *, is_care: bool) -> dict[str, Any]:
    """A policy version with all its targets; only Care reads whom its warnings notify."""
    hidden = NOT_TERMS if is_care else NOT_TERMS + CARES_TERMS
    numbers = [field.name for field in version._meta.concrete_fields if field.name not in hidden]
    return {
        "key": version.policy.key,
        "name": version.policy.name,
        "version": version.number,
        "effective_at": _at(version.effective_at),
        **{name: _plain(getattr(version, name)) for name in numbers},
        "targets": [
            {
                "promise": t.promise,
                "severity": Severity(t.severity).label,
                "amount": t.amount,
                "unit": t.unit,
            }
            for t in PolicyTarget.objects.filter(version=version).order_by("promise", "severity")
        ],
    }


def _calendars(case: Case, terms: CaseTerms) -> dict[str, Any]:
    """The calendar versions of the case's clocks, by their key."""
    keys = {
        terms.calendar_version_id,
        *Clock.objects.filter(case=case).values_list("calendar_version_id", flat=True),
    }
    versions = CalendarVersion.objects.select_related("calendar").filter(pk__in=keys)
    return {
        str(v.pk): {
            "name": v.calendar.name,
            "version": v.number,
            "zone": v.zone,
            "week": v.week,
            "holidays": v.holidays,
            "special_hours": v.special_hours,
        }
        for v in versions
    }


def _event(event: CaseEvent, text: str | None, *, is_care: bool) -> dict[str, Any]:
    """An event of the chain; of an event that the reader may not see, only its hash."""
    if event.facing == Facing.INTERNAL and not is_care:
        return {"seq": event.seq, "facing": event.facing, "hash": event.hash}
    fields = {
        "seq": event.seq,
        "verb": event.verb,
        "says": str(EventType(event.verb).label),
        "by_id": event.by_id,
        "by": event.by.name,
        "by_care": event.by.is_care or event.by.is_system,
        "at": _at(event.at),
        "facing": event.facing,
        "particulars": event.particulars,
        "hash": event.hash,
    }
    if event.is_erased:
        fields["is_erased"] = True
    return fields if text is None else {**fields, "text": text}


def _clocks(case: Case) -> Iterator[Clock]:
    yield from (
        Clock.objects.filter(case=case)
        .select_related("calendar_version__calendar")
        .order_by("kind", "ordinal")
    )


def _clock(clock: Clock, now: datetime) -> dict[str, Any]:
    """A clock with the stretches of “Why this time?”, each counted or skipped, with its reason."""
    explanation = explain(clock, now)
    return {
        "id": clock.pk,
        "kind": clock.kind,
        "ordinal": clock.ordinal,
        "severity": clock.severity,
        "is_cares_promise": clock.kind in CARES_PROMISES,
        "policy_version": clock.policy_version_id,
        "calendar": str(clock.calendar_version_id),
        "around_the_clock": clock.is_around_the_clock,
        "started_at": _at(clock.started_at),
        "target_seconds": clock.target_seconds,
        "target_days": clock.target_days,
        "pauses": [[_again(start), _again(end), why] for start, end, why in clock.pauses],
        "due_at": _at(clock.due_at),
        "stopped_at": _at(clock.stopped_at),
        "ended_by": clock.ended_by,
        "breaches_at": _at(clock.breaches_at),
        "used_seconds": clock.used_seconds,
        "outcome": clock.outcome,
        "stretches": [
            {
                "from": _at(s.start),
                "to": _at(s.end),
                "counted": s.counted,
                "why": explanation.reason(s),
            }
            for s in explanation.stretches
        ],
    }


def _facts(case: Case, *, is_care: bool) -> Iterator[ClockFact]:
    """The facts about clocks; a customer's pack omits Care's own warnings and delayed closures."""
    facts = ClockFact.objects.filter(case=case)
    yield from facts if is_care else facts.filter(kind__in=[FactKind.REMINDED, FactKind.BREACHED])


def _fact(fact: ClockFact, *, is_care: bool) -> dict[str, Any]:
    fields = {
        "clock": fact.clock_id,
        "kind": fact.kind,
        "step": fact.step,
        "severity": fact.severity,
        "at": _at(fact.at),
        "due_at": _at(fact.due_at),
        "recorded_at": _at(fact.recorded_at),
    }
    return {**fields, "notified": fact.notified} if is_care else fields


def _notices(case: Case, *, is_care: bool) -> Iterator[Notification]:
    notifications = (
        Notification.objects.filter(case=case)
        .exclude(kind=NotificationKind.REMINDER)  # private to the person who set it
        .select_related("recipient", "event")
        .order_by("created_at", "id")
    )
    yield from (
        notifications
        if is_care
        else notifications.filter(recipient__organisation_id=case.organisation_id)
    )


def _notice(notice: Notification, *, is_care: bool) -> dict[str, Any]:
    fields = {
        "to": notice.recipient.name,
        "to_customer": notice.recipient.organisation_id is not None,
        "address": notice.address,
        "channel": notice.channel,
        "kind": notice.kind,
        "about": notice.key,
        "event": notice.event.seq if notice.event else None,
        "subject": notice.subject,
        "text": notice.text,
        "state": notice.state,
        "created_at": _at(notice.created_at),
        "sent_at": _at(notice.sent_at),
        "attempts": notice.attempts,
        "message_id": notice.provider_id,
    }
    return {**fields, "last_error": notice.last_error} if is_care else fields


def _attachments(case: Case, *, is_care: bool) -> Iterator[Attachment]:
    attachments = Attachment.objects.filter(case=case).select_related("by").order_by("at", "id")
    yield from attachments if is_care else attachments.filter(facing=Facing.CONTACT)


def _attachment(file: Attachment) -> dict[str, Any]:
    return {
        "name": file.name,
        "size": file.size,
        "type": file.content_type,
        "sha256": file.sha256,
        "by": file.by.name,
        "at": _at(file.at),
        "scan": file.scan_state,
    }


def _rca(case: Case, *, is_care: bool) -> dict[str, Any] | None:
    """The root cause analysis: the initial RCA, every published version, its author and its
    reviewer.
    """
    analysis = Analysis.objects.filter(case=case).select_related("follow_up").first()
    if analysis is None:
        return None
    versions = analysis.versions.select_related("author", "reviewer").order_by("number")
    return {
        "follow_up": analysis.follow_up.code if analysis.follow_up else None,
        "initial": analysis.initial_text,
        "initial_sent_at": _at(analysis.initial_sent_at),
        "state": analysis.state if is_care else None,
        "versions": [
            {
                "number": v.number,
                "published_at": _at(v.published_at),
                "author": v.author.name,
                "reviewer": v.reviewer.name,
                "sections": v.sections,
            }
            for v in versions
        ],
    }


def _at(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _again(text: str | None) -> str | None:
    return None if text is None else _at(datetime.fromisoformat(text))


def _plain(value: Any) -> Any:
    return (
        value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)
    )


def _text(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n").encode()
