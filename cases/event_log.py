"""The only place that records events of a case."""

import json
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from cases import signals
from cases.choices import EventType, Facing
from cases.events import EVENTS, EventData, PersonErased
from cases.models import Case, CaseEvent
from cases.models.event import link
from cases.notifications import outgoing
from contacts.models import User
from core import current_time
from core.hash_chain import GENESIS, ChainVerifier
from core.redaction import ERASED, Identifiers

BESIDE = {"on_duty": "call_back", "whom": "number"}  # the key of the number that belongs to a name


def record(
    case: Case,
    data: EventData,
    *,
    by: User,
    facing: Facing | None = None,
    text: str = "",
    text_sha256: str = "",
    left_out: frozenset[int] = frozenset(),
) -> CaseEvent:
    """Save the case and record one event. Receivers of higher layers run in the same transaction.

    The caller must have locked `case`. `text` is the message, for notifications; `text_sha256`
    proves the message that is stored beside the event. Notifications become rows here and are sent
    after commit; `left_out` are people whom the caller notifies.
    """
    at = current_time.now()
    seen_by = facing or (Facing.INTERNAL if data.is_internal else Facing.CONTACT)
    if seen_by == Facing.CONTACT and data.is_message:
        case.last_message_at = at
    particulars = data.particulars()
    if text_sha256:
        particulars["text_sha256"] = text_sha256
    event = _append(case, data.type, by=by, at=at, facing=seen_by, particulars=particulars)
    case.save(update_fields=Case.CHANGING)
    event.save(force_insert=True)
    signals.event_recorded.send(sender=CaseEvent, event=event)
    if not current_time.is_replaying():
        keys = outgoing.notify(event, text=text, left_out=left_out)
        if keys:
            transaction.on_commit(partial(outgoing.send_soon, keys))
    return event


def _append(
    case: Case, verb: EventType, *, by: User, at: Any, facing: Facing, particulars: dict[str, Any]
) -> CaseEvent:
    previous = case.head_hash or GENESIS
    case.event_count += 1
    case.head_hash = link(
        previous,
        number=case.number,
        seq=case.event_count,
        verb=verb,
        by_id=by.pk,
        at=at,
        facing=facing,
        particulars=particulars,
    )
    return CaseEvent(
        organisation_id=case.organisation_id,
        case=case,
        seq=case.event_count,
        verb=verb,
        by=by,
        at=at,
        facing=facing,
        particulars=particulars,
        hash=case.head_hash,
    )


def naming(organisation_id: int, marks: Identifiers) -> list[CaseEvent]:
    """The events of an organisation's cases whose fields name a person, such as who was called or
    is on duty.
    """
    searchable = CaseEvent.objects.filter(organisation_id=organisation_id).annotate(
        searchable_text=Cast("particulars", TextField())
    )
    where = Q(pk__in=[])
    for (
        text
    ) in marks.texts:  # the database upper-cases both sides, because it and Python disagree about İ
        where |= Q(searchable_text__icontains=json.dumps(text, ensure_ascii=False)[1:-1])
    events = searchable.filter(where).select_related("case").order_by("case_id", "seq")
    return [event for event in events if _left(event, marks) != event.particulars]


def _left(event: CaseEvent, marks: Identifiers) -> dict[str, Any]:
    """The particulars of an event after redaction; a number is redacted with its name."""
    left: dict[str, Any] = marks.erased(event.particulars, EVENTS[event.verb].codes())
    for name, number in BESIDE.items():
        if left.get(name) != event.particulars.get(name) and left.get(number):
            left[number] = ERASED
    return left


def erase(events: Sequence[CaseEvent], marks: Identifiers, *, by: User) -> list[CaseEvent]:
    """Redact a person in events. The event log of each case records it, with the seals of the
    redacted events.

    No clock changes and nobody is notified. Returns the recorded events.
    """
    recorded = []
    for case_id, of_case in groupby(events, key=attrgetter("case_id")):
        case, seals = Case.objects.locked(case_id), {}
        for event in of_case:
            before = (
                CaseEvent.objects.filter(case=case, seq=event.seq - 1)
                .values_list("hash", flat=True)
                .first()
            )
            event.particulars = _left(event, marks)
            CaseEvent.objects.filter(pk=event.pk).update(
                particulars=event.particulars, is_erased=True
            )
            seals[str(event.seq)] = event.expected_hash(before or GENESIS, case.number)
        recorded.append(record(case, PersonErased(seals=seals), by=by))
    return recorded


def breaks(only: Collection[int] | None = None, batch: int = 500) -> Iterator[str]:
    """Verify the event logs of all cases, or of the given ones, and name each place where the chain
    is broken.

    Yields one sentence per finding. Needs Care's scope.
    """
    last, selected = 0, Case.objects.all() if only is None else Case.objects.filter(pk__in=only)
    while cases := list(
        selected.filter(pk__gt=last)
        .order_by("pk")
        .only("number", "event_count", "head_hash")[:batch]
    ):
        last = cases[-1].pk
        yield from _breaks_of({case.pk: case for case in cases})


def _breaks_of(cases: dict[int, Case]) -> Iterator[str]:
    walks = {pk: ChainVerifier() for pk in cases}
    events = CaseEvent.objects.filter(case_id__in=cases).order_by("case_id", "seq")
    for event in events.iterator(chunk_size=2000):
        case, walk = cases[event.case_id], walks[event.case_id]
        wrong = walk.step(event, event.expected_hash(walk.head, case.number))
        if wrong:
            yield f"{case.code}: {wrong}"
    for pk, walk in walks.items():
        yield from (f"{cases[pk].code}: {wrong}" for wrong in walk.unsealed())
        case = cases[pk]
        if not walk.is_broken and (case.event_count, case.head_hash or GENESIS) != (
            walk.seq,
            walk.head,
        ):
            yield (
                f"{case.code}: the journal ends at event {walk.seq}, the case says "
                f"{case.event_count}."
            )
