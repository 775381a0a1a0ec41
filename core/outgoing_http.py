"""Outgoing HTTP: every request that CareTrack sends to another system goes through this module.

A person types an address, and CareTrack calls it from inside the operator's network. So the host is
resolved once, every address is checked, and the connection goes to a checked address; a second DNS
answer cannot redirect it. TLS still verifies the certificate for the host name. Redirects and
proxies from the environment are ignored, and one deadline covers the whole call.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from core.outgoing_addresses import HOST_NAME, AllowList, is_public

DEFAULT_PORTS = {"https": 443, "http": 80}
LONGEST_URL = 2000
ADDRESSES_TRIED = 4
PLAIN_ASCII = re.compile(r"[!-~]+")
# RFC 6761, RFC 6762, RFC 8375, and an ICANN resolution of 2024.
LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa")


class OutgoingError(Exception):
    """A call without an answer. The text is safe to show; `detail` is for the log."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail or message


class AddressRefusedError(OutgoingError):
    """CareTrack does not call this address."""


class UnreachableError(OutgoingError):
    """No complete answer came within the deadline."""


@dataclass(frozen=True)
class Destination:
    """A parsed URL. `host` is lower case, without brackets and without a final dot."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True)
class OutgoingAnswer:
    """The answer of the other system; `body` ends at the limit when `is_truncated`."""

    status: int
    body: bytes
    is_truncated: bool

    @property
    def status_class(self) -> str:
        return f"{self.status // 100}xx"


@dataclass(frozen=True)
class Deadline:
    """The time by which the whole call must end."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left. Raises UnreachableError when none are."""
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise UnreachableError("There was no answer.", detail="the deadline passed")
        return seconds


def allow_list() -> AllowList:
    return AllowList.parse(settings.OUTGOING_ALLOW)


def check_url(url: str) -> Destination:
    """Parse a URL and refuse a forbidden destination, without DNS.

    Raises AddressRefusedError with a sentence for the person who typed the URL. Names are resolved,
    and their addresses checked, with each call.
    """
    destination = _parse(url)
    if destination.port not in settings.OUTGOING_PORTS:
        raise AddressRefusedError(f"Port {destination.port} is not open for outgoing requests.")
    allow, host = allow_list(), destination.host
    addresses = _addresses_in(host)
    if addresses:
        _check_addresses(destination, addresses, allow)
    elif not allow.may_cover(host):
        if destination.scheme != "https":
            raise AddressRefusedError("The address must begin with https://.")
        if "." not in host or host.endswith(LOCAL_SUFFIXES):
            raise AddressRefusedError("The address is inside a private network.")
    return destination


def post(
    url: str, body: bytes, *, headers: Mapping[str, str], seconds: float, max_bytes: int = 65_536
) -> OutgoingAnswer:
    """Send one POST request and read at most `max_bytes` of the answer, all within `seconds`.

    Any status is an answer, including redirects. Raises AddressRefusedError for a forbidden
    destination, and UnreachableError when no complete answer came in time.
    """
    deadline = Deadline.after(seconds)
    destination = check_url(url)
    addresses = _resolve(destination, deadline)
    _check_addresses(destination, addresses, allow_list())
    connection = _connect(destination, addresses, deadline)
    try:
        return _exchange(connection, destination, body, headers, deadline, max_bytes)
    except (HTTPError, OSError, ValueError) as error:
        raise _unreachable(destination, error) from error
    finally:
        connection.close()


def _parse(url: str) -> Destination:
    if not PLAIN_ASCII.fullmatch(url) or "\\" in url or len(url) > LONGEST_URL:
        raise AddressRefusedError("The address holds characters that no web address has.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefusedError("That is no web address.") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise AddressRefusedError("The address must begin with https://.")
    if "@" in parts.netloc:
        raise AddressRefusedError("The address must not hold a user name or password.")
    host = (parts.hostname or "").rstrip(".")
    if not HOST_NAME.fullmatch(host) and ":" not in host:
        raise AddressRefusedError("The address names no host.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(
        parts.scheme, host, DEFAULT_PORTS[parts.scheme] if port is None else port, target
    )


def _addresses_in(host: str) -> list[str]:
    """The address that a host spells out in any notation (`127.1`, `0x7f.1`, `2130706433`)."""
    if host == "localhost" or host.endswith(".localhost"):
        return ["127.0.0.1", "::1"]
    with suppress(OSError):
        infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(entry[4][0]) for entry in infos]
    return []


def _check_addresses(destination: Destination, addresses: list[str], allow: AllowList) -> None:
    """Refuse the destination if any of its addresses may not be reached."""
    for address in addresses:
        if allow.covers(destination.host, address):
            continue
        if destination.scheme != "https":
            raise AddressRefusedError("The address must begin with https://.")
        if not is_public(address):
            raise AddressRefusedError(
                "The address is inside a private network.",
                detail=f"{destination.host} is {address}",
            )


def _resolve(destination: Destination, deadline: Deadline) -> list[str]:
    """Every address of the host. The lookup has no time limit of its own, so it runs in a
    thread.
    """
    addresses: list[str] = []
    problems: list[OSError] = []

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(
                destination.host, destination.port, type=socket.SOCK_STREAM
            )
        except OSError as error:
            problems.append(error)
        else:
            addresses.extend(dict.fromkeys(str(entry[4][0]) for entry in entries))

    thread = threading.Thread(target=look_up, daemon=True, name="outgoing-dns")
    thread.start()
    thread.join(deadline.remaining())
    if addresses:
        return addresses
    detail = (
        f"{destination.host} was not found: {problems[0] if problems else 'DNS gave no answer'}"
    )
    raise UnreachableError("There was no answer.", detail=detail)


def _connect(destination: Destination, addresses: list[str], deadline: Deadline) -> HTTPConnection:
    """Connect to the first checked address that accepts; they share the remaining time."""
    candidates = addresses[:ADDRESSES_TRIED]
    problem: Exception | None = None
    for position, address in enumerate(candidates):
        seconds = deadline.remaining() / (len(candidates) - position)
        connection = _connection_to(destination, address, seconds)
        try:
            connection.connect()
        except (HTTPError, OSError) as error:
            connection.close()
            problem = error
        else:
            return connection
    assert problem is not None
    raise _unreachable(destination, problem) from problem


def _connection_to(destination: Destination, address: str, seconds: float) -> HTTPConnection:
    if destination.scheme == "http":
        return HTTPConnection(address, destination.port, timeout=seconds)
    return HTTPSConnection(
        address,
        destination.port,
        timeout=seconds,
        ssl_context=ssl.create_default_context(),
        server_hostname=destination.host,
    )


def _exchange(
    connection: HTTPConnection,
    destination: Destination,
    body: bytes,
    headers: Mapping[str, str],
    deadline: Deadline,
    max_bytes: int,
) -> OutgoingAnswer:
    """Send the request and read the answer; a timer cuts the connection at the deadline."""
    stream = connection.sock
    assert stream is not None
    stream.settimeout(deadline.remaining())
    cut = threading.Timer(deadline.remaining(), _cut, [stream])
    cut.daemon = True
    cut.start()
    try:
        own = {
            "Host": destination.host_header,
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        connection.request(
            "POST",
            destination.target,
            body,
            {**headers, **own},
            preload_content=False,
            decode_content=False,
        )
        answer = connection.getresponse()
        text = answer.read(max_bytes + 1, decode_content=False)
        deadline.remaining()  # a cut connection looks like the end of an answer
    finally:
        cut.cancel()
    return OutgoingAnswer(answer.status, text[:max_bytes], len(text) > max_bytes)


def _cut(stream: socket.socket) -> None:
    """Cut a connection that another thread reads from: the read returns immediately."""
    with suppress(OSError):
        stream.shutdown(socket.SHUT_RDWR)


def _unreachable(destination: Destination, error: Exception) -> UnreachableError:
    detail = f"{destination.host}:{destination.port}: {type(error).__name__}: {error}"
    return UnreachableError("There was no answer.", detail=detail)
