"""Outgoing HTTP: which addresses may be called, and what a hostile server cannot do."""

import ast
import datetime
import http.server
import ipaddress
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core import outgoing_http
from core.outgoing_addresses import AllowList, is_public
from core.outgoing_http import AddressRefusedError, UnreachableError

ROOT = Path(__file__).parents[2]
PRODUCT = [init.parent.name for init in ROOT.glob("*/__init__.py") if init.parent.name != "tests"]
HTTP_CLIENTS = {
    "aiohttp",
    "http.client",
    "httpcore",
    "httpx",
    "requests",
    "urllib.request",
    "urllib3",
}

NOT_PUBLIC = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.9",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:5ef5:79fd::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_internal_address_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450::1"])
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://169.254.169.254/latest/meta-data/", "private network"),
        ("https://10.0.0.1/", "private network"),
        ("https://[fd00::1]/", "private network"),
        ("https://[::ffff:169.254.169.254]/", "private network"),
        ("https://2852039166/", "private network"),
        ("https://0x7f.1/", "private network"),
        ("https://0177.0.0.1/", "private network"),
        ("https://127.1/", "private network"),
        ("https://0/", "private network"),
        ("https://localhost/", "private network"),
        ("https://localhost./", "private network"),
        ("https://app.localhost/", "private network"),
        ("https://LOCALHOST/", "private network"),
        ("https://metadata.google.internal/", "private network"),
        ("https://printer.local/", "private network"),
        ("https://redis/", "private network"),
        ("https://pager.example:6379/", "Port 6379"),
        ("https://pager.example:0/", "Port 0"),
        ("http://pager.example:443/", "https"),
        ("http://127.0.0.1:443/", "https"),
        ("http://[::1]:443/", "https"),
        ("http://localhost:443/emergency/", "https"),
        ("https://user:secret@pager.example/", "password"),
        ("https://@pager.example/", "password"),
        ("ftp://pager.example/", "https"),
        ("file:///etc/passwd", "https"),
        ("gopher://pager.example:443/", "https"),
        ("//pager.example/", "https"),
        ("https://", "no host"),
        ("https:///path", "no host"),
        ("https://pager_%65xample/", "no host"),
        ("https://pager.example:port/", "no web address"),
        ("https://[::1/", "no web address"),
        ("https://pager.example/\r\nX-Evil: 1", "characters"),
        ("https://pager.example/\tx", "characters"),
        ("https://pager.example\\@10.0.0.1/", "characters"),
        ("https://１２７.0.0.1/", "characters"),
        ("https://pager.example/" + "x" * 2000, "characters"),
    ],
)
def test_a_url_that_is_never_called_is_refused_before_any_lookup(url, reason, monkeypatch):
    refuse_lookups(monkeypatch)
    with pytest.raises(AddressRefusedError, match=reason):
        outgoing_http.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://pager.example/hook?key=1",
        "https://PAGER.example.:443",
        "https://8.8.8.8/",
        "https://[2606:4700::1]/x",
    ],
)
def test_an_https_url_of_the_internet_is_accepted(url, monkeypatch):
    refuse_lookups(monkeypatch)
    assert outgoing_http.check_url(url).port == 443


def refuse_lookups(monkeypatch):
    """Let `getaddrinfo` read literals, and fail for everything that would ask DNS."""
    real = socket.getaddrinfo

    def look_up(host, port, *args, flags=0, **more):
        assert flags & socket.AI_NUMERICHOST, f"{host} was looked up"
        return real(host, port, *args, flags=flags, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


class Resolver:
    """DNS as an attacker runs it: each lookup of a name takes the next answer."""

    def __init__(self, monkeypatch, **answers):
        self.answers = {name.replace("_", "."): list(batches) for name, batches in answers.items()}
        self.lookups = []
        self.real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, host, port, *args, flags=0, **more):
        if host not in self.answers:
            return self.real(host, port, *args, flags=flags | socket.AI_NUMERICHOST, **more)
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror("not a literal")
        self.lookups.append(host)
        addresses = self.answers[host].pop(0)
        return [entry for a in addresses for entry in self.real(a, port, type=socket.SOCK_STREAM)]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["93.184.216.34", "10.0.0.1"],
        ["::1"],
        ["64:ff9b::a00:1"],
    ],
)
def test_a_name_with_an_internal_address_among_its_addresses_is_refused(addresses, monkeypatch):
    Resolver(monkeypatch, pager_example=[addresses])
    with pytest.raises(AddressRefusedError, match="private network") as refused:
        post("https://pager.example/")
    assert addresses[-1] in refused.value.detail
    assert addresses[-1] not in str(refused.value)


def test_a_name_that_dns_does_not_know_is_unreachable(monkeypatch):
    Resolver(monkeypatch, pager_example=[])
    monkeypatch.setattr(socket, "getaddrinfo", broken_dns)
    with pytest.raises(UnreachableError, match="There was no answer"):
        post("https://pager.example/")


def broken_dns(*args, **more):
    raise socket.gaierror("no such name")


def post(url, **more):
    return outgoing_http.post(url, b"{}", headers={"User-Agent": "test"}, **{"seconds": 5, **more})


class Recorder(http.server.BaseHTTPRequestHandler):
    """Answers POST as the server's `behave` says, and records the requests."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.server.behave(self)

    def do_CONNECT(self):
        self.do_POST()

    def log_message(self, *args):
        pass


def no_content(handler):
    handler.send_response(204)
    handler.end_headers()


@pytest.fixture
def serve(settings):
    """Start a server on loopback, and open its port for outgoing requests."""
    started = []

    def start(behave=no_content, *, address="127.0.0.1", port=0, tls=None):
        server = http.server.ThreadingHTTPServer((address, port), Recorder)
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # a client that hangs up is what is tested
        server.behave, server.requests = behave, []
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        started.append((server, thread))
        settings.OUTGOING_PORTS = [*settings.OUTGOING_PORTS, server.server_port]
        return server

    yield start
    for server, thread in started:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def loopback(settings):
    """The operator's list lets loopback through."""
    settings.OUTGOING_ALLOW = ["127.0.0.1"]


def test_an_allowed_internal_service_gets_the_request_as_it_was_sent(serve, loopback):
    server = serve()
    answer = post(f"http://127.0.0.1:{server.server_port}/hook?key=1")
    ((path, headers, body),) = server.requests
    assert (answer.status, path, body) == (204, "/hook?key=1", b"{}")
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"
    assert headers["User-Agent"] == "test"


def test_loopback_is_refused_unless_the_operator_lists_it(serve):
    server = serve()
    for url in (
        f"http://127.0.0.1:{server.server_port}/",
        f"https://127.0.0.1:{server.server_port}/",
    ):
        with pytest.raises(AddressRefusedError):
            post(url)
    assert server.requests == []


def test_the_connection_goes_to_the_address_that_was_checked(serve, settings, monkeypatch):
    settings.OUTGOING_ALLOW = ["127.0.0.2/32"]
    checked = serve(address="127.0.0.2")
    other = serve(address="127.0.0.1", port=checked.server_port)
    resolver = Resolver(monkeypatch, pager_example=[["127.0.0.2"], ["127.0.0.1"]])
    assert post(f"http://pager.example:{checked.server_port}/").status == 204
    assert resolver.lookups == ["pager.example"]
    assert len(checked.requests) == 1
    assert other.requests == []
    assert checked.requests[0][1]["Host"] == f"pager.example:{checked.server_port}"


def test_a_name_is_allowed_whatever_it_resolves_to(serve, settings, monkeypatch):
    settings.OUTGOING_ALLOW = ["pager.internal"]
    server = serve()
    Resolver(monkeypatch, pager_internal=[["127.0.0.1"]], other_internal=[["127.0.0.1"]])
    assert post(f"http://pager.internal:{server.server_port}/").status == 204
    with pytest.raises(AddressRefusedError):
        post(f"http://other.internal:{server.server_port}/")


def test_the_next_address_is_tried_when_the_first_does_not_accept(serve, settings, monkeypatch):
    settings.OUTGOING_ALLOW = ["127.0.0.0/8"]
    server = serve(address="127.0.0.2")
    Resolver(monkeypatch, pager_example=[["127.0.0.1", "127.0.0.2"]])
    assert post(f"http://pager.example:{server.server_port}/").status == 204


def test_a_redirect_is_an_answer_and_is_not_followed(serve, loopback):
    target = serve()

    def redirect(handler):
        handler.send_response(302)
        handler.send_header("Location", f"http://127.0.0.1:{target.server_port}/inside")
        handler.end_headers()

    answer = post(f"http://127.0.0.1:{serve(redirect).server_port}/")
    assert (answer.status, answer.status_class) == (302, "3xx")
    assert target.requests == []


def test_proxies_of_the_environment_are_not_used(serve, loopback, monkeypatch):
    proxy, server = serve(), serve()
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
    assert post(f"http://127.0.0.1:{server.server_port}/").status == 204
    assert proxy.requests == []


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip(handler)


def drip_body(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    drip(handler)


def drip_without_a_length(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    drip(handler)


def drip(handler):
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.05)


@pytest.mark.parametrize("behave", [drip_headers, drip_body, drip_without_a_length])
def test_a_server_that_drips_its_answer_does_not_pass_the_deadline(serve, loopback, behave):
    server = serve(behave)
    began = time.monotonic()
    with pytest.raises(UnreachableError):
        post(f"http://127.0.0.1:{server.server_port}/", seconds=0.5)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("behave", [drip_headers, drip_body])
def test_the_deadline_holds_inside_tls_too(serve, loopback, monkeypatch, tmp_path, behave):
    path, tls = certificate_for("pager.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    Resolver(monkeypatch, pager_example=[["127.0.0.1"]])
    server = serve(behave, tls=tls)
    began = time.monotonic()
    with pytest.raises(UnreachableError):
        post(f"https://pager.example:{server.server_port}/", seconds=0.7)
    assert len(server.requests) == 1
    assert time.monotonic() - began < 2


def test_a_server_that_accepts_and_says_nothing_does_not_pass_the_deadline(settings, loopback):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.OUTGOING_PORTS = [silent.getsockname()[1]]
        for scheme in ("http", "https"):
            began = time.monotonic()
            with pytest.raises(UnreachableError):
                post(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.3)
            assert time.monotonic() - began < 2


def test_a_dns_server_that_does_not_answer_does_not_pass_the_deadline(monkeypatch):
    release = threading.Event()

    def hang(host, port, *args, flags=0, **more):
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror("not a literal")
        release.wait(10)
        raise socket.gaierror("too late")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()
    with pytest.raises(UnreachableError) as failed:
        post("https://pager.example/", seconds=0.3)
    assert time.monotonic() - began < 2
    assert "DNS gave no answer" in failed.value.detail
    release.set()


@pytest.mark.parametrize("with_length", [True, False])
def test_no_more_of_a_big_answer_is_read_than_the_cap(serve, loopback, with_length):
    def big(handler):
        length = b"Content-Length: 50000000\r\n" if with_length else b""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + b"x" * 100_000)
        if not with_length:
            handler.wfile.write(b"x" * 10_000_000)

    answer = post(f"http://127.0.0.1:{serve(big).server_port}/", max_bytes=1000)
    assert (answer.status, len(answer.body), answer.is_truncated) == (200, 1000, True)


def test_a_compressed_answer_is_not_unpacked(serve, loopback):
    def bomb(handler):
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", "4")
        handler.end_headers()
        handler.wfile.write(b"\x1f\x8b\x08\x00")

    answer = post(f"http://127.0.0.1:{serve(bomb).server_port}/")
    assert answer.body == b"\x1f\x8b\x08\x00"


def certificate_for(name, folder):
    """A self-signed certificate, and the server's TLS context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    certificate = builder.sign(key, hashes.SHA256())
    path = folder / f"{name}.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.asked_for = []
    context.sni_callback = lambda _socket, server_name, _context: context.asked_for.append(
        server_name
    )
    return path, context


def test_tls_asks_for_and_verifies_the_host_name_though_the_address_is_pinned(
    serve, loopback, monkeypatch, tmp_path
):
    path, tls = certificate_for("pager.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    server = serve(tls=tls)
    Resolver(monkeypatch, pager_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    assert post(f"https://pager.example:{server.server_port}/").status == 204
    with pytest.raises(UnreachableError) as failed:
        post(f"https://other.example:{server.server_port}/")
    assert "certificate" in failed.value.detail.lower()
    assert tls.asked_for == ["pager.example", "other.example"]
    assert len(server.requests) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(serve, loopback, monkeypatch, tmp_path):
    _, tls = certificate_for("pager.example", tmp_path)
    server = serve(tls=tls)
    Resolver(monkeypatch, pager_example=[["127.0.0.1"]])
    with pytest.raises(UnreachableError):
        post(f"https://pager.example:{server.server_port}/")
    assert server.requests == []


@pytest.mark.parametrize(
    "entry", ["10.0.0.0/33", "https://pager.example", "pager.example:443", "", "a b", "256.1.1.1"]
)
def test_an_entry_of_the_list_that_is_neither_name_nor_network_is_refused(entry):
    with pytest.raises(ValueError, match="neither a host name nor a network"):
        AllowList.parse([entry])


def test_a_mapped_spelling_does_not_borrow_the_permission_of_its_ipv4_address():
    allow = AllowList.parse(["127.0.0.0/8"])
    assert allow.covers("x", "127.0.0.1")
    assert not allow.covers("x", "::ffff:127.0.0.1")
    assert ipaddress.ip_address("::ffff:127.0.0.1").ipv4_mapped is not None


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_other_module_of_the_product_imports_an_http_client():
    paths = [path for package in PRODUCT for path in (ROOT / package).rglob("*.py")]
    users = {
        path.relative_to(ROOT).as_posix()
        for path in paths
        for name in imports_of(path)
        if name in HTTP_CLIENTS or name.split(".")[0] in HTTP_CLIENTS
    }
    assert users == {"core/outgoing_http.py"}
