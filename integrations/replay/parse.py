"""Parse audit rows into one history per incident. Unreadable rows are reported with their line."""

import csv
import hashlib
import lzma
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from integrations.replay.mapping import HistoryState, Mapping

YEARS = range(1970, 2200)
LONGEST_NUMBER = 60


class BadLog(ValueError):
    """The file is no log that the mapping describes."""


@dataclass(frozen=True)
class Unread:
    """A part of the file that could not be read, and the reason."""

    line: int
    number: str
    why: str


@dataclass(frozen=True)
class LogEntry:
    """One audit row that can be applied."""

    line: int
    at: datetime
    state: HistoryState
    severity: int
    analyst: str
    team: str


@dataclass
class History:
    """Everything in the file about one incident, in its order."""

    index: int
    number: str
    line: int
    opened_at: datetime | None = None
    organisation: str = ""
    contact: str = ""
    title: str = ""
    area: str = ""
    priority: int = 3
    entries: list[LogEntry] = field(default_factory=list)

    @property
    def refusal(self) -> str:
        """Why no case can be made of it. Empty when one can."""
        if not self.entries:
            return "no row of it could be read"
        if not self.organisation:
            return "no row of it names an organisation, so there is nobody to promise anything to"
        if not self.contact:
            return "no row of it names a contact"
        return ""


@dataclass
class Log:
    """A parsed file."""

    sha256: str
    rows: int
    histories: list[History]
    unread: list[Unread]

    @property
    def replayable(self) -> list[History]:
        return [history for history in self.histories if not history.refusal]

    @property
    def ends_at(self) -> datetime:
        return max(entry.at for history in self.histories for entry in history.entries)


def read(path: Path, mapping: Mapping) -> Log:
    """Read a CSV file, `.xz` too. Raises BadLog if it is none, or lacks a column."""
    try:
        with _open(path) as lines:
            rows = _rows(path, _text_lines(path, lines), mapping)
            try:
                log = _Reader(mapping).read(rows)
            except csv.Error as error:
                raise BadLog(f"{path.name}, line {rows.line_num + 1}: {error}.") from None
    except UnicodeDecodeError:
        number = _undecodable_line(path)
        raise BadLog(
            f"{path.name}, line {number}: this is no UTF-8. Save the file as UTF-8."
        ) from None
    except (OSError, EOFError, lzma.LZMAError, csv.Error) as error:
        raise BadLog(f"{path} cannot be read: {error}") from None
    log.sha256 = _digest(path)
    if not log.histories:
        raise BadLog(f"{path.name} holds no rows.")
    if not any(history.entries for history in log.histories):
        first = log.unread[0]
        raise BadLog(
            f"{path.name}: no row can be read. Line {first.line}, {first.number}: {first.why}."
        )
    return log


DELIMITERS = (",", ";", "\t", "|")


def _open(path: Path) -> TextIO:
    """The text of a file; a byte order mark is no part of it."""
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _text_lines(path: Path, lines: TextIO) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if "\0" in line:
            raise BadLog(
                f"{path.name}, line {number}: a NUL byte. The file is damaged, or it is no UTF-8."
            )
        yield line


def _undecodable_line(path: Path) -> int:
    """The first line that is no UTF-8."""
    with lzma.open(path, "rb") if path.suffix == ".xz" else path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8-sig")
            except UnicodeDecodeError:
                return number
    return 0


def _rows(path: Path, lines: Iterator[str], mapping: Mapping) -> "csv.DictReader[str]":
    """The rows below the header. The delimiter is the one that makes the most columns of it."""
    skipped, header = 0, ""
    for header in lines:
        if header.strip():
            break
        skipped += 1
    names = [next(csv.reader([header], delimiter=mark), []) for mark in DELIMITERS]
    columns = [[name.strip() for name in row] for row in names]
    known = [len(mapping.needed_columns & set(row)) for row in columns]
    best = known.index(max(known))
    missing = mapping.needed_columns - set(columns[best])
    if missing:
        raise BadLog(
            f"{path.name}, line {skipped + 1}: there is no column {', '.join(sorted(missing))}. "
            f"Is it a log of {mapping.name}?"
        )
    rows = csv.DictReader(lines, columns[best], delimiter=DELIMITERS[best])
    rows.reader = _Numbered(rows.reader, skipped + 1)  # type: ignore[assignment]
    return rows


class _Numbered:
    """A reader of rows that counts the lines above them too."""

    def __init__(self, rows: Any, above: int) -> None:
        self.rows, self.above = rows, above

    def __iter__(self) -> "_Numbered":
        return self

    def __next__(self) -> list[str]:
        row: list[str] = next(self.rows)
        return row

    @property
    def line_num(self) -> int:
        return int(self.rows.line_num) + self.above


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Reader:
    """Sorts rows into histories."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.histories: dict[str, History] = {}
        self.unread: list[Unread] = []
        self.names: dict[str, str] = {}

    def read(self, rows: "csv.DictReader[str]") -> Log:
        count = 0
        for row in rows:
            if not any(value for value in row.values()):
                continue  # a line of delimiters, as spreadsheets leave them at the end
            count += 1
            self._take(row, rows.line_num)
        for history in self.histories.values():
            if history.refusal:
                self.unread.append(
                    Unread(history.line, history.number, f"refused: {history.refusal}")
                )
        return Log(
            "",
            count,
            list(self.histories.values()),
            sorted(self.unread, key=lambda unread: unread.line),
        )

    def _take(self, row: dict[str, str], line: int) -> None:
        number = self._value(row, "number")
        if not number:
            self.unread.append(Unread(line, "?", "the row names no incident"))
            return
        if len(number) > LONGEST_NUMBER:
            why = f"the number of the incident is longer than {LONGEST_NUMBER} characters"
            self.unread.append(Unread(line, number[:LONGEST_NUMBER], why))
            return
        history = self.histories.setdefault(number, History(len(self.histories), number, line))
        self._learn(history, row)
        try:
            entry = self._entry(row, line)
            if history.entries and entry.at < history.entries[-1].at:
                raise ValueError(f"{entry.at:%Y-%m-%d %H:%M} lies before the row above it")
        except ValueError as error:
            self.unread.append(Unread(line, number, str(error)))
            return
        history.entries.append(entry)

    def _learn(self, history: History, row: dict[str, str]) -> None:
        """Facts of the incident come from the first row that has them."""
        history.organisation = history.organisation or self._name(row, "organisation")
        history.contact = history.contact or self._name(row, "contact")
        history.area = history.area or self._value(row, "area")
        if not history.title:
            words = ((row.get(column) or "").strip() for column in self.mapping.columns["title"])
            history.title = ", ".join(word for word in words if word not in self.mapping.unknown)
        history.priority = self.mapping.priority.get(self._value(row, "priority"), history.priority)
        if history.opened_at is None and (value := self._value(row, "opened_at")):
            try:
                history.opened_at = self._instant(value)
            except ValueError:
                return

    def _entry(self, row: dict[str, str], line: int) -> LogEntry:
        if None in row:
            raise ValueError("the row has more cells than the header has columns")
        state, severity = self._value(row, "state"), self._value(row, "severity")
        if state not in self.mapping.states:
            raise ValueError(f"unknown state {state!r}")
        if severity not in self.mapping.severity:
            raise ValueError(f"unknown severity {severity!r}")
        at = self._instant(self._value(row, "at"))
        return LogEntry(
            line,
            at,
            self.mapping.states[state],
            self.mapping.severity[severity],
            self._name(row, "analyst"),
            self._name(row, "team"),
        )

    def _name(self, row: dict[str, str], column: str) -> str:
        """A name as it was first written, where the mapping takes similar names as one."""
        name = self._value(row, column)
        identity = self.mapping.identity(name)
        return self.names.setdefault(identity, name) if identity else ""

    def _value(self, row: dict[str, str], column: str) -> str:
        name = self.mapping.columns.get(column)
        value = (row.get(name) or "").strip() if name else ""
        return "" if value in self.mapping.unknown else value

    def _instant(self, text: str) -> datetime:
        if not text:
            raise ValueError("the row has no time")
        try:
            naive = datetime.strptime(text, self.mapping.time_format)  # noqa: DTZ007 (the zone is the mapping's)
        except ValueError:
            raise ValueError(
                f"{text!r} is no time of the form {self.mapping.time_format}"
            ) from None
        if naive.year not in YEARS:
            raise ValueError(f"{text!r} is no time between {YEARS.start} and {YEARS.stop - 1}")
        return naive.replace(tzinfo=self.mapping.zone).astimezone(UTC)
