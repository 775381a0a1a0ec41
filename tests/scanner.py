"""Scanners for the tests: one that speaks clamd's protocol and knows one signature; the real one
where it is there.
"""

import os
import shutil
import socketserver
import struct
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
FINDING = "Eicar-Test-Signature"
INSTALLED = ["fake", *(["clamd"] if shutil.which("clamd") else [])]


class Conversation(socketserver.StreamRequestHandler):
    """One INSTREAM: pieces with their lengths in front, an empty one at the end, one answer."""

    def handle(self):
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        assert command == b"zINSTREAM\0"
        received, limit = b"", self.server.limit
        while length := struct.unpack("!L", self.rfile.read(4))[0]:
            received += self.rfile.read(length)
            if len(received) > limit:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        answer = f"stream: {FINDING} FOUND\0" if EICAR in received else "stream: OK\0"
        self.wfile.write(self.server.says or answer.encode())


class Fake(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    says = b""
    limit = 1 << 30


@contextmanager
def fake(says=b"", limit=1 << 30):
    """A scanner on a port of its own; `says` answers everything alike."""
    with Fake(("127.0.0.1", 0), Conversation) as server:
        server.says, server.limit = says, limit
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@contextmanager
def clamd(folder: Path):
    """The machine's own clamd, with a database of one signature, on a socket file."""
    folder.mkdir()
    (folder / "test.ndb").write_text(f"{FINDING}:0:*:{EICAR.hex()}\n")
    socket = folder / "c"
    (folder / "clamd.conf").write_text(
        f"LocalSocket {socket}\nDatabaseDirectory {folder}\nForeground "
        "yes\nStreamMaxLength 30M\nSelfCheck 0\n"
    )
    for path in (folder, *folder.parents[:2]):
        os.chmod(path, 0o755)
    process = subprocess.Popen(
        [str(shutil.which("clamd")), "--config-file", str(folder / "clamd.conf")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        until = time.monotonic() + 60
        while not socket.exists():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < until, "clamd did not open its socket within a minute"
            time.sleep(0.05)
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait(20)
