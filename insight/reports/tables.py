"""Tables as files: CSV and XLSX, one row at a time, so that memory use is constant.

User texts may begin like a formula, which a spreadsheet must not run. In CSV such a cell gets a
leading apostrophe, as spreadsheets mark text; in XLSX every text is stored as text.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

Cell = str | int | float | date | datetime | None
Rows = Iterable[Sequence[Cell]]
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_ROWS = 1_048_575  # of a sheet, without its heading
BOM = "\ufeff"  # without it, spreadsheets assume their local encoding


class _Echo:
    """A file that returns what is written, so that `csv` can produce one row at a time."""

    def write(self, text: str) -> str:
        return text


def csv_lines(head: Sequence[str], rows: Rows) -> Iterator[str]:
    """A CSV file, line by line."""
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([harmless(cell) for cell in head])
    for row in rows:
        yield writer.writerow([_text(cell) for cell in row])


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(RISKY) else text


def _text(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date):
        return cell.isoformat()
    return harmless(cell) if isinstance(cell, str) else cell


Sheet = tuple[str, Sequence[str], Rows]


def write_csv(path: Path, head: Sequence[str], rows: Rows) -> None:
    """Write a CSV file to disk."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_lines(head, rows))


def write_xlsx(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write a workbook to disk, row by row, with constant memory.

    Instants are UTC, as the headings say.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "remove_timezone": True,
    }
    import xlsxwriter  # large, and few processes write a workbook

    with xlsxwriter.Workbook(
        str(path), {**options, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    ) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for name, head, rows in sheets:
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, max(len(head) - 1, 0), 18)
            for column, title in enumerate(head):
                sheet.write_string(0, column, title, bold)
            for number, row in enumerate(rows, start=1):
                if number > MOST_ROWS:
                    sheet.write_string(
                        MOST_ROWS, 0, "More rows than a sheet can hold: export them as CSV."
                    )
                    break
                _write(sheet, number, row, day)


def _write(sheet: Any, number: int, row: Sequence[Cell], day: Any) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, str):
            sheet.write_string(number, column, cell[:32_767])
        elif isinstance(cell, datetime):
            sheet.write_datetime(number, column, cell.astimezone(UTC).replace(tzinfo=None))
        elif isinstance(cell, date):
            sheet.write_datetime(number, column, cell, day)
        elif cell is not None:
            sheet.write_number(number, column, cell)


WRITERS: dict[str, Callable[[Path, Sequence[Sheet]], None]] = {
    "csv": lambda path, sheets: write_csv(path, sheets[0][1], sheets[0][2]),
    "xlsx": write_xlsx,
}
