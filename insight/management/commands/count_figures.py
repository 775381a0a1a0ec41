"""`count_figures [--rebuild]`: aggregate as beat does, or delete every figure and start again."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from cases import known_tags
from insight import aggregation, open_counts


class Command(BaseCommand):
    help = "Count what managers see. It may run at any time; a second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rebuild",
            action="store_true",
            help="forget every figure and count from the beginning",
        )

    def handle(self, **options: Any) -> None:
        started, done = time.monotonic(), None
        if options["rebuild"]:
            for done in aggregation.rebuild(timezone.now()):
                self.stderr.write(
                    f"  counted until {done.until:%Y-%m-%d %H:%M}, {done.facts:,} facts",
                    ending="\r",
                )
            open_counts.recount()
            known_tags.recount()
        else:
            done = aggregation.run(timezone.now())
            open_counts.fold()
            known_tags.fold()
        if done is None:
            self.stdout.write("There is nothing to count, or it is being counted right now.")
            return
        took, until = time.monotonic() - started, f"{done.until:%Y-%m-%d %H:%M} UTC"
        self.stdout.write(
            f"{done.facts:,} facts of {done.days:,} days, counted until {until}, in {took:.1f} s."
        )
