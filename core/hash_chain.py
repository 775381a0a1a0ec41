"""How a journal is chained: each row carries a hash over the one before it, so that nothing is
changed unseen.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

GENESIS = "0" * 64
ERASURE_EVENT_TYPES = (
    "erased",
    "person_erased",
)  # the verbs that tell of an erasing, with its seals


def link(previous: str, values: list[Any]) -> str:
    """The hash of a row: SHA-256 over the hash before it and the row's values in one canonical
    spelling.
    """
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


class ChainVerifier:
    """A journal, walked row by row from its beginning, to see whether it is as it was written.

    A row whose words were erased keeps its hash, on which the next one hangs; nobody can make that
    hash again. So the row that tells of the erasing names, by place, the hash of what is left: the
    *seal*. Of two the later one counts. `what` is how a row is called in findings.
    """

    def __init__(self, what: str = "event") -> None:
        self.what, self.seq, self.head, self.is_broken = what, 0, GENESIS, False
        self._left: dict[int, str] = {}
        self._sealed: dict[int, str] = {}

    def step(self, event: Any, expected: str) -> str:
        """Take the next row; `expected` is what its hash must be after `head`. Says what is wrong,
        or nothing.

        After the first thing that is wrong no more is said: all that follows hangs on it.
        """
        if self.is_broken:
            return ""
        wrong = ""
        if event.seq != self.seq + 1:
            wrong = f"{self.what} {self.seq + 1} is missing."
        elif event.is_erased:
            self._left[event.seq] = expected
        elif event.hash != expected:
            wrong = f"{self.what} {event.seq} ({event.verb}) is not as it was written."
        seals = event.particulars.get("seals") if event.verb in ERASURE_EVENT_TYPES else None
        if isinstance(seals, dict) and not wrong:
            self._sealed.update({int(seq): seal for seq, seal in seals.items() if seq.isdigit()})
        self.seq, self.head, self.is_broken = event.seq, event.hash, bool(wrong)
        return wrong

    def unsealed(self) -> Iterator[str]:
        """At the end: the rows from which words were taken that no seal, or another one, tells
        of.
        """
        for seq, left in sorted(self._left.items()):
            if not self.is_broken and self._sealed.get(seq) != left:
                yield f"{self.what} {seq} is not as an erasing left it."
