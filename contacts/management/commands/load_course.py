"""`load_course [FOLDER]`: publish the course for Designated Contacts where none is published yet
(§1).
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contacts import course_files
from core.tenancy import care_scope


class Command(BaseCommand):
    help = "Publish a course from a folder, if it has no version yet; the shipped one by default."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=course_files.SHIPPED)

    def handle(self, folder: Path, **options: Any) -> None:
        try:
            with care_scope():
                version, is_new = course_files.load(folder)
        except course_files.BadCourse as bad:
            raise CommandError(str(bad), returncode=2) from None
        self.stdout.write(f"{version} is {'published' if is_new else 'taught already'}.")
