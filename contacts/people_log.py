"""The only place that records events of an organisation's people (§1)."""

from collections.abc import Iterator
from typing import Any

from contacts import signals
from contacts.models import Organisation, PeopleEvent, PeopleEventType, User
from contacts.models.people_event import link
from core import current_time
from core.hash_chain import GENESIS, ChainVerifier
from core.redaction import Identifiers

# Values that no person wrote and that programs read back: erasure leaves them alone.
READ_BACK = frozenset(
    {"state", "role", "what", "course", "certificate", "starts", "ends", "zone", "seals"}
)


def record(
    organisation_id: int,
    verb: PeopleEventType,
    *,
    by: User,
    about: User | None = None,
    **particulars: Any,
) -> PeopleEvent:
    """Record one event, chained to the organisation's last one. Receivers of higher layers run in
    the same transaction.

    `particulars` are plain values. The organisation's row is locked until the transaction ends, so
    that the chain has no branches.
    """
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
    at, seq = current_time.now(), organisation.people_event_count + 1
    event = PeopleEvent(
        organisation_id=organisation_id,
        seq=seq,
        verb=verb,
        about=about,
        by=by,
        at=at,
        particulars=particulars,
        hash=link(
            organisation.people_head_hash or GENESIS,
            organisation_id=organisation_id,
            seq=seq,
            verb=verb,
            about_id=about.pk if about else None,
            by_id=by.pk,
            at=at,
            particulars=particulars,
        ),
    )
    organisation.people_event_count, organisation.people_head_hash = seq, event.hash
    organisation.save(update_fields=["people_event_count", "people_head_hash"])
    event.save(force_insert=True)
    signals.event_recorded.send(sender=PeopleEvent, event=event)
    return event


def naming(organisation_id: int, marks: Identifiers) -> list[PeopleEvent]:
    """The events of an organisation's people that contain a name, address or number of a person."""
    events = PeopleEvent.objects.filter(organisation_id=organisation_id).order_by("seq")
    return [
        event for event in events if marks.erased(event.particulars, READ_BACK) != event.particulars
    ]


def erase(events: list[PeopleEvent], marks: Identifiers) -> dict[str, str]:
    """Redact a person in events of one organisation. Returns the seals for the event that records
    the erasure.
    """
    seals = {}
    for event in events:
        before = PeopleEvent.objects.filter(
            organisation_id=event.organisation_id, seq=event.seq - 1
        )
        event.particulars = marks.erased(event.particulars, READ_BACK)
        PeopleEvent.objects.filter(pk=event.pk).update(
            particulars=event.particulars, is_erased=True
        )
        seals[str(event.seq)] = event.expected_hash(
            before.values_list("hash", flat=True).first() or GENESIS
        )
    return seals


def breaks() -> Iterator[str]:
    """Verify every people log and name each place where its chain is broken.

    Needs Care's scope.
    """
    for organisation in Organisation.objects.order_by("pk"):
        for wrong in _breaks_of(organisation):
            yield f"{organisation.short_name}: {wrong}"


def _breaks_of(organisation: Organisation) -> Iterator[str]:
    walk = ChainVerifier("people's event")
    for event in organisation.people_events.order_by("seq").iterator(chunk_size=2000):
        wrong = walk.step(event, event.expected_hash(walk.head))
        if wrong:
            yield wrong
            return
    yield from walk.unsealed()
    recorded_count = organisation.people_event_count
    if (recorded_count, organisation.people_head_hash or GENESIS) != (walk.seq, walk.head):
        yield (
            f"the journal of people ends at event {walk.seq}, "
            f"the organisation says {recorded_count}."
        )
