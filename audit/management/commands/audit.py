"""`audit [--case CT-…]`: every check in one run (§14)."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import checks
from cases.models import Case
from cases.models.case import is_code, number_of
from core.tenancy import care_snapshot


class Command(BaseCommand):
    help = (
        "Prove journals, words, files, clocks, breaches, notices and RCAs. Changes "
        "nothing; exit 1 on any finding."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--case", metavar="CT-…", help="this case alone")
        parser.add_argument("--json", action="store_true", help="findings by check, as one object")

    def handle(self, **options: Any) -> None:
        with care_snapshot():
            only = None if options["case"] is None else [_case(options["case"])]
            result = checks.run(only)
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {"cases": result.cases, "clean": result.is_clean, "findings": result.findings},
                    indent=2,
                )
            )
        else:
            self._print_result(result)
        if not result.is_clean:
            raise SystemExit(1)

    def _print_result(self, result: checks.Result) -> None:
        self.stdout.write(f"{result.cases:,} case{'s' if result.cases != 1 else ''} audited")
        for check in checks.CHECKS:
            findings = result.findings.get(check.name)
            if findings is None:
                continue
            summary = f"{len(findings)} finding{'s' if len(findings) != 1 else ''}"
            self.stdout.write(
                f"{'✗' if findings else '✓'} {check.name:<12}{summary if findings else check.holds}"
            )
            for finding in findings:
                self.stdout.write(f"    {finding}")


def _case(code: str) -> int:
    return named(code).pk


def named(code: str) -> Case:
    """The case of a case number. Raises CommandError with exit code 2 where there is none."""
    if not is_code(code.upper()):
        raise CommandError(f"“{code}” is no case number; write it as CT-0004021.", returncode=2)
    case = (
        Case.objects.filter(number=number_of(code.upper())).select_related("organisation").first()
    )
    if case is None:
        raise CommandError(f"There is no case {code.upper()}.", returncode=2)
    return case
