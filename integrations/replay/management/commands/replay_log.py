"""`replay_log FILE --mapping NAME`: replay another system's audit log and judge its service
targets.
"""

import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from core.formatting import duration
from core.tenancy import care_scope
from integrations.replay import report, runner
from integrations.replay.apply import ReplayOutcome
from integrations.replay.mapping import BadMapping, find
from integrations.replay.parse import BadLog, Unread, read


class Command(BaseCommand):
    help = (
        "Replay another system's audit log (CSV, .xz too). It creates organisations, contacts "
        "and analysts, passes every history through the product's own actions at its original "
        "times, and judges every service target. Nobody is notified. A second run adds nothing; "
        "after an interruption a new run continues."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping", required=True, help="a shipped mapping's name, or the path of a .toml file"
        )
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
        parser.add_argument("--limit", type=int, help="import only the first so many incidents")
        parser.add_argument(
            "--unread",
            type=Path,
            help="write the list of what could not be read to this file as well",
        )

    def handle(
        self,
        *,
        file: Path,
        mapping: str,
        workers: int,
        limit: int | None,
        unread: Path | None,
        **options: Any,
    ) -> None:
        if workers < 1:
            raise CommandError("--workers must be 1 or more.", returncode=2)
        console, started = (
            Console(width=None if os.isatty(1) else 140, highlight=False),
            time.monotonic(),
        )
        try:
            known = find(mapping)
            log = read(file, known)
        except (BadMapping, BadLog) as error:
            raise CommandError(str(error), returncode=2) from None
        console.print(f"{file.name}: {log.rows:,} rows of {len(log.histories):,} incidents read.")
        replayed, people = runner.prepare(log, known, file.name)
        waiting = runner.missing(log, replayed)[:limit]
        there = len(log.replayable) - len(runner.missing(log, replayed))
        if there:
            console.print(f"{there:,} incidents are in the database already and are left alone.")
        outcome = self._apply(console, waiting, people, replayed.first_number, workers)
        runner.judge(replayed)
        with care_scope():
            summary = report.make(replayed)
        not_read = sorted([*log.unread, *outcome.unread], key=lambda item: item.line)
        self._print(console, summary, outcome, not_read)
        if unread is not None:
            unread.write_text(
                "".join(f"line {u.line}\t{u.number}\t{u.why}\n" for u in not_read), "utf-8"
            )
        refused = sum(item.why.startswith("refused") for item in not_read)
        seconds = time.monotonic() - started
        console.print(
            f"{len(log.histories):,} incidents: {summary.cases:,} in, {refused:,} "
            "refused with a reason, "
            f"{len(log.histories) - summary.cases - refused:,} not told yet; "
            f"{outcome.applied:,} told now in {seconds:.0f} s."
        )
        console.print(f"Fingerprint: {summary.fingerprint}")

    def _apply(
        self, console: Console, waiting: list[Any], people: Any, first_number: int, workers: int
    ) -> ReplayOutcome:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("Importing histories", total=len(waiting))
            return runner.run(
                waiting,
                people,
                first_number,
                workers=workers,
                progress=lambda count: progress.advance(task, count),
            )

    def _print(
        self,
        console: Console,
        summary: report.ReplayReport,
        outcome: ReplayOutcome,
        not_read: list[Unread],
    ) -> None:
        table = Table(
            title=(
                "Service targets, by clock and severity (times are counted time: business "
                "hours, or 24×7)"
            )
        )
        for heading in ("Clock", "Severity"):
            table.add_column(heading)
        for heading in (
            "Clocks",
            "Met",
            "Missed",
            "Met %",
            "Running",
            "No longer needed",
            "Median",
            "95th pct",
        ):
            table.add_column(heading, justify="right")
        for line in summary.lines:
            share = "—" if line.met_share is None else f"{line.met_share:.1f} %"
            table.add_row(
                str(line.kind.label),
                f"{line.severity.value} {line.severity.label}",
                f"{line.clocks:,}",
                f"{line.met:,}",
                f"{line.missed:,}",
                share,
                f"{line.running:,}",
                f"{line.cancelled:,}",
                duration(line.median),
                duration(line.p95),
            )
        console.print(table)
        console.print(
            f"{summary.held_by_gate:,} Critical cases stay in Resolution Proposed, held "
            "by the RCA gate."
        )
        console.print(
            f"{summary.waits_outlived:,} waits for the contact outlived the response policy."
        )
        console.print(
            f"{summary.proposals_outlived:,} proposals exceeded their three business days."
        )
        console.print(f"{summary.open_cases:,} cases are open at the end of the log.")
        for note, count in sorted(outcome.notes.items()):
            console.print(f"  {count:,} × {note}")
        if not_read:
            console.print(f"Not read ({len(not_read):,}):")
        for item in not_read:
            console.print(f"  line {item.line}: {item.number}: {item.why}", markup=False)
