"""The console at 10,000, 100,000 and 1,000,000 cases, one in ten open: the queue at any depth,
search, the case page.

    bin/bench console [--json] [--quick] [--most N]

`bench/pages.py` describes the method. `deep` is the thousandth page of fifty, or the middle page if
there are fewer.
"""

import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench import pages, volume
from bench.pages import Reader  # sets Django up

from django.db import connection  # isort: skip
from django.test import Client
from django.utils import timezone

from caretrack.web.console import queue
from caretrack.web.console.queue import Cursor, QueueFilters, live
from caretrack.web.middleware import SECOND_STEP_KEY, SESSION_KEY
from caretrack.web.shared.live import SECONDS, token_for
from contacts.models import User
from core.tenancy import care_scope
from sla.queue import QueuePosition

READERS = 20
DEPTH = 1000
AIMS = {
    "queue": ("top50", 2.2),
    "deep": ("top50", 2.2),
    "team": ("top50", 2.2),
    "search": ("top50", 1.6),
    "case": ("one", 6.5),
    "news": ("one", 1.0),
    "everything": ("one", 5.0),
    "everything_common": ("one", 8.0),
    "closed": ("top50", 3.5),
    "all_by_activity": ("top50", 3.5),
    "closed_by_activity": ("top50", 3.5),
    "customer": ("one", 6.5),
    "tags": ("one", 1.5),
    "live": ("one", 0.5),
}
CONSOLES, EVERY = 200, 5  # open pages of a case, each of which asks every five seconds
# The cursor of page 1,000, computed once by the plain order; this is not measured.
PLACE_AT = """
    SELECT p.severity, p.due_offset - g.total, p.priority, p.opened_at, p.number
    FROM sla_queueentry p
    JOIN unnest(%s::bigint[], %s::bigint[]) AS g (calendar_key, total)
        ON g.calendar_key = p.calendar_key
    ORDER BY 1, 2, 3, 4, 5 OFFSET %s LIMIT 1
"""
RAW = """
    SELECT number, title, state, severity, opened_at FROM cases_case WHERE state <> 'closed'
    ORDER BY severity, priority, opened_at, id LIMIT 50
"""


def main(argv: list[str]) -> int:
    return pages.run(argv, SUITE)


def readers(size: int) -> list[Reader]:
    """Analysts, each with a session as sign-in leaves it and the first open cases of the queue."""
    with care_scope():
        users = list(User.objects.filter(role="analyst").order_by("id")[:READERS])
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM sla_queueentry ORDER BY severity, number LIMIT 200")
            codes = [f"CT-{number:07d}" for (number,) in cursor.fetchall()]
        created = []
        for user in users:
            client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=True)
            client.force_login(user)
            session = client.session
            session[SESSION_KEY], session[SECOND_STEP_KEY] = "care", True
            session.save()
            created.append(Reader(user, client, itertools.cycle(codes)))
    return created


def calls(size: int) -> dict[str, Callable[[Reader], Any]]:
    """What is measured: a name and its request."""
    rare, after = (
        f"serial{size // 2000:07d} agent audio bridge",
        _deep(),
    )  # about twenty open cases contain all four words
    with care_scope():
        newest = live.version()
    return {
        "top50": lambda r: r.client.get("/bench/top50/"),
        "one": lambda r: r.client.get("/bench/one/"),
        "queue": lambda r: r.client.get("/console/"),
        "deep": lambda r: r.client.get("/console/", {"after": after}),
        "team": lambda r: r.client.get("/console/?view=team"),
        "search": lambda r: r.client.get("/console/", {"text": rare}),
        "case": lambda r: r.client.get(f"/console/cases/{next(r.cases)}/"),
        "news": lambda r: r.client.get(f"/console/news/?since={newest}&shown=1"),
        "everything": lambda r: r.client.get("/console/search/", {"q": rare.split()[0]}),
        "everything_common": lambda r: r.client.get("/console/search/", {"q": volume.COMMON}),
        "closed": lambda r: r.client.get("/console/cases/", {"state": "closed"}),
        "all_by_activity": lambda r: r.client.get("/console/cases/", {"sort": "active"}),
        "closed_by_activity": lambda r: r.client.get(
            "/console/cases/", {"state": "closed", "sort": "active"}
        ),
        "customer": lambda r: r.client.get(f"/console/customers/bench-{1 + r.user.pk % 50}/"),
        "tags": lambda r: r.client.get("/console/tags/choices/", {"add": "carrier"}),
        "live": lambda r: r.client.get("/live/", _question(r)),
    }


_questions: dict[int, tuple[float, dict[str, str]]] = {}


def _question(reader: Reader) -> dict[str, str]:
    """What an open queue asks: whether anything changed since it was shown."""
    asked_at, question = _questions.get(reader.user.pk, (0.0, {}))
    if time.monotonic() - asked_at > SECONDS / 2:  # a page renews its token too
        token = {"t": token_for(reader.user, is_queue=True)}
        answer = reader.client.get("/live/", token).json()
        question = token | {"v": answer["version"], "b": answer["bell"]}
        _questions[reader.user.pk] = (time.monotonic(), question)
    return question


def _deep() -> str:
    """The cursor with which that page begins, as in its address."""
    from sla.queue import calendar_totals

    with care_scope(), connection.cursor() as cursor:
        now = timezone.now().replace(microsecond=0)
        totals = calendar_totals(now)
        cursor.execute("SELECT count(*) FROM sla_queueentry")
        (count,) = cursor.fetchone()
        offset = min(DEPTH * queue.page.__kwdefaults__["size"], count // 2)
        cursor.execute(PLACE_AT, [list(totals), list(totals.values()), offset])
        return str(Cursor(now, QueuePosition(*cursor.fetchone())))


def more(size: int) -> dict[str, float]:
    """The queue's statement and a plain indexed one of as many rows, in the database,
    interleaved.
    """
    with care_scope():
        user = User.objects.filter(role="analyst").order_by("id").first()
    assert user is not None
    raw, ours = [], []
    for _ in range(60):
        with care_scope():
            started = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.execute(RAW)
                cursor.fetchall()
            raw.append(time.perf_counter() - started)
            started = time.perf_counter()
            queue.page(user, QueueFilters(), now=timezone.now())
            ours.append(time.perf_counter() - started)
    return {
        "queue_ratio_raw": statistics.median(ours) / statistics.median(raw),
        "live_200_consoles_cpu_s_a_minute": _polls_of_a_minute(readers(size)),
    }


def _polls_of_a_minute(people: list[Reader]) -> float:
    """CPU seconds that a minute of `CONSOLES` open pages costs: 40 questions a second."""
    polls = CONSOLES * 60 // EVERY
    turn = itertools.cycle(people)
    for reader in people:
        _question(reader)
    before = pages.cpu()
    for _ in range(polls):
        reader = next(turn)
        reader.client.get("/live/", _question(reader))
    return pages.cpu() - before


SUITE = pages.Suite("console", __doc__ or "", AIMS, readers, calls, more)
