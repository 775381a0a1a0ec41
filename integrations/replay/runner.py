"""Replay all histories of a log, in parallel and resumable. A second run adds nothing."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.db import connection, connections, transaction

from cases.models import Case
from core.tenancy import care_scope
from integrations.replay.apply import HistoryReplay, ReplayOutcome
from integrations.replay.mapping import Mapping
from integrations.replay.models import ReplayedLog
from integrations.replay.parse import History, Log
from integrations.replay.people import ImportedPeople, make
from sla import clocks
from sla.models import Clock

CHUNK = 40  # histories for one task of a worker

_replay: HistoryReplay | None = None


def prepare(log: Log, mapping: Mapping, name: str) -> tuple[ReplayedLog, ImportedPeople]:
    """Reserve case numbers and create the people, in one transaction. Idempotent."""
    with care_scope():
        replayed = (
            ReplayedLog.objects.select_for_update()
            .filter(sha256=log.sha256, mapping=mapping.key)
            .first()
        )
        if replayed is None:
            replayed = ReplayedLog.objects.create(
                sha256=log.sha256,
                mapping=mapping.key,
                name=name,
                histories=len(log.histories),
                ends_at=log.ends_at,
                first_number=_reserve_numbers(len(log.histories)),
            )
        return replayed, make(log.replayable, mapping)


def _reserve_numbers(count: int) -> int:
    """The first of a reserved block of case numbers: a restart gives every case the same number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('case_numbers')")
        first = int(cursor.fetchone()[0])
        cursor.execute("SELECT setval('case_numbers', %s)", [first + count])
    return first


def missing(log: Log, replayed: ReplayedLog) -> list[History]:
    """The histories that are not in the database yet."""
    with care_scope():
        numbers = set(
            Case.objects.filter(
                number__gte=replayed.first_number,
                number__lt=replayed.first_number + replayed.histories,
            ).values_list("number", flat=True)
        )
    return [
        history
        for history in log.replayable
        if replayed.first_number + history.index not in numbers
    ]


def run(
    histories: list[History],
    people: ImportedPeople,
    first_number: int,
    *,
    workers: int,
    progress: Callable[[int], None],
) -> ReplayOutcome:
    """Apply the histories in that many processes. `progress` gets the number of finished ones."""
    total = ReplayOutcome()
    chunks = [histories[start : start + CHUNK] for start in range(0, len(histories), CHUNK)]
    for outcome, count in _results(chunks, people, first_number, workers):
        total.add(outcome)
        progress(count)
    return total


def _results(
    chunks: list[list[History]], people: ImportedPeople, first_number: int, workers: int
) -> Iterator[tuple[ReplayOutcome, int]]:
    if workers <= 1 or len(chunks) <= 1:
        _begin(people, first_number, close=False)
        for chunk in chunks:
            yield _apply(chunk)
        return
    close_connections()  # processes must not share a connection
    with multiprocessing.get_context("fork").Pool(workers, _begin, (people, first_number)) as pool:
        yield from pool.imap_unordered(_apply, chunks)


def _begin(people: ImportedPeople, first_number: int, *, close: bool = True) -> None:
    global _replay
    if close:
        close_connections()
    _replay = HistoryReplay(people, first_number)
    with care_scope():
        _replay.load_system()


def close_connections() -> None:
    connections.close_all()
    connection.close_pool()  # type: ignore[attr-defined]


def _apply(chunk: Iterable[History]) -> tuple[ReplayOutcome, int]:
    assert _replay is not None
    total, count = ReplayOutcome(), 0
    for history in chunk:
        total.add(_replay.apply(history))
        count += 1
    return total, count


def judge(replayed: ReplayedLog) -> int:
    """Record breaches of clocks that still run at the end of the log.

    Returns the number of running clocks.
    """
    ends_at: datetime = replayed.ends_at
    with care_scope(), transaction.atomic():
        running = list(
            Clock.objects.running().filter(
                case__number__gte=replayed.first_number,
                case__number__lt=replayed.first_number + replayed.histories,
            )
        )
        clocks.record_breaches(running, ends_at)
    return len(running)
