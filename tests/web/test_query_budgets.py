"""What a page asks of the database: few statements, and as many for fifty rows as for one.

Everything counts: the scope, the reader, the bell in the bar on top. Opening and ending a
transaction does not.
"""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import actions
from tests import cast

NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
LIMIT = 8
# A list has filters: sites, people, areas and saved views.
LIST_LIMIT = LIMIT + 3
# With what relates to it (links, watchers, analysis, staged files), and the facts of its past.
CASE_LIMIT = LIMIT + 4
PAGES = {
    "home": ("/portal/", LIMIT),
    "list": ("/portal/cases/", LIST_LIMIT),
    "list, yours": ("/portal/cases/?state=yours", LIST_LIMIT),
    "search": ("/portal/cases/?state=all&q=calls+drop", LIST_LIMIT),
    "search, words of the conversation": ("/portal/cases/?state=all&q=just+phones", LIST_LIMIT),
    "search, filtered": ("/portal/cases/?state=open&severity=3&q=just+phones", LIST_LIMIT),
    "search, nothing found": ("/portal/cases/?state=all&q=xylophone", LIST_LIMIT),
    "case": ("/portal/cases/{case}/", CASE_LIMIT),
    "filing": ("/portal/cases/new/", LIMIT),
    "organisation": ("/portal/organisation/", LIMIT),
    "notices": ("/portal/notices/", LIMIT),
    "preferences": ("/portal/preferences/", LIMIT),
}


def statements(client, address) -> list[str]:
    """The SQL of one page, as a reader causes it who has been here before."""
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = client.get(address)
    assert answer.status_code == 200, address
    sent = [q["sql"] for q in seen.captured_queries if not q["sql"].startswith(NOT_COUNTED)]
    return sent[:-1]  # the test's own scope, taken back


def test_a_closed_case_costs_no_more_for_its_question(as_ana, ana, kim):
    case = actions.accept(cast.proposed(ana, kim), by=ana).case
    assert len(statements(as_ana, f"/portal/cases/{case.code}/")) <= CASE_LIMIT
    actions.rate(case, by=ana, score=4)
    assert len(statements(as_ana, f"/portal/cases/{case.code}/")) <= CASE_LIMIT


def a_lot(ana, kim, number):
    for turn in range(number):
        (cast.waiting if turn % 2 else cast.proposed)(ana, kim)
        cast.file(ana)


def require_fixed_number(subtests, client, limits, more):
    """Each address costs at most its limit, and after `more()` not a statement more."""
    few = {address: statements(client, address) for address in limits}
    more()
    for address, limit in limits.items():
        with subtests.test(address=address):
            assert len(few[address]) <= limit, "\n".join(few[address])
            many = statements(client, address)
            assert len(many) == len(few[address]), "\n".join(many)


def test_a_page_costs_few_statements_and_as_many_for_fifty_rows_as_for_one(
    subtests, as_ana, ana, kim
):
    case = cast.waiting(ana, kim)
    limits = {address.format(case=case.code): limit for address, limit in PAGES.values()}
    require_fixed_number(subtests, as_ana, limits, lambda: a_lot(ana, kim, 25))
