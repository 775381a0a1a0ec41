"""The `CARETRACK_*` environment variables: names, parsing and validation.

All problems come in one message, so that an operator does not find them one start at a time. Add a
new variable to one of the lists below and to docs/operations.md. A test compares them.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError

PREFIX = "CARETRACK_"
TRIAL_KEY = "only-for-trials-and-tests"
KEY_LENGTH, KEY_DISTINCT, TOKEN_LENGTH = 50, 10, 32

# Each may come from a file instead: the variable with the suffix _FILE names it.
SECRETS = frozenset(
    {
        "CARETRACK_DATABASE_URL",
        "CARETRACK_EMAIL_URL",
        "CARETRACK_ENCRYPTION_KEYS",
        "CARETRACK_METRICS_TOKEN",
        "CARETRACK_OWNER_DATABASE_URL",
        "CARETRACK_REDIS_URL",
        "CARETRACK_SECRET_KEY",
        "CARETRACK_SECRET_KEY_FALLBACKS",
    }
)
# Read by caretrack/settings.py. One name a line, in alphabetical order: add new names here.
SETTINGS = frozenset(
    {
        "CARETRACK_ALLOWED_HOSTS",
        "CARETRACK_ALLOW_HTTP",
        "CARETRACK_API_RATE",
        "CARETRACK_API_UNKNOWN_RATE",
        "CARETRACK_APPLY_RATE",
        "CARETRACK_ATTACHMENTS_MAX_PER_CASE",
        "CARETRACK_ATTACHMENT_MAX_BYTES",
        "CARETRACK_ATTAINMENT_TARGET_PERCENT",
        "CARETRACK_BASE_URL",
        "CARETRACK_CLAMD",
        "CARETRACK_CONVERSATION_IDS_MAX",
        "CARETRACK_COUNT_SECONDS",
        "CARETRACK_CREDENTIAL_SECONDS",
        "CARETRACK_DATABASE_POOL",
        "CARETRACK_DATABASE_ROLE",
        "CARETRACK_DEBUG",
        "CARETRACK_DIGEST_SECONDS",
        "CARETRACK_ENV",
        "CARETRACK_EXPORT_SECONDS",
        "CARETRACK_FILES_QUOTA_BYTES",
        "CARETRACK_FILE_ENDINGS",
        "CARETRACK_FROM_EMAIL",
        "CARETRACK_INVITATION_DAYS",
        "CARETRACK_LOG_JSON",
        "CARETRACK_LOG_LEVEL",
        "CARETRACK_MEDIA_DIR",
        "CARETRACK_MESSAGE_MAX_CHARACTERS",
        "CARETRACK_METRICS_DIR",
        "CARETRACK_MFA_ROLES",
        "CARETRACK_OUTGOING_ALLOW",
        "CARETRACK_OUTGOING_PORTS",
        "CARETRACK_PAGE_SECONDS",
        "CARETRACK_REASON_MAX_CHARACTERS",
        "CARETRACK_RELAY_SECONDS",
        "CARETRACK_REMIND_SECONDS",
        "CARETRACK_RENDER_SECONDS",
        "CARETRACK_REPORT_SECONDS",
        "CARETRACK_REQUEST_SECONDS",
        "CARETRACK_SCAN_SECONDS",
        "CARETRACK_SIDE_ADDRESS",
        "CARETRACK_SIGN_IN_ALERT_AFTER",
        "CARETRACK_SSL_REDIRECT",
        "CARETRACK_STAGED_FILES_KEPT_DAYS",
        "CARETRACK_STATIC_DIR",
        "CARETRACK_SWEEP_SECONDS",
        "CARETRACK_TRUSTED_ORIGINS",
        "CARETRACK_TRUSTED_PROXIES",
        "CARETRACK_UNDO_SECONDS",
        "CARETRACK_WORKERS",
    }
)
# Read by deploy/ and docker-compose.yml.
DEPLOYMENT = frozenset(
    {
        "CARETRACK_APP_PASSWORD",
        "CARETRACK_BEAT_SCHEDULE",
        "CARETRACK_DATABASE_MEMORY",
        "CARETRACK_HOST",
        "CARETRACK_OWNER_PASSWORD",
        "CARETRACK_PORT",
        "CARETRACK_PUBLISH",
        "CARETRACK_PYTHON",
        "CARETRACK_VERSION",
        "CARETRACK_WEB_THREADS",
        "CARETRACK_WEB_WORKERS",
    }
)
# Read by bin/ and tests/, and not meant for operators.
DEVELOPMENT = frozenset(
    {
        "CARETRACK_AXE",
        "CARETRACK_CHROMIUM",
        "CARETRACK_TEST_TEMPLATE",
        "CARETRACK_DEMO",
        "CARETRACK_MOVED_TIME",
    }
)
FILES = frozenset(f"{name}_FILE" for name in SECRETS)
KNOWN = SECRETS | FILES | SETTINGS | DEPLOYMENT | DEVELOPMENT

# contacts.models.Role, whose models cannot be imported yet; a test compares them.
ROLES = frozenset({"contact", "colleague", "analyst", "manager", "administrator"})
POSITIVE = re.compile(r"_(SECONDS|DAYS|BYTES|WORKERS|MAX)$|_MAX_")


class Environment(Env):
    """Reads variables and collects their problems.

    A value that cannot be read is None until `refuse_problems` ends the start.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        self._variables = variables
        self._problems = [
            *unknown_names(variables),
            *unusable_files(variables),
            *numbers_below_one(variables),
        ]

    def add_problem(self, problem: str) -> None:
        self._problems.append(problem)

    def add_problems(self, problems: Iterable[str]) -> None:
        self._problems.extend(problems)

    def secret(self, name: str) -> str:
        """The value of a secret, or the content of its file. Empty when neither is set."""
        value = self._variables.get(name, "").strip()
        path = self._variables.get(f"{name}_FILE", "")
        return value if value or not path else _content(path)

    def required(self, name: str, value: str) -> str:
        """Return the value, and record a problem when it is empty."""
        if not value:
            names = f"{name} or {name}_FILE" if name in SECRETS else name
            self.add_problem(f"Set {names}: CareTrack does not start without it.")
        return value

    def address(self, name: str, url: str, *, schemes: Collection[str], like: str) -> SplitResult:
        """A parsed URL. A problem is recorded without the URL, which may contain a password."""
        try:
            parts = urlsplit(url)
            is_usable = parts.scheme in schemes and (parts.port or 1) > 0
        except ValueError:
            is_usable = False
        if not is_usable:
            self.add_problem(f"{name}: write it like {like}.")
            return urlsplit(like)
        return parts

    def refuse_problems(self) -> None:
        """Raise ImproperlyConfigured with every problem. No variable can be read afterwards."""
        try:
            self.seal()
        except EnvValidationError as invalid:
            messages = invalid.error_messages
            if isinstance(messages, Mapping):  # the names, with their problems
                self.add_problems(
                    f"{name}: {' '.join(dict.fromkeys(map(str, texts)))}"
                    for name, texts in messages.items()
                )
        if self._problems:
            lines = "".join(f"\n- {problem}" for problem in self._problems)
            raise ImproperlyConfigured(
                "CareTrack does not start with these settings. See "
                f"docs/operations.md, Settings.{lines}"
            )


def unknown_names(variables: Mapping[str, str]) -> list[str]:
    """A misspelled name would leave its setting at the default, unnoticed."""
    problems = []
    for name in sorted(variables):
        if name.startswith(PREFIX) and name not in KNOWN:
            close = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.8)
            hint = f" Did you mean {close[0]}?" if close else ""
            problems.append(f"{name} is no setting of CareTrack.{hint}")
    return problems


def unusable_files(variables: Mapping[str, str]) -> list[str]:
    """Secret files that cannot be read, and secrets that are given twice."""
    problems = []
    for name in sorted(SECRETS):
        file_name = f"{name}_FILE"
        path = variables.get(file_name, "")
        if not path:
            continue
        if variables.get(name, "").strip():
            problems.append(f"Set {name} or {file_name}, not both.")
        try:
            if not Path(path).read_text("utf-8").strip():
                problems.append(f"{file_name}: {path} is empty.")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            problems.append(f"{file_name}: {path} cannot be read ({reason}).")
    return problems


MAY_BE_ZERO = {"CARETRACK_UNDO_SECONDS"}


def numbers_below_one(variables: Mapping[str, str]) -> list[str]:
    """Intervals, limits and counts below 1. Reading reports values that are no numbers."""
    problems = []
    for name in sorted(SETTINGS & variables.keys()):
        value = variables[name].strip()
        is_number = re.fullmatch(r"-?\d+(\.\d+)?", value)
        if name in MAY_BE_ZERO and value == "0":
            continue
        if POSITIVE.search(name) and is_number and float(value) <= 0:
            problems.append(f"{name} is {value}; it must be greater than 0.")
    return problems


def weak_key(name: str, key: str) -> list[str]:
    """Why a signing key is too weak for production. Empty when it is strong."""
    advice = f"use {KEY_LENGTH} or more random characters, such as from: openssl rand -base64 48"
    if TRIAL_KEY in key or key.startswith("django-insecure-"):
        return [f"{name} is a value that everybody knows; {advice}."]
    if len(key) < KEY_LENGTH:
        return [f"{name} has {len(key)} characters; {advice}."]
    if len(set(key)) < KEY_DISTINCT:
        return [f"{name} repeats only {len(set(key))} different characters; {advice}."]
    if key in (key + key)[1:-1]:
        return [f"{name} repeats one piece of text; {advice}."]
    return []


def weak_token(name: str, token: str) -> list[str]:
    """Why a token is too short for production. Empty when it is long enough."""
    if len(token) < TOKEN_LENGTH:
        return [f"{name} has {len(token)} characters; use {TOKEN_LENGTH} or more random ones."]
    return []


def unsafe_in_production(
    *,
    key: str,
    fallback_keys: Iterable[str],
    base_url: str,
    allow_http: bool,
    hosts: Sequence[str],
    is_debug: bool,
) -> list[str]:
    """The settings that production refuses, one sentence each."""
    problems = weak_key("CARETRACK_SECRET_KEY", key) if key else []
    for fallback in fallback_keys:
        problems += weak_key("CARETRACK_SECRET_KEY_FALLBACKS", fallback)
    problems += unsafe_base_url(base_url, allow_http=allow_http)
    if not hosts:
        problems.append("Set CARETRACK_ALLOWED_HOSTS: CareTrack does not start without it.")
    if "*" in hosts:
        problems.append(
            "CARETRACK_ALLOWED_HOSTS is *; name the hosts, so that no link names another one."
        )
    if is_debug:
        problems.append("CARETRACK_DEBUG shows settings and code to visitors; leave it out.")
    return problems


def unsafe_base_url(url: str, *, allow_http: bool) -> list[str]:
    """Plain http exposes cookies and passwords, and HSTS cannot be used."""
    name = "CARETRACK_BASE_URL"
    if not url:
        return [f"Set {name}: CareTrack does not start without it."]
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return [f"{name} is {url!r}; write it like https://care.example."]
    if parts.scheme == "http" and not allow_http:
        return [
            f"{name} begins with http://. Write https://, or set CARETRACK_ALLOW_HTTP=1 for a test."
        ]
    return []


def unknown_roles(name: str, roles: Iterable[str]) -> list[str]:
    """A misspelled role would be let in without a second factor."""
    allowed = ", ".join(sorted(ROLES))
    return [
        f"{name}: {role!r} is no role. Roles are: {allowed}." for role in roles if role not in ROLES
    ]


def _content(path: str) -> str:
    """The text of a file without surrounding white space.

    A file that cannot be read was reported before.
    """
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
