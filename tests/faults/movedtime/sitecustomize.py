"""Time moved in real processes: every one that has this folder on its path reads how far from
CARETRACK_MOVED_TIME.

The file holds a number of seconds that is added to the real time; a change of it moves the time
of all of them.
"""

import os
import threading
import time
from pathlib import Path

FILE = os.environ.get("CARETRACK_MOVED_TIME")
LOOK_EVERY = 0.05


def follow() -> None:
    """Set this process's time now, and follow the file from then on."""
    import time_machine

    known = offset()
    moved = time_machine.travel(time.time() + known, tick=True).start()
    real = time_machine.escape_hatch.time.time

    def watch() -> None:
        nonlocal known
        while True:
            time.sleep(LOOK_EVERY)
            seconds = offset()
            if seconds != known:
                known = seconds
                moved.move_to(real() + known, tick=True)

    # The file system's clock does not move: a file that is being attached would look days old to
    # the nightly sweep of files that no row names.
    kept_mtime = os.path.getmtime
    os.path.getmtime = lambda path: kept_mtime(path) + known  # type: ignore[assignment]

    threading.Thread(target=watch, name="moved-time", daemon=True).start()
    # A forked process retains the time of its start and loses the thread.
    os.register_at_fork(after_in_child=lambda: threading.Thread(target=watch, daemon=True).start())


def offset() -> float:
    try:
        return float(Path(str(FILE)).read_text())
    except (OSError, ValueError):  # being written at this very moment
        time.sleep(0.01)
        return float(Path(str(FILE)).read_text())


if FILE:
    follow()
