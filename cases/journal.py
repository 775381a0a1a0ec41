"""The only place that writes a case's past."""

from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from django.db import transaction

from cases import instants, notices, signals
from cases.models import Case, CaseEvent
from cases.models.event import link
from cases.verbs import INTERNAL_VERBS, NO_WORDS, Facing, Verb
from contacts.chain import GENESIS
from contacts.models import User


def record(
    case: Case, verb: Verb, *, by: User, facing: Facing | None = None, text: str = "", **particulars: Any
) -> CaseEvent:
    """Write the case's row and one more event of its past; the floors above follow, or the whole verb rolls back.

    `case` must be locked by the caller. `particulars` are plain values (instants as ISO text). Notices become rows
    here and are sent once the transaction has committed.
    """
    at = instants.now()
    seen_by = facing or (Facing.INTERNAL if verb in INTERNAL_VERBS else Facing.CONTACT)
    if seen_by == Facing.CONTACT and verb not in NO_WORDS:
        case.last_word_at = at
    event = _append(case, verb, by=by, at=at, facing=seen_by, particulars=particulars)
    case.save(update_fields=Case.CHANGING)
    event.save(force_insert=True)
    promises: dict[str, Any] = {}
    for _, answer in signals.recorded.send(sender=CaseEvent, event=event):
        promises.update(answer if isinstance(answer, dict) else {})
    if not instants.is_replaying():
        keys = notices.tell(event, text=text, promises=promises)
        if keys:
            transaction.on_commit(partial(notices.send_soon, keys))
    return event


def _append(case: Case, verb: Verb, *, by: User, at: Any, facing: Facing, particulars: dict[str, Any]) -> CaseEvent:
    previous = case.head_hash or GENESIS
    case.event_count += 1
    case.head_hash = link(
        previous, number=case.number, seq=case.event_count, verb=verb, by_id=by.pk, at=at, facing=facing,
        particulars=particulars,
    )  # fmt: skip
    return CaseEvent(
        organisation_id=case.organisation_id, case=case, seq=case.event_count, verb=verb, by=by, at=at, facing=facing,
        particulars=particulars, hash=case.head_hash,
    )  # fmt: skip


def breaks(only: Collection[int] | None = None, batch: int = 500) -> Iterator[str]:
    """Walk every case's journal, or those of the cases named, and name each place where the chain does not hold.

    Yields one sentence a finding; nothing when the past is as it was written. Needs Care's scope.
    """
    last, asked = 0, Case.objects.all() if only is None else Case.objects.filter(pk__in=only)
    while cases := list(asked.filter(pk__gt=last).order_by("pk").only("number", "event_count", "head_hash")[:batch]):
        last = cases[-1].pk
        yield from _breaks_of({case.pk: case for case in cases})


def _breaks_of(cases: dict[int, Case]) -> Iterator[str]:
    heads = dict.fromkeys(cases, (0, GENESIS))
    broken: set[int] = set()
    events = CaseEvent.objects.filter(case_id__in=cases).order_by("case_id", "seq")
    for event in events.iterator(chunk_size=2000):
        case, (seq, previous) = cases[event.case_id], heads[event.case_id]
        if event.case_id in broken:
            continue
        if event.seq != seq + 1:
            broken.add(event.case_id)
            yield f"{case.code}: event {seq + 1} is missing."
        elif event.hash != event.expected_hash(previous, case.number):
            broken.add(event.case_id)
            yield f"{case.code}: event {event.seq} ({event.verb}) is not as it was written."
        heads[event.case_id] = (event.seq, event.hash)
    for pk, case in cases.items():
        if pk not in broken and (case.event_count, case.head_hash or GENESIS) != heads[pk]:
            yield f"{case.code}: the journal ends at event {heads[pk][0]}, the case says {case.event_count}."
