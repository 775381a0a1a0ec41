#!/usr/bin/env python3
"""Django's command line for CareTrack; `bin/manage` runs it inside the project's own
environment.
"""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caretrack.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
