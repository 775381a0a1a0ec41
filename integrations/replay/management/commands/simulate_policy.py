"""`simulate_policy VERSION --on LOG`: the result of a log under another policy or other hours
(§14).
"""

import json
import os
import re
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from rich.console import Console
from rich.table import Table

from contacts.models import WorkCalendar
from contacts.models.calendars import WEEKDAYS
from core.formatting import duration
from core.percentages import percent_text
from core.tenancy import care_scope
from integrations.replay import simulate
from integrations.replay.mapping import BadMapping, Mapping, find
from integrations.replay.parse import BadLog, read
from integrations.replay.runner import close_connections
from integrations.replay.simulate import Setting, Simulated, SimulationLine
from sla import calendars, policy_content, policy_files
from sla.businesstime import BusinessTimeError, Calendar
from sla.models import PolicyVersion
from sla.models.clock import ClockKindChoices
from sla.policy_content import PolicyContent
from sla.policy_files import BadPolicyFile

DAYS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")


class Command(BaseCommand):
    help = (
        "Judge a foreign audit log (CSV, .xz too) under a policy, without filing "
        "anything: for each severity and "
        "promise what would have been met. VERSION is KEY:NUMBER, a shipped policy's "
        "name, or a .toml file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "version", help="such as customer-care:1, follow-the-sun, or a .toml file"
        )
        parser.add_argument("--on", type=Path, required=True, metavar="LOG", help="the log")
        parser.add_argument(
            "--mapping", default="servicenow", help="a shipped mapping's name, or a .toml file"
        )
        parser.add_argument("--against", metavar="VERSION", help="a second policy, side by side")
        hours = parser.add_mutually_exclusive_group()
        hours.add_argument(
            "--calendar", metavar="NAME", help="the hours of a calendar in the database"
        )
        hours.add_argument(
            "--hours",
            help='hours such as "mon-fri 08:00-18:00; sat 09:00-13:00" (default: the mapping\'s)',
        )
        parser.add_argument("--zone", help="the zone of --hours (default: the mapping's)")
        parser.add_argument(
            "--against-hours", metavar="HOURS", help="other hours for the second column"
        )
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
        parser.add_argument("--json", action="store_true", help="print figures for programs")

    def handle(self, *, on: Path, mapping: str, workers: int, **options: Any) -> None:
        if workers < 1:
            raise CommandError("--workers must be 1 or more.", returncode=2)
        started = time.monotonic()
        try:
            known = find(mapping)
            settings = settings_of(known, options)
            log = read(on, known)
        except (BadMapping, BadLog, BadPolicyFile, BusinessTimeError) as error:
            raise CommandError(" ".join(str(error).split()), returncode=2) from None
        if not log.replayable:
            raise CommandError(f"{on.name} holds no incident that can be told.", returncode=2)
        if workers > 1:
            close_connections()  # processes must not share a connection
        results = simulate.run(log.replayable, settings, log.ends_at, workers=workers)
        seconds = time.monotonic() - started
        if options["json"]:
            self.stdout.write(json.dumps([as_json(result) for result in results], indent=1))
            return
        out: Any = self.stdout
        console = Console(width=None if os.isatty(1) else 150, highlight=False, file=out)
        console.print(table(results))
        for name, one in named(results):
            console.print(
                f"{name}: {one.setting.name}: {one.cases:,} incidents judged, "
                f"{one.refused:,} go on after the window; "
                f"{one.waits_outlived:,} waits and {one.proposals_outlived:,} "
                "proposals outlived their time."
            )
        console.print(
            f"{log.rows:,} rows read and judged in {seconds:.1f} s with {workers} processes."
        )


def settings_of(known: Mapping, options: dict[str, Any]) -> list[Setting]:
    """The chosen policy and hours, and those to compare with.

    Raises the errors of invalid input.
    """
    version, against = options["version"], options["against"]
    hours, label = calendar(known, options["calendar"], options["hours"], options["zone"])
    settings = [Setting(f"{version}{label}", policy(version), hours)]
    if against or options["against_hours"]:
        other = options["against_hours"]
        hours, label = calendar(known, None, other, options["zone"]) if other else (hours, label)
        settings.append(Setting(f"{against or version}{label}", policy(against or version), hours))
    return settings


def policy(name: str) -> PolicyContent:
    """KEY:NUMBER from the database, otherwise a shipped name or a file. Raises BadPolicyFile."""
    key, colon, number = name.partition(":")
    if not colon or name.endswith(".toml"):
        return policy_files.read(policy_files.find(name))[1]
    if not number.isdecimal() or len(number) > 8:
        raise BadPolicyFile(f"{name!r} is no version: write it as customer-care:1.")
    try:
        with care_scope():
            version = PolicyVersion.objects.filter(policy__key=key, number=int(number)).first()
            if version is None:
                raise BadPolicyFile(
                    f"There is no version {name}. A file, or a shipped policy's name, "
                    "needs no database."
                )
            return policy_content.content_of(version)
    except DatabaseError as error:
        raise BadPolicyFile(f"The database cannot be asked for {name}: {error}") from None


def calendar(
    known: Mapping, name: str | None, hours: str | None, zone: str | None
) -> tuple[Calendar, str]:
    """The business hours, and their label.

    Raises BadPolicyFile or BusinessTimeError.
    """
    if name:
        with care_scope():
            work_calendar = WorkCalendar.objects.filter(name=name).first()
            if work_calendar is None or not work_calendar.versions.exists():
                raise BadPolicyFile(f"There is no calendar “{name}” that says hours.")
            return calendars.compiled(work_calendar.current), f", {name}"
    zone_name = zone or known.zone.key
    if hours:
        return Calendar(zone_name, week(hours)), f", {hours} {zone_name}"
    week_of = {
        WEEKDAYS.index(day): [tuple(span) for span in spans] for day, spans in known.week.items()
    }
    return Calendar(zone_name, week_of), f", {zone_name}" if zone else ""


def week(text: str) -> dict[int, list[tuple[str, str]]]:
    """Parse “mon-fri 08:00-12:00,13:00-17:00; sat 09:00-13:00” as intervals by weekday.

    Raises BadPolicyFile.
    """
    by_day: dict[int, list[tuple[str, str]]] = {}
    for part in filter(None, (part.strip() for part in text.lower().split(";"))):
        days, _, spans = part.partition(" ")
        match = DAYS.fullmatch(days)
        ends = [match[1], match[2] or match[1]] if match else []
        intervals = [tuple(wall.strip() for wall in span.split("-")) for span in spans.split(",")]
        if (
            not ends
            or any(day not in WEEKDAYS for day in ends)
            or any(len(pair) != 2 for pair in intervals)
        ):
            raise BadPolicyFile(
                f"“{part}” is no hours: write them as mon-fri 08:00-18:00; sat 09:00-13:00."
            )
        first, last = (WEEKDAYS.index(day) for day in ends)
        if first > last:
            raise BadPolicyFile(f"“{days}” runs backwards: begin with the earlier weekday.")
        for day in range(first, last + 1):
            by_day.setdefault(day, []).extend((opens, closes) for opens, closes in intervals)
    return by_day


def table(results: list[Simulated]) -> Table:
    """A row for each target and severity, and columns for each setting."""
    output = Table(
        title=("What would have been met (times are counted time: business hours, or 24×7)")
    )
    for heading in ("Service target", "Severity"):
        output.add_column(heading)
    for name, _one in named(results):
        for heading in ("Met", "Missed", "Met %", "Median", "90th pct"):
            output.add_column(
                f"{name}\n{heading}" if len(results) > 1 else heading, justify="right", no_wrap=True
            )
    by = [{(line.kind, line.severity): line for line in result.lines} for result in results]
    for kind, severity in sorted(
        {key for lines in by for key in lines}, key=lambda k: (simulate.KINDS.index(k[0]), k[1])
    ):
        cells = [cell for lines in by for cell in _cells(lines.get((kind, severity)))]
        output.add_row(
            str(ClockKindChoices(kind).label), f"{severity.value} {severity.label}", *cells
        )
    return output


def named(results: list[Simulated]) -> list[tuple[str, Simulated]]:
    """Settings by their letter in the table."""
    return list(zip("AB", results, strict=False))


def _cells(line: SimulationLine | None) -> list[str]:
    if line is None:
        return ["–"] * 5
    is_promised = line.met or line.breached
    share = percent_text(line.met, line.met + line.breached)
    counts = [f"{line.met:,}", f"{line.breached:,}"] if is_promised else ["no target", "–"]
    return [*counts, share, duration(line.used_at(0.5)), duration(line.used_at(0.9))]


def as_json(one: Simulated) -> dict[str, Any]:
    """The figures of a setting for programs. Times are counted seconds."""
    lines = [
        {
            "promise": str(line.kind),
            "severity": line.severity.value,
            "clocks": line.clocks,
            "met": line.met,
            "breached": line.breached,
            "measured": line.measured,
            "running": line.running,
            "cancelled": line.cancelled,
            "share": line.share,
            "median": line.used_at(0.5),
            "p90": line.used_at(0.9),
        }
        for line in one.lines
    ]
    return {
        "setting": one.setting.name,
        "cases": one.cases,
        "refused": one.refused,
        "promises": lines,
        "waits_outlived": one.waits_outlived,
        "proposals_outlived": one.proposals_outlived,
    }
