"""A word with clamd: is there malware in these bytes?

Its INSTREAM protocol, over TCP or a socket file.
"""

import socket
import struct
from typing import IO
from urllib.parse import urlsplit

PIECE = 1 << 16
PATIENCE = 60.0  # seconds without a sign of life; a large archive takes a while
LONGEST_ANSWER = 4096


class Unavailable(Exception):
    """The scanner is away, or did not say yes or no; the file has to wait."""


def scan(file: IO[bytes], address: str) -> str:
    """What clamd at `address` (`tcp://host:3310`, `unix:///run/clamd.ctl`) calls what it finds;
    empty when clean.

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
    said = b""
    while (
        not said.endswith(b"\0")
        and len(said) < LONGEST_ANSWER
        and (piece := line.recv(LONGEST_ANSWER))
    ):
        said += piece
    return said.rstrip(b"\0\n").decode("utf-8", "replace")


def _understood(said: str) -> str:
    """«stream: OK», «stream: Eicar-Signature FOUND», or something that is no answer."""
    words = said.removeprefix("stream: ")
    if words == "OK":
        return ""
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND")
    raise Unavailable(f"clamd says {said[:200]!r}")
