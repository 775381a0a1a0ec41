"""`load_help [FOLDER]`: add the areas and publish the articles in FOLDER (default: the shipped
ones).
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.knowledge import import_files
from core.tenancy import care_scope


class Command(BaseCommand):
    help = (
        "Load areas and articles. What somebody changed since is left alone; running it "
        "again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=import_files.SHIPPED)

    def handle(self, *, folder: Path, **options: Any) -> None:
        try:
            with care_scope():
                areas, articles = import_files.load(folder)
        except (import_files.BadHelpFile, OSError) as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(f"Added {areas} areas, published {articles} articles.")
