"""How a journal is chained: each row carries a hash over the one before it, so that nothing is changed unseen."""

import hashlib
import json
from typing import Any

GENESIS = "0" * 64


def link(previous: str, said: list[Any]) -> str:
    """The hash of a row: SHA-256 over the hash before it and the row's values in one canonical spelling."""
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
