"""A mail server that writes down what it takes, before it says so: python mailserver.py PORT FILE.

A line for each message and recipient: when by the real clock, its Message-ID, to whom. It may be killed at any moment.
"""

import asyncio
import email
import json
import os
import sys
from typing import Any

import time_machine
from aiosmtpd.controller import UnthreadedController


class Taker:
    """aiosmtpd's handler: whatever comes is taken."""

    def __init__(self, path: str) -> None:
        self.log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        said = email.message_from_bytes(envelope.content)
        for to in envelope.rcpt_tos:
            line = {"at": time_machine.escape_hatch.time.time(), "id": said["Message-ID"], "to": to}
            os.write(self.log, (json.dumps(line) + "\n").encode())
        return "250 OK"


def main(port: str, path: str) -> None:
    loop = asyncio.new_event_loop()
    controller = UnthreadedController(Taker(path), hostname="127.0.0.1", port=int(port), loop=loop)
    controller.begin()
    print("taking mail", flush=True)
    loop.run_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
