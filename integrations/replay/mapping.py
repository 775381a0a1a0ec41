"""The columns and values of another system, from a TOML file: a new system needs no code."""

import tomllib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SHIPPED = Path(__file__).parent / "mappings"
COLUMNS = (
    "number",
    "at",
    "opened_at",
    "state",
    "severity",
    "organisation",
    "contact",
    "analyst",
    "team",
    "title",
)


NAMES = {"alike": False, "exact": True}


class BadMapping(ValueError):
    """The file cannot be used. The text says what is wrong and what to do."""


class HistoryState(StrEnum):
    """The CareTrack state of a foreign state."""

    NEW = "new"
    WORKED = "worked"
    WAITING = "waiting"
    INVESTIGATING = "investigating"
    PROPOSED = "proposed"
    CLOSED = "closed"


@dataclass(frozen=True)
class Mapping:
    """The mapping of one system.

    `has_exact_names`: names that differ in capitals, accents or blanks are different people, teams
    and organisations. Otherwise they are one.
    """

    key: str
    name: str
    time_format: str
    zone: ZoneInfo
    unknown: frozenset[str]
    week: dict[str, Any]
    columns: dict[str, Any]
    severity: dict[str, int]
    priority: dict[str, int]
    states: dict[str, HistoryState]
    has_exact_names: bool = False

    def identity(self, name: str) -> str:
        """What is equal for two spellings of one name."""
        if self.has_exact_names:
            return name
        decomposed = unicodedata.normalize("NFKD", name.casefold())
        letters = (c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
        return " ".join("".join(letters).split())

    @property
    def needed_columns(self) -> set[str]:
        return {
            name
            for value in self.columns.values()
            for name in ([value] if isinstance(value, str) else value)
        }


def find(name: str) -> Mapping:
    """The mapping by its shipped name or the path of a file. Raises BadMapping."""
    path = SHIPPED / f"{name}.toml" if not name.endswith(".toml") else Path(name)
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.toml")))
        raise BadMapping(
            f"There is no mapping {name!r}. Shipped: {known}; or give the path of a .toml file."
        )
    try:
        config = tomllib.loads(path.read_text("utf-8"))
        missing = [column for column in COLUMNS if column not in config["columns"]]
        if missing:
            raise BadMapping(f"{path}: [columns] does not name {', '.join(missing)}.")
        return Mapping(
            key=path.stem,
            name=config["name"],
            time_format=config["time_format"],
            zone=ZoneInfo(config["zone"]),
            unknown=frozenset(config["unknown"]),
            week=config["week"],
            columns=config["columns"],
            severity=config["severity"],
            priority=config.get("priority", {}),
            states={state: HistoryState(at) for state, at in config["states"].items()},
            has_exact_names=NAMES[config.get("names", "alike")],
        )
    except (KeyError, ValueError, OSError) as error:
        if isinstance(error, BadMapping):
            raise
        raise BadMapping(f"{path}: {type(error).__name__}: {error}") from None
