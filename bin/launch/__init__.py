"""What the scripts in bin/ share: the environment, the servers, the supervisor. Standard library
only.

Every script can be started from any folder, as root or as an ordinary user, and repeatedly.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "CareTrack needs Python 3.11 or newer; this is %d.%d (%s)."
        % (sys.version_info[:2] + (sys.executable,))
    )


def run(command: str) -> None:
    """Run one of the commands and end the process with its exit code. An error is one line each."""
    from importlib import import_module

    from launch import say

    with say.error_on_one_line():
        sys.exit(import_module("launch.commands." + command).main(sys.argv[1:]))
