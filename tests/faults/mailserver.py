"""A mail server that writes down what it takes, before it says so: python mailserver.py PORT FILE
CONTROL.

A line for each message and recipient: when by the real clock, its Message-ID, to whom. It may be
killed at any moment. The control file is JSON and read for each message. `refused` are addresses it
does not know. `delay_seconds` is how long it waits with its answer after it has written the message
down. `reply` is what it answers to every message.
"""

import asyncio
import email
import json
import os
import sys
from pathlib import Path
from typing import Any

import time_machine
from aiosmtpd.controller import UnthreadedController

UNKNOWN = "550 5.1.1 No such mailbox here"


class Taker:
    """aiosmtpd's handler: every message is accepted, unless the control file says otherwise."""

    def __init__(self, path: str, control: str) -> None:
        self.log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.control = Path(control)

    def behaviour(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.control.read_text())
        return answer

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.behaviour().get("refused", ()):
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        behaviour = self.behaviour()
        if reply := behaviour.get("reply"):
            return str(reply)
        message = email.message_from_bytes(envelope.content)
        for to in envelope.rcpt_tos:
            line = {
                "at": time_machine.escape_hatch.time.time(),
                "id": message["Message-ID"],
                "to": to,
            }
            os.write(self.log, (json.dumps(line) + "\n").encode())
        await asyncio.sleep(behaviour.get("delay_seconds", 0))
        return "250 OK"


def main(port: str, path: str, control: str) -> None:
    loop = asyncio.new_event_loop()
    controller = UnthreadedController(
        Taker(path, control), hostname="127.0.0.1", port=int(port), loop=loop
    )
    controller.begin()
    print("taking mail", flush=True)
    loop.run_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
