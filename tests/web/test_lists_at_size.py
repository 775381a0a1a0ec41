"""Lists of cases read their pages from an index, however many cases there are: the plan says so."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case
from tests import cast

pytestmark = pytest.mark.django_db
MANY = 3000
CLOSED = "cases_(closed|of_all)_by_activity"  # equally good while most cases are closed
OWN = {
    "id": "id + n",
    "number": "100000 + n",
    "opened_at": "opened_at - n * interval '1 minute'",
    "last_message_at": "last_message_at - (n * 7919 % 3001) * interval '1 minute'",
    "severity": "1 + n % 4",
    "state": "CASE n % 10 WHEN 0 THEN 'new' ELSE 'closed' END",
    "closed_at": "CASE n % 10 WHEN 0 THEN NULL ELSE opened_at - n * interval '1 minute' END",
    "closing_reason": "CASE n % 10 WHEN 0 THEN '' ELSE 'accepted' END",
}


@pytest.fixture
def many_cases(ana):
    """A case and three thousand like it, one in ten open, without what listens to new cases."""
    case = cast.file(ana)
    columns = [field.column for field in Case._meta.concrete_fields]
    values = [OWN.get(column, column) for column in columns]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; RESET ROLE")
        cursor.execute("ALTER TABLE cases_case DISABLE TRIGGER USER")
        cursor.execute(f"SET ROLE {role}")
        cursor.execute(
            f"INSERT INTO cases_case ({', '.join(columns)}) SELECT {', '.join(values)} "
            f"FROM cases_case, generate_series(1, {MANY}) n WHERE id = {case.pk}"
        )
        assert cursor.rowcount == MANY
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; RESET ROLE")
        cursor.execute("ALTER TABLE cases_case ENABLE TRIGGER USER; ANALYZE cases_case")
        cursor.execute(f"SET ROLE {role}")


def plan_of(client, address):
    """(the answer, the plan of the statement that reads the page)."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    (sql,) = [q["sql"] for q in queries if "LIMIT 51" in q["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}".replace("%", "%%"), [])
        return answer.content.decode(), "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("sort=active", "cases_of_all_by_activity"),
        ("sort=quiet", "cases_of_all_by_activity"),
        ("state=closed&sort=active", CLOSED),
        ("state=closed&sort=quiet", CLOSED),
        ("state=open&sort=active", "cases_open_by_activity"),
        ("state=open&sort=quiet", "cases_open_by_activity"),
        ("sort=severe", "cases_of_all_worst_first"),
        ("", "cases_of_all_newest_first"),
        ("state=closed", "cases_of_all_closed_lately"),
    ],
)
def test_each_page_of_a_list_is_read_from_an_index_in_its_order(
    query, index, client, kim, many_cases
):
    client.force_login(kim)
    address = f"/console/cases/?{query}"
    for _page in range(2):
        html, plan = plan_of(client, address)
        assert re.search(index, plan), plan
        assert "Sort" not in plan, plan
        assert html.count('class="board__row"') == 50
        following = re.search(r'rel="next"[^>]*href="([^"]*)"', html, re.S)[1]
        address = f"/console/cases/{following.replace('&amp;', '&')}"
