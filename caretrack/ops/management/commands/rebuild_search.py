"""`manage.py rebuild_search`: index every case, organisation, person and analysis again; may be run
at any time.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases import search as case_search
from contacts import search as people_search
from rca import search as analysis_search


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=1000, help="cases to a transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        cases = case_search.rebuild(options["batch"])
        others = people_search.rebuild() + analysis_search.rebuild()
        self.stdout.write(
            f"{cases:,} cases and {others:,} organisations, people and analyses can be found by "
            "their words."
        )
