"""The service report of an organisation says what its case pages say, figure by figure.

Nothing here asks the functions that compute figures: the report is read from its page and its
workbook, the clocks from the case pages of both sides, as a customer would who checks by hand.
"""

import csv
import io
import math
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from cases import actions
from contacts.models import DesignatedContact, Site, User
from insight import aggregation
from sla import sweeps
from tests import cast
from tests.cast import utc
from tests.pages import parsed

MARCH = "?from=2026-03-01&to=2026-03-31"
SEVERITIES = ("Critical", "High", "Medium", "Low")
KIND_OF = {
    "Response after reopening": "First response",
    "Restoration after reopening": "Restoration",
}
CUSTOMERS = {"Your reply", "Customer response", "Closure"}
NIGHTS = {day: [["22:00", "06:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
HALF_DAY = {"2026-03-11": {"name": "Works meeting", "hours": [["08:00", "12:00"]]}}


# --- A fortnight in which everything happens


@pytest.fixture
def clock(time_machine):
    """Moves time; what became due on the way is swept."""

    def move(text):
        time_machine.move_to(utc(text), tick=False)
        sweeps.check_clocks()

    return move


@pytest.fixture
def fortnight(acme, ana, kim, lee, maya, clock):
    """Acme from Monday 2 to Friday 13 March 2026. Berlin is open 07:00 to 16:00 UTC."""
    DesignatedContact.objects.filter(user=ana).update(is_primary=True)
    User.objects.filter(pk=kim.pk).update(zone="Europe/Berlin")
    office = acme.sites.get()
    office.calendar = cast.calendar("Half days", "Europe/Berlin", special_hours=HALF_DAY)
    office.save()
    night = Site.objects.create(
        organisation=acme,
        name="Night shift",
        calendar=cast.calendar("Nights", "Europe/Berlin", week=NIGHTS),
    )
    clock("2026-03-02 07:00")
    in_time = cast.file(ana, severity=2, title="In time")
    late = cast.file(ana, severity=3, title="Late")
    critical = cast.file(ana, severity=1, title="Critical")
    waits = cast.file(ana, severity=3, title="Waits")
    lowered = cast.file(ana, severity=2, title="Lowered after a miss")
    raised = cast.file(ana, severity=3, title="Raised")
    withdrawn = cast.file(ana, severity=3, title="Withdrawn after a miss")
    returns = cast.file(ana, severity=4, title="Reopened")
    overdue_rca = cast.file(ana, severity=1, title="RCA missed, then withdrawn")
    late_rca = cast.file(ana, severity=2, title="RCA published late")
    ignored = cast.file(ana, severity=4, title="Escalated")
    duplicate = cast.file(ana, severity=3, title="The same again")
    raised_late = cast.file(ana, severity=3, title="Raised after a miss")
    actions.answer(critical, by=kim, text="We look.")
    clock("2026-03-02 07:09")
    actions.answer(overdue_rca, by=kim, text="We look.")
    clock("2026-03-02 07:40")
    for case in (in_time, raised, returns, late_rca, ignored):
        actions.answer(case, by=kim, text="We look into it.")
    actions.request_information(waits, by=kim, text="Which phones?")
    clock("2026-03-02 09:30")  # the High one and the Medium ones are missed, nobody has them
    actions.set_severity(lowered, by=lee, severity=4, text="There is a workaround.")
    actions.restore(critical, by=kim, text="It works again.")
    actions.set_severity(raised, by=kim, severity=1, text="It is an outage.")
    actions.set_severity(raised_late, by=kim, severity=1, text="It is an outage.")
    actions.withdraw(withdrawn, by=ana, text="Never mind.")
    clock("2026-03-02 10:15")
    actions.answer(late, by=kim, text="Sorry.")
    actions.merge(duplicate, by=kim, survivor=late, text="The same.")
    actions.propose_resolution(critical, by=kim, text="Replaced.")
    actions.propose_resolution(overdue_rca, by=kim, text="Restarted.")
    actions.propose_resolution(late_rca, by=kim, text="Patched.")
    clock("2026-03-02 12:00")
    actions.answer(lowered, by=lee, text="We look into it.")
    actions.answer_as_contact(in_time, by=ana, text="And the reports are empty.")
    actions.split(in_time, by=kim, seq=3, title="Split off")
    clock("2026-03-02 20:30")
    actions.file_case(
        by=ana, contact=ana, site=night, title="At night", description="Dark.", severity=3
    )
    nightly = acme.cases.get(title="At night")
    clock("2026-03-02 22:45")
    actions.answer(nightly, by=lee, text="Good evening.")
    clock("2026-03-03 08:00")
    actions.answer_as_contact(waits, by=ana, text="The red ones.")
    actions.propose_resolution(returns, by=kim, text="Done.")
    actions.accept(returns, by=ana)
    clock("2026-03-03 11:00")
    cast.published(critical, kim, maya)
    actions.accept(critical, by=ana)
    actions.answer(in_time, by=kim, text="Still on it.")
    clock("2026-03-04 09:00")
    actions.request_escalation(ignored, by=ana, text="This takes too long.")
    actions.propose_resolution(in_time, by=kim, text="Fixed.")
    actions.reopen(returns, by=ana, text="Not quite.")
    clock("2026-03-06 09:00")  # an RCA and the request for escalation are missed
    actions.report_issue(overdue_rca, by=ana, text="It came back.")
    actions.answer_escalation_request(ignored, by=maya, text="Yes.", granted=True)
    actions.escalate(ignored, by=lee, text="Dial twice.")
    actions.accept(in_time, by=ana)
    aggregation.run(utc("2026-03-06 10:00"))
    clock("2026-03-10 08:00")
    actions.request_information(late, by=kim, text="Does it still happen?")
    clock("2026-03-11 10:30")
    noon = cast.file(ana, severity=3, title="Before a free afternoon")
    clock("2026-03-12 08:15")
    actions.answer(noon, by=kim, text="Good morning.")
    cast.published(late_rca, kim, maya)
    clock("2026-03-13 09:00")
    aggregation.run(utc("2026-03-13 09:00"))
    clock("2026-03-13 12:00")
    just_lowered = cast.file(ana, severity=2, title="Lowered after a miss, still open")
    clock("2026-03-13 13:10")
    actions.set_severity(just_lowered, by=lee, severity=4, text="There is a workaround.")
    cast.file(ana, severity=2, title="Just opened")
    clock("2026-03-13 15:00")
    return acme


# --- Reading the pages


@dataclass(frozen=True)
class ReadClock:
    """One of Care's clocks as a case page shows it, and its explanation."""

    code: str
    kind: str
    label: str
    state: str
    text: str
    at: str
    explained: tuple[str, ...] = ()

    @property
    def target(self):
        """First response, restoration and so on, the first one and the one after a reopening."""
        return KIND_OF.get(self.kind, self.kind)

    @property
    def durations(self):
        return [seconds(one) for one in DURATION.findall(self.text)]

    @property
    def in_time(self):
        """The number of updates that came in time: they have one line together."""
        return int(self.label.split()[0]) if self.label.endswith("in time") else 0

    @property
    def has_ended(self):
        return bool(re.search(r"(used|\d (h|min|s)) · ", self.text)) and not re.search(
            "of business time|24×7", self.text
        )

    @property
    def was_needed(self):
        return "no longer needed" not in self.label

    @property
    def is_missed(self):
        return self.label.startswith("missed")

    @property
    def late_by(self):
        amount = DURATION.search(self.label)
        return seconds(amount.group()) if amount else None

    @property
    def used(self):
        """What it has used. Of an open one: its target, and how late it is or what is left."""
        if self.has_ended:
            return self.durations[0]
        target = seconds(DURATION.search(self.explained[0]).group())
        return target + (-self.durations[0] if self.late_by is None else self.late_by)

    @property
    def due(self):
        """The due time that was missed; the explanation names it last if it changed afterwards."""
        has_changed = "Its target was missed at" in self.explained[0]
        return self.explained[-1] if has_changed else self.explained[2]


DURATION = re.compile(r"\d+ h(?: \d+ min)?|\d+ min|\d+ s\b")
UNITS = {"h": 3600, "min": 60, "s": 1}


def seconds(text):
    amounts = re.findall(r"(\d+) (h|min|s)", text)
    return sum(int(amount) * UNITS[unit] for amount, unit in amounts)


def instants(element):
    return [one.attributes["datetime"] for one in element.tags("time")]


@dataclass(frozen=True)
class ReadCase:
    """A case page: its state, its clocks, and what its conversation says."""

    code: str
    state: str
    severity: str
    clocks: list[ReadClock]
    entries: list[tuple[str, str]]  # what happened, and when

    def severity_at(self, at, *, before=False):
        """The severity that the conversation names last, up to or before an instant."""
        severity = ""
        for text, when in self.entries:
            change = re.search(r"opened the case \(as (\w+)\)|from \w+ to (\w+)\)", text)
            if change and (when < at or (when == at and not before)):
                severity = change[1] or change[2]
        return severity or self.severity  # a split says where it comes from instead

    def times(self, words):
        return [when for text, when in self.entries if words in text]


def read_case(client, path, code, *, explained):
    page = parsed(client.get(f"{path}{code}/").content)
    clocks = [read_clock(client, code, one, explained) for one in page.all("clock")]
    lines = [*page.all("timeline__head"), *page.all("timeline__line")]
    if "Root cause analysis of CT-" in page.tags("h1")[0].text:
        # A follow-up case shows the time of the analysis, which counts for the original case.
        clocks = [clock for clock in clocks if clock.kind != "Root cause analysis"]
    return ReadCase(
        code,
        page.one("pill").text,
        page.one("severity").text.split()[-1],
        [clock for clock in clocks if clock.kind not in CUSTOMERS],
        sorted([(one.text, instants(one)[-1]) for one in lines], key=lambda entry: entry[1]),
    )


def read_clock(client, code, element, explained):
    why = element.all("clock__why")
    lead = ()
    if explained and why:
        panel = parsed(client.get(why[0].attributes["href"]).content).one("explain__lead")
        lead = (panel.text, *instants(panel))
    return ReadClock(
        code,
        element.one("clock__label").text,
        element.one("clock__state").text.replace("the contact", "you"),
        element.classes[1],
        element.one("clock__time").text.split(" Why this time?")[0],
        (instants(element.one("clock__time")) or [""])[-1],
        lead,
    )


def read_table(page, heading):
    """The rows of a section's first table, as texts by the headings."""
    table = page.labelled_by(heading).tags("table")[0]
    head = [one.text for one in table.tags("thead")[0].tags("th")]
    return [dict(zip(head, row.children, strict=True)) for row in table.tags("tbody")[0].tags("tr")]


def read_workbook(content):
    """The sheets of a workbook, as rows of texts by the headings."""
    book = zipfile.ZipFile(io.BytesIO(content))
    sheets = []
    for number in range(1, 7):
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
        rows = []
        for row in root.findall(".//{*}row"):
            cells = {re.match("[A-Z]+", c.get("r")).group(): "".join(c.itertext()) for c in row}
            rows.append(cells)
        head, *rest = rows
        sheets.append([{head[key]: row.get(key, "") for key in head} for row in rest])
    return sheets


def instant_of(serial):
    """An instant of a workbook, which counts days, as the pages write it."""
    at = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(seconds=round(float(serial) * 86400))
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def quantile(values, share):
    """The shortest time that this share of all did not exceed, counted by hand."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1] if values else None


# --- The comparison


@pytest.fixture
def portal(fortnight, client, ana):
    client.force_login(ana)
    codes = [case.code for case in fortnight.cases.order_by("number")]
    return [read_case(client, "/portal/cases/", code, explained=True) for code in codes]


def test_each_figure_of_the_report_is_that_of_the_case_pages(
    portal, fortnight, client, ana, kim, maya
):
    report = parsed(client.get(f"/portal/report/{MARCH}").content)
    csv_lines = csv_of(client)
    client.force_login(kim)
    for case in portal:
        console = read_case(client, "/console/cases/", case.code, explained=False)
        shown = [replace(clock, explained=()) for clock in case.clocks]
        assert [one for one in console.clocks if is_for_both(one)] == shown, case.code
    client.force_login(maya)
    assert parsed(client.get(f"/insight/reports/acme/{MARCH}").content).all("breach")
    sheets = read_workbook(client.get(f"/reports/acme/report.xlsx{MARCH}").content)
    targets = every_target(sheets[5], portal)
    assert len(csv_lines) == len(sheets[5])
    compare_targets(read_table(report, "report-promises"), sheets[0], targets)
    compare_misses(report.all("breach"), sheets[2], portal)
    compare_analyses(read_table(report, "report-rca"), sheets[3], portal)
    compare_throughput(report, sheets[1], portal, targets)


def csv_of(client):
    answer = client.get(f"/reports/acme/report.csv{MARCH}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def is_for_both(clock):
    """The portal leaves out what is neither open nor a result."""
    return clock.state != "clock--over"


class Decided(NamedTuple):
    """A target that was met, missed, ended late or was measured, when, and after how long."""

    code: str
    target: str
    what: str
    severity: str
    at: str
    seconds: int | None


def every_target(rows, cases):
    """The decided targets of the case pages; the workbook has the same, one row each."""
    listed = [
        Decided(
            row["Case"],
            row["Target or reason"],
            row["What"],
            row["Severity then"],
            instant_of(row["When (UTC)"]),
            int(row["Business seconds used"]) if row["Business seconds used"] else None,
        )
        for row in rows
    ]
    decided = [one for case in cases for one in decided_on(case, listed)]
    assert sorted(decided, key=str) == sorted(listed, key=str)
    return decided


def decided_on(case, listed):
    for clock in case.clocks:
        if clock.in_time:
            yield from updates_in_time(case, clock, listed)
            continue
        if clock.is_missed:
            severity = case.severity_at(clock.due)
            yield Decided(case.code, clock.target, "Missed", severity, clock.due, None)
        if clock.has_ended and clock.was_needed:
            what = {"met": "Met", "measured": "Measured"}.get(clock.label, "Ended late")
            severity = case.severity_at(clock.at)
            yield Decided(case.code, clock.target, what, severity, clock.at, clock.used)


def updates_in_time(case, clock, listed):
    """A page has their number and the longest; each of them is a message in the conversation."""
    updates = [
        one
        for one in listed
        if (one.code, one.target, one.what) == (case.code, "Next update", "Met")
    ]
    assert len(updates) == clock.in_time
    assert max(one.seconds for one in updates) == seconds(clock.text)
    messages = {when for _, when in case.entries}
    for one in updates:
        assert one.at in messages
        yield one._replace(severity=case.severity_at(one.at, before=True))


def compare_targets(table, sheet, decided):
    by_line = defaultdict(list)
    for one in decided:
        by_line[one.target, "all"].append(one)
        by_line[one.target, one.severity].append(one)
    names = [(row["Target"].text, row["Severity"].text.split()[-1]) for row in table]
    assert sorted(names) == sorted(by_line)
    for name, row, cells in zip(names, table, sheet, strict=True):
        lines = by_line[name]
        met = sum(one.what == "Met" for one in lines)
        missed = sum(one.what == "Missed" for one in lines)
        took = [one.seconds for one in lines if one.what != "Missed"]
        median, ninety = quantile(took, 0.5), quantile(took, 0.9)
        if name[0] != "Resolution":
            assert [row["Met"].text, row["Missed"].text] == [str(met), str(missed)], name
        assert row["Ended"].text == str(len(took)), name
        assert seconds_of(row["Median"]) == median, name
        assert seconds_of(row["90th percentile"]) == ninety, name
        numbers = [cells[head] for head in ("Met", "Missed", "Ended")]
        assert numbers == [str(met), str(missed), str(len(took))], name
        assert cells["Median s of the ended"] == ("" if median is None else str(median)), name


def seconds_of(cell):
    return None if cell.text == "—" else seconds(cell.text)


def compare_misses(articles, sheet, cases):
    """Each missed target: when it was due and ended, what it has used, and so how late it is."""
    expected = []
    for clock in (clock for case in cases for clock in case.clocks if clock.is_missed):
        ended = clock.at if clock.has_ended else ""
        expected.append((clock.code, clock.kind, clock.due, ended, clock.used))
        if clock.has_ended and clock.late_by is not None:
            used, target = clock.durations
            assert clock.late_by == used - target
    listed = []
    for one in articles:
        words = one.tags("p")[0]
        times = instants(words)
        ended = times[-1] if re.search("It ended|no longer needed from", words.text) else ""
        used = re.search(r"used(?: so far)?: (.+?)\.", words.text)[1]
        kind = words.text.split(",")[0]
        listed.append((one.one("code").text, kind, times[1], ended, seconds(used)))
    assert sorted(listed) == sorted(expected)
    assert sorted(expected) == sorted(
        (
            row["Case"],
            row["Target"],
            instant_of(row["Due (UTC)"]),
            instant_of(row["Ended (UTC)"]) if row["Ended (UTC)"] else "",
            int(row["Used s"]),
        )
        for row in sheet
    )


def compare_analyses(table, sheet, cases):
    expected = []
    for case in cases:
        analyses = [clock for clock in case.clocks if clock.kind == "Root cause analysis"]
        if not analyses:
            continue
        last = analyses[0]  # the open one comes first
        is_owed = last.state == "clock--owed"
        due = "after the next resolution" if is_owed else last.explained[2]
        expected.append((case.code, due, last.at if last.has_ended else ""))
    listed = [
        (
            row["Case"].text,
            (instants(row["Due"]) or [row["Due"].text.removeprefix("due again ")])[0],
            (instants(row["Published"]) or [row["Published"].text.replace("not yet", "")])[0],
        )
        for row in table
    ]
    assert listed == expected
    published = [row["Published (UTC)"] for row in sheet]
    assert [instant_of(one) if one else "" for one in published] == [one[2] for one in expected]


def compare_throughput(report, sheet, cases, decided):
    """Opened, closed and open cases, all together and day by day."""
    opened, reopened, closed = (
        [when for case in cases for when in case.times(words)]
        for words in (" opened the case", " reopened the case", " closed the case")
    )
    left = sum(case.state != "Closed" for case in cases)
    sentence = report.labelled_by("report-flow").tags("p")[0].text
    assert [int(number) for number in re.findall(r"\d+", sentence)] == [
        len(opened),
        len(closed),
        len(reopened),
        left,
    ]
    days = {}
    for row in sheet:
        day = instant_of(row["From"])[:10]
        days[day] = [int(row[name]) for name in list(row)[2:]]
    by_day = defaultdict(lambda: [0] * 6)
    for number, instants_of_kind in enumerate((opened, closed)):
        for when in instants_of_kind:
            by_day[day_in_berlin(when)][number] += 1
    columns = [
        (target, what) for target in ("First response", "Restoration") for what in ("Met", "Missed")
    ]
    for one in decided:
        if (one.target, one.what) in columns:
            by_day[day_in_berlin(one.at)][2 + columns.index((one.target, one.what))] += 1
    assert {day: numbers for day, numbers in days.items() if any(numbers)} == by_day


def day_in_berlin(instant):
    return str(datetime.fromisoformat(instant).astimezone(ZoneInfo("Europe/Berlin")).date())
