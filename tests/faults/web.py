"""Signs a contact and an analyst of the demo in at the real web, and measures what each of them
does most.

    python -m tests.faults.web --port 8000 --token TOKEN --contact EMAIL --analyst EMAIL --requests
    20

The kinds of request take turns. Prints JSON: `seconds` by kind, and `wrong`, every answer other
than 2xx or 3xx.
"""

import argparse
import http.client
import json
import re
import sys
import time
from collections import defaultdict
from http.cookies import SimpleCookie
from urllib.parse import urlencode

PASSWORD = "caretrack-demo"
CASE = re.compile(r"/portal/cases/(CT-\d+)/")
SITE = re.compile(r'name="site"[^>]*value="(\d+)"|value="(\d+)"[^>]*name="site"')
CRITICAL = {
    "description": "Silence on every call.",
    "area": "Voice",
    "function_down": "yes",
    "workaround": "no",
    "degraded": "severely",
    "priority": "3",
    "on_duty_name": "Ana",
    "call_back_number": "+49 30 5550100",
}


class Browser:
    """One connection with its cookies, and what its requests took."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: SimpleCookie = SimpleCookie()
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.wrong: list[str] = []

    def get(self, kind: str, path: str, headers: dict[str, str] | None = None) -> str:
        return self._request(kind, "GET", path, None, headers or {})

    def post(self, kind: str, path: str, fields: dict[str, str]) -> str:
        body = urlencode({**fields, "csrfmiddlewaretoken": self.cookies["csrftoken"].value})
        return self._request(
            kind, "POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"}
        )

    def sign_in(self, email: str) -> None:
        self.get("sign-in page", "/accounts/login/")
        self.post("sign in", "/accounts/login/", {"login": email, "password": PASSWORD})
        if "caretrack_session" not in self.cookies:
            self.wrong.append(f"{email} was not signed in")

    def _request(
        self, kind: str, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> str:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        began = time.perf_counter()
        self.connection.request(
            method, path, body, {**headers, "Cookie": cookies} if cookies else headers
        )
        answer = self.connection.getresponse()
        page = answer.read().decode()
        self.seconds[kind].append(time.perf_counter() - began)
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(header)
        if not 200 <= answer.status < 400 or (method == "POST" and answer.status < 300):
            self.wrong.append(f"{kind}: {method} {path} answered {answer.status}")
        return page


def measure(wanted: argparse.Namespace) -> dict[str, object]:
    contact, analyst, machine = (Browser(wanted.port) for _ in range(3))
    contact.sign_in(wanted.contact)
    analyst.sign_in(wanted.analyst)
    form = contact.get("filing page", "/portal/cases/new/")
    site = SITE.search(form)
    code = CASE.search(contact.get("portal list", "/portal/cases/"))
    if site is None or code is None:
        raise SystemExit("The pages of the demo show no site, or no case.")
    filing = {**CRITICAL, "site": site[1] or site[2]}
    for number in range(wanted.requests):
        contact.get("portal list", "/portal/cases/")
        contact.get("case page", f"/portal/cases/{code[1]}/")
        analyst.get("console queue", "/console/")
        machine.get("API list", "/api/v1/cases/", {"Authorization": f"Bearer {wanted.token}"})
        contact.post(
            "open a Critical case",
            "/portal/cases/new/",
            {**filing, "title": f"Nothing works, {number}"},
        )
    browsers = (contact, analyst, machine)
    seconds: dict[str, list[float]] = defaultdict(list)
    for browser in browsers:
        for kind, taken in browser.seconds.items():
            seconds[kind] += taken
    return {
        "seconds": seconds,
        "wrong": [answer for browser in browsers for answer in browser.wrong],
    }


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser()
    for name, kind in (
        ("port", int),
        ("token", str),
        ("contact", str),
        ("analyst", str),
        ("requests", int),
    ):
        parser.add_argument(f"--{name}", type=kind, required=True)
    print(json.dumps(measure(parser.parse_args(argv))))


if __name__ == "__main__":
    main(sys.argv[1:])
