"""Render texts that have no stored HTML, or HTML of an earlier renderer."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from caretrack.ops.rendering import render_waiting


class Command(BaseCommand):
    help = (
        "Render texts that have no HTML yet. Safe to stop and to run again; pages show "
        "them as typed until then."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every-version",
            action="store_true",
            help="also what an earlier version of the renderer made",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        done: Counter[str] = Counter()
        for table, rows in render_waiting(every_version=options["every_version"]):
            done[table] += rows
            if done[table] % 10_000 < rows:
                self.stdout.write(f"{table}: {done[table]} …")
        for table, rows in sorted(done.items()):
            self.stdout.write(f"{table}: {rows} texts rendered")
        if not done:
            self.stdout.write("Every text is rendered.")
