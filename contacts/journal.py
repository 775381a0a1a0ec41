"""The only place that writes what happened to the people of an organisation (§1)."""

from collections.abc import Iterator
from typing import Any

from contacts import instants, signals
from contacts.chain import GENESIS
from contacts.models import Organisation, PeopleEvent, PeopleVerb, User
from contacts.models.journal import link


def record(
    organisation_id: int, verb: PeopleVerb, *, by: User, about: User | None = None, **particulars: Any
) -> PeopleEvent:
    """Write one more event, chained to the last one of the organisation; floors above follow, or all rolls back.

    `particulars` are plain values. The organisation's row is held until the transaction ends, so that the chain
    has no branches.
    """
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
    at, seq = instants.now(), organisation.people_event_count + 1
    event = PeopleEvent(
        organisation_id=organisation_id, seq=seq, verb=verb, about=about, by=by, at=at, particulars=particulars,
        hash=link(
            organisation.people_head_hash or GENESIS, organisation_id=organisation_id, seq=seq, verb=verb,
            about_id=about.pk if about else None, by_id=by.pk, at=at, particulars=particulars,
        ),
    )  # fmt: skip
    organisation.people_event_count, organisation.people_head_hash = seq, event.hash
    organisation.save(update_fields=["people_event_count", "people_head_hash"])
    event.save(force_insert=True)
    signals.recorded.send(sender=PeopleEvent, event=event)
    return event


def breaks() -> Iterator[str]:
    """Walk every journal of people and name each place where its chain does not hold. Needs Care's scope."""
    for organisation in Organisation.objects.order_by("pk"):
        seq, head = 0, GENESIS
        for event in organisation.people_events.order_by("seq").iterator(chunk_size=2000):
            if event.seq != seq + 1:
                yield f"{organisation.short_name}: people's event {seq + 1} is missing."
                break
            if event.hash != event.expected_hash(head):
                yield f"{organisation.short_name}: people's event {event.seq} ({event.verb}) is not as it was written."
                break
            seq, head = event.seq, event.hash
        else:
            if (organisation.people_event_count, organisation.people_head_hash or GENESIS) != (seq, head):
                yield (
                    f"{organisation.short_name}: the journal of people ends at event {seq}, the organisation says "
                    f"{organisation.people_event_count}."
                )
