"""The portal at 10,000, 100,000 and 1,000,000 cases: contact's list, search, case page, opening a
case.

    bin/bench portal [--json] [--quick] [--most N]

`bench/pages.py` describes the method.
"""

import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench import pages, volume
from bench.pages import Reader  # sets Django up
from core.search_query import SearchQuery

from django.db import connection  # isort: skip
from django.test import Client

from caretrack.web.middleware import SESSION_KEY
from contacts.models import User
from core.tenancy import care_scope, organisation_scope

READERS = 20
AIMS = {
    "list": ("top50", 1.0),
    "search": ("top50", 1.6),
    "search_common": ("top50", 3.2),
    "everything": ("one", 5.0),
    "everything_common": ("one", 8.0),
    "case": ("one", 6.5),
    "filing_page": ("one", 2.7),
    "filing": ("one", 2.7),
}
FILED = {
    "title": "Calls drop after thirty seconds",
    "description": "Every call, since this morning.",
    "area": "Voice",
    "function_down": "no",
    "workaround": "yes",
    "degraded": "severely",
    "priority": "3",
}


@dataclass(frozen=True)
class Contact(Reader):
    """A signed-in contact with some of their cases and their site."""

    site: int


def main(argv: list[str]) -> int:
    return pages.run(argv, SUITE)


def readers(size: int) -> list[Contact]:
    """Contacts of several organisations, each with a session as sign-in leaves it."""
    with care_scope():
        users = list(
            User.objects.filter(role="contact").order_by("organisation_id", "id")[
                :: volume.CONTACTS
            ][:READERS]
        )
        created = []
        for user in users:
            client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=True)
            client.force_login(user)
            session = client.session
            session[SESSION_KEY] = user.organisation_id
            session.save()
            with connection.cursor() as cursor:
                cursor.execute(
                    """SELECT number FROM cases_case WHERE organisation_id = %s
                       ORDER BY state = 'closed', id DESC LIMIT 200""",
                    [user.organisation_id],
                )
                codes = [f"CT-{number:07d}" for (number,) in cursor.fetchall()]
            created.append(Contact(user, client, itertools.cycle(codes), user.site_id or 0))
    return created


def calls(size: int) -> dict[str, Callable[[Contact], Any]]:
    """What is measured: a name and its request."""
    rare = f"serial{size // 2000:07d}"
    return {
        "top50": lambda r: r.client.get("/bench/top50/"),
        "one": lambda r: r.client.get("/bench/one/"),
        "list": lambda r: r.client.get("/portal/cases/"),
        "search": lambda r: r.client.get(f"/portal/cases/?state=all&q={rare}"),
        "search_common": lambda r: r.client.get(f"/portal/cases/?state=all&q={volume.COMMON}"),
        "everything": lambda r: r.client.get("/portal/search/", {"q": rare}),
        "everything_common": lambda r: r.client.get("/portal/search/", {"q": volume.COMMON}),
        "case": lambda r: r.client.get(f"/portal/cases/{next(r.cases)}/"),
        "filing_page": lambda r: r.client.get("/portal/cases/new/"),
        "filing": lambda r: r.client.post("/portal/cases/new/", {**FILED, "site": r.site}),
    }


def search_ratio(size: int) -> float:
    """CareTrack's search under row-level security and a plain GIN search without it: time in the
    database, interleaved.
    """
    rare = f"serial{size // 2000:07d}"
    query = SearchQuery.parse(rare)
    sql, params = query.tsquery
    with care_scope():
        user = User.objects.filter(role="contact").order_by("organisation_id", "id").first()
    assert user is not None
    raw, ours = [], []
    raw_sql = f"""SELECT case_id FROM (SELECT case_id FROM cases_casesearch
        WHERE organisation_id = {user.organisation_id} AND words @@ {sql} OFFSET 0) AS hits
        ORDER BY case_id DESC LIMIT 25"""
    for _ in range(60):
        with care_scope():  # the policy is `true`: no barrier, the plain plan
            raw.append(_time_of(raw_sql, params))
        with organisation_scope(user.organisation_id or 0):
            ours.append(_time_of(f"SELECT case_id FROM search_cases({sql})", params))
    return statistics.median(ours) / statistics.median(raw)


def _time_of(sql: str, params: list[str]) -> float:
    with connection.cursor() as cursor:
        started = time.perf_counter()
        cursor.execute(sql, params)
        cursor.fetchall()
        return time.perf_counter() - started


def further(size: int) -> dict[str, float]:
    """The ratio of the search under row-level security to a raw search."""
    return {"search_ratio_raw": search_ratio(size)}


SUITE = pages.Suite("portal", __doc__ or "", AIMS, readers, calls, further)
