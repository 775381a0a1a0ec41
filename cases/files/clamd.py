"""The client of clamd, which scans files for malware.

It uses the INSTREAM protocol, over TCP or a socket file.
"""

import socket
import struct
from typing import IO
from urllib.parse import urlsplit

PIECE = 1 << 16
PATIENCE = 60.0  # seconds without an answer; a large archive takes a while
LONGEST_ANSWER = 4096


class Unavailable(Exception):
    """The scanner is away or gave no clear answer; the file has to wait."""


def scan(file: IO[bytes], address: str) -> str:
    """The finding of clamd at `address` (`tcp://host:3310`, `unix:///run/clamd.ctl`); empty if the
    file is clean.

    Raises Unavailable when no clear answer came.
    """
    try:
        with _connected(address) as line:
            line.sendall(b"zINSTREAM\0")
            while piece := file.read(PIECE):
                line.sendall(struct.pack("!L", len(piece)) + piece)
            line.sendall(struct.pack("!L", 0))
            return _understood(_answer(line))
    except (OSError, ValueError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error


def _connected(address: str) -> socket.socket:
    where = urlsplit(address)
    if where.scheme == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(PATIENCE)
        try:
            line.connect(where.path)
        except OSError:
            line.close()
            raise
        return line
    return socket.create_connection((where.hostname, where.port or 3310), timeout=PATIENCE)


def _answer(line: socket.socket) -> str:
    reply = b""
    while (
        not reply.endswith(b"\0")
        and len(reply) < LONGEST_ANSWER
        and (piece := line.recv(LONGEST_ANSWER))
    ):
        reply += piece
    return reply.rstrip(b"\0\n").decode("utf-8", "replace")


def _understood(reply: str) -> str:
    """The finding in “stream: OK” or “stream: Eicar-Signature FOUND”. Raises Unavailable for
    anything else.
    """
    words = reply.removeprefix("stream: ")
    if words == "OK":
        return ""
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND")
    raise Unavailable(f"clamd says {reply[:200]!r}")
