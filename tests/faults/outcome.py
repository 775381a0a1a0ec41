"""What the faults of a run explain, and what they do not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Fault = dict[str, Any]  # a line of the fault log, bin/launch/faults.py

# A kill of one of these, between the mail server's yes and the commit, may send a message twice.
BETWEEN_SENDING_AND_COMMIT = frozenset({"worker 1", "worker 2", "database", "mail"})
GRACE_SECONDS = 1.0  # between a kill and its line in the log, or a mail and its line
PROMPT_SECONDS = 2.0


@dataclass(frozen=True)
class Acted:
    """Something a person did: when they began and when it was done, in seconds of the real
    clock.
    """

    began_at: float
    ended_at: float
    was_cut_off: bool

    @property
    def seconds(self) -> float:
        return self.ended_at - self.began_at


def is_excused(taken_at: Sequence[float], faults: Sequence[Fault]) -> bool:
    """Whether a message that the mail server took several times was sent again because something
    died.

    A hang or a slow mail server alone is no excuse: the worker waits, or has given up before
    anything was taken.
    """
    reasons = [_reach(fault, faults) for fault in faults if _may_send_twice(fault)]
    return all(
        any(from_ <= second and first - GRACE_SECONDS <= until for from_, until in reasons)
        for first, second in pairwise(taken_at)
    )


def _may_send_twice(fault: Fault) -> bool:
    is_kill = fault["fault"] == "kill" and fault["who"] in BETWEEN_SENDING_AND_COMMIT
    return is_kill or fault["fault"] == "disk"


def _reach(fault: Fault, faults: Iterable[Fault]) -> tuple[float, float]:
    """From when to when a fault has its effect.

    A mail server that hangs takes what a dead worker sent it later.
    """
    hangs = [one for one in faults if one["fault"] == "hang" and one["who"] == "mail"]
    ends = [one["until"] for one in hangs if one["at"] <= fault["at"] <= one["until"]]
    return fault["at"], max([fault["until"], *ends])


def under_hung_broker(acted: Iterable[Acted], faults: Iterable[Fault]) -> list[tuple[Acted, Fault]]:
    """What people began while the broker hung, each with the hang; without what another fault cut
    off.
    """
    hangs = [one for one in faults if one["fault"] == "hang" and one["who"] == "broker"]
    return [
        (one, hang)
        for one in acted
        for hang in hangs
        if not one.was_cut_off and hang["at"] <= one.began_at < hang["until"]
    ]


def waited_for_the_broker(acted: Iterable[tuple[Acted, Fault]]) -> list[str]:
    """A finding for each action that ended only when the broker answered again, and took its time
    until then.
    """
    return [
        f"Somebody waited {one.seconds:.1f} s until the broker no longer hung."
        for one, hang in acted
        if one.ended_at >= hang["until"] and one.seconds > PROMPT_SECONDS
    ]
