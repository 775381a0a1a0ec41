"""Hash chains of event logs: the hash of each event includes the previous one, so that any change
is detected.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

GENESIS = "0" * 64
ERASURE_EVENT_TYPES = (
    "erased",
    "person_erased",
)  # the event types that record an erasure, with its seals


def link(previous: str, values: list[Any]) -> str:
    """The hash of an event: SHA-256 over the previous hash and the values in a canonical form."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


class ChainVerifier:
    """Verifies an event log, event by event from its beginning.

    A redacted event retains its original hash, on which the next event depends, and nobody can
    recompute that hash. So the event that records the erasure holds the hash of each redacted
    event, by number: the *seal*. Of two seals the later one counts. `what` names an event in
    findings.
    """

    def __init__(self, what: str = "event") -> None:
        self.what, self.seq, self.head, self.is_broken = what, 0, GENESIS, False
        self._left: dict[int, str] = {}
        self._sealed: dict[int, str] = {}

    def step(self, event: Any, expected: str) -> str:
        """Check the next event; `expected` is its hash computed from `head`. Returns the finding,
        or an empty text.

        Only the first error is reported, because every later event depends on it.
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
        """At the end: redacted events without a seal, or with one that does not match."""
        for seq, left in sorted(self._left.items()):
            if not self.is_broken and self._sealed.get(seq) != left:
                yield f"{self.what} {seq} is not as an erasing left it."
