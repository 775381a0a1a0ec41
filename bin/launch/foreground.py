"""One command in the terminal's foreground, while the servers run in the background."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from launch.supervisor import tied_to_us


def run(argv: Sequence[str], environ: Mapping[str, str], cwd: Path | None = None) -> int:
    """Run it to its end and return its exit code.

    The command handles signals itself; this process ends with it.
    """
    process = subprocess.Popen(
        argv, env=dict(environ), cwd=cwd, preexec_fn=tied_to_us(signal.SIGTERM)
    )

    def hand_on(number: int, frame: FrameType | None) -> None:
        if (
            number != signal.SIGINT or not sys.stdin.isatty()
        ):  # a terminal's Ctrl-C reached it already
            process.send_signal(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, hand_on) for number in numbers}
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
