"""All settings, from the environment, on one page.

`CARETRACK_ENV` is `production` (the default, which refuses to start without its secrets), `trial`
(what `bin/up` runs: a demo, with email shown in the product) or `test`.
docs/operations.md lists every variable, and `caretrack/environment.py` knows their names and
refuses what is wrong, all in one message.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import validate

from caretrack import environment
from cases.files import endings
from core.outgoing_addresses import AllowList

env = environment.Environment(os.environ)
BASE_DIR = Path(__file__).resolve().parent.parent

ENVIRONMENT = env.str("CARETRACK_ENV", "production")
if ENVIRONMENT not in {"production", "trial", "test"}:
    raise ImproperlyConfigured(f"CARETRACK_ENV is {ENVIRONMENT!r}; say production, trial or test.")
PRODUCTION = ENVIRONMENT == "production"
TRIAL = ENVIRONMENT == "trial"


def secret(name: str, otherwise: str) -> str:
    """The value of a secret that production requires; elsewhere `otherwise` is used if it is not
    set.
    """
    value = env.required(name, env.secret(name)) if PRODUCTION else env.secret(name)
    return value or otherwise


DEBUG = env.bool("CARETRACK_DEBUG", False)
SECRET_KEY = secret("CARETRACK_SECRET_KEY", environment.TRIAL_KEY)
# Keys of before: what they signed is still accepted, nothing new is signed with them.
SECRET_KEY_FALLBACKS = env.secret("CARETRACK_SECRET_KEY_FALLBACKS").replace(",", " ").split()
# Keys for secrets in the database: the first encrypts, all decrypt.
ENCRYPTION_KEYS = (
    secret("CARETRACK_ENCRYPTION_KEYS", f"encryption|{SECRET_KEY}").replace(",", " ").split()
)
BASE_URL = env.str("CARETRACK_BASE_URL", "" if PRODUCTION else "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list(
    "CARETRACK_ALLOWED_HOSTS", ["127.0.0.1", "localhost", "testserver"] if not PRODUCTION else []
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CARETRACK_TRUSTED_ORIGINS", [])
ALLOW_HTTP = env.bool("CARETRACK_ALLOW_HTTP", False)
if PRODUCTION:
    for encryption_key in ENCRYPTION_KEYS:
        env.add_problems(environment.weak_token("CARETRACK_ENCRYPTION_KEYS", encryption_key))
    env.add_problems(
        environment.unsafe_in_production(
            key=env.secret("CARETRACK_SECRET_KEY"),
            fallback_keys=SECRET_KEY_FALLBACKS,
            base_url=BASE_URL,
            allow_http=bool(ALLOW_HTTP),
            hosts=ALLOWED_HOSTS or [],
            is_debug=bool(DEBUG),
        )
    )

INSTALLED_APPS = [
    "caretrack.apps.CareTrackConfig",
    "caretrack.web.shared",
    "caretrack.web.sign_in",
    "caretrack.ops",
    "integrations.replay",
    "audit",
    "insight.reports",
    "insight",
    "rca.apps.RcaConfig",
    "sla.apps.SlaConfig",
    "routing.apps.RoutingConfig",
    "cases.apps.CasesConfig",
    "contacts.apps.ContactsConfig",
    "caretrack.ops.outbox",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_fsm",
    "pgtrigger",
    "csp",
    "django_htmx",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "caretrack.web.shared.live.live_versions",  # before the log line, the session and the person
    "caretrack.web.middleware.request_log",
    "caretrack.web.bad_input.BadInputMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "caretrack.web.middleware.TenantMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "caretrack.web.middleware.ReaderMiddleware",
    "caretrack.web.signed_out.ended_sessions",
    "caretrack.web.sign_in.middleware.sign_in_answer",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "caretrack.web.sent_once.sent_once",
    "caretrack.web.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "caretrack.urls"
WSGI_APPLICATION = "caretrack.wsgi.application"

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "caretrack.web.context_processors.frame",
            ],
            "builtins": [
                "caretrack.web.shared.templatetags.care",
                "caretrack.web.shared.templatetags.keys",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    },
    {
        "NAME": "jinja2",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "jinja2"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "caretrack.web.shared.jinja.environment"},
    },
]


# --- Database: one transaction and one tenant scope to a request or task (docs/architecture.md)


def database(name: str) -> dict[str, Any]:
    """Django's settings for the postgresql:// address in a variable; `?host=` names a socket
    folder.
    """
    like = "postgresql://user:password@host:5432/caretrack"
    url = secret(name, "postgresql:///caretrack")
    parts = env.address(name, url, schemes={"postgres", "postgresql"}, like=like)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if not parts.path.strip("/"):
        env.add_problem(f"{name}: write it like {like}.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": query.get("host") or parts.hostname or "",
        "PORT": str(query.get("port") or parts.port or ""),
        "CONN_MAX_AGE": 0,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {},
    }


# The owner of the tables migrates and does nothing else; web and workers log in as a role that owns
# nothing.
DATABASE_ROLE = env.str(
    "CARETRACK_DATABASE_ROLE",
    "owner" if ENVIRONMENT == "test" else "app",
    validate=validate.OneOf(["app", "owner"]),
)
AS_OWNER = DATABASE_ROLE == "owner"
DATABASES = {
    "default": database("CARETRACK_OWNER_DATABASE_URL" if AS_OWNER else "CARETRACK_DATABASE_URL")
}
DATABASE_POOL: int = env.int("CARETRACK_DATABASE_POOL", 4)
if DATABASE_POOL and not AS_OWNER:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = (
        True  # a pooled connection may outlive a restart of the database
    )
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": DATABASE_POOL,
        "timeout": 5,
    }

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# --- Broker, cache, sessions

REDIS_URL = secret("CARETRACK_REDIS_URL", "redis://127.0.0.1:6379/0")
env.address(
    "CARETRACK_REDIS_URL",
    REDIS_URL,
    schemes={"redis", "rediss", "redis+socket"},
    like="redis://host:6379/0",
)


def on_redis(number: int) -> str:
    """The same server under another database number; Celery's queue and the cache do not share
    one.
    """
    url = REDIS_URL
    if url.startswith("redis+socket://"):
        path = url.removeprefix("redis+socket://").split("?")[0]
        return f"redis+socket://{path}?virtual_host={number}"
    return f"{url.rsplit('/', 1)[0] if url.count('/') > 2 else url}/{number}"


def for_client(number: int) -> str:
    """The same for the plain client and Django's cache, which want `unix://` where Celery says `redis+socket://`."""
    url = on_redis(number)
    if url.startswith("redis+socket://"):
        return url.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    return url


CACHES = {
    "default": {"BACKEND": "core.signed_cache.Cache", "LOCATION": for_client(1)},
    # What every page of a process shows alike and may be a minute old: read without leaving the
    # process.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
SESSION_ENGINE = "caretrack.web.sessions"
SESSION_COOKIE_NAME = "caretrack_session"
SESSION_COOKIE_HTTPONLY = True

CELERY_BROKER_URL = on_redis(0)
BROKER_CLIENT_URL = for_client(0)
# Longer than the second that a worker's read of the queue may last; a broker that hangs is left by
# then.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_TASK_PUBLISH_RETRY = False  # a sweep finds the work of a task that was not published
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_CONCURRENCY = env.int("CARETRACK_WORKERS", 2)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# One sentence a line. A tick that is missed costs nothing: a sweep asks the data what is due.
CELERY_BEAT_SCHEDULE = {
    "Take the due steps of clocks": {
        "task": "sla.tasks.check_clocks",
        "schedule": env.float("CARETRACK_SWEEP_SECONDS", 10.0),
    },
    "Send messages that can no longer be undone": {
        "task": "cases.tasks.release_messages",
        "schedule": env.float("CARETRACK_SWEEP_SECONDS", 10.0),
    },
    "Send reminders of analysts": {
        "task": "cases.tasks.send_reminders",
        "schedule": env.float("CARETRACK_RELAY_SECONDS", 15.0),
    },
    "Send messages of side conversations that a crash left": {
        "task": "cases.tasks.relay_side_messages",
        "schedule": env.float("CARETRACK_RELAY_SECONDS", 15.0),
    },
    "Assign new cases that a crash left": {
        "task": "routing.tasks.assign_cases",
        "schedule": env.float("CARETRACK_SWEEP_SECONDS", 10.0),
    },
    "Escalate on-call alerts without an acknowledgement": {
        "task": "routing.tasks.escalate_alerts",
        "schedule": env.float("CARETRACK_PAGE_SECONDS", 10.0),
    },
    "Send on-call alerts that are due": {
        "task": "routing.tasks.send_alert_messages",
        "schedule": env.float("CARETRACK_PAGE_SECONDS", 10.0),
    },
    "Continue bulk jobs that a crash left": {
        "task": "cases.tasks.continue_bulk_jobs",
        "schedule": 60.0,
    },
    "Continue policy migrations that a crash left": {
        "task": "sla.tasks.continue_policy_migrations",
        "schedule": 60.0,
    },
    "Warn before an application is late": {
        "task": "sla.tasks.check_credentials",
        "schedule": env.float("CARETRACK_CREDENTIAL_SECONDS", 60.0),
    },
    "Send account emails that are due": {
        "task": "contacts.tasks.send_emails",
        "schedule": env.float("CARETRACK_RELAY_SECONDS", 15.0),
    },
    "End designations without a licence or a valid training": {
        "task": "contacts.tasks.review_eligibility",
        "schedule": crontab(minute="7"),
    },
    "Warn before the holidays of a calendar run out": {
        "task": "contacts.tasks.warn_about_calendars",
        "schedule": crontab(hour="5", minute="37"),
    },
    "Send notifications that a crash left": {
        "task": "cases.tasks.relay_notices",
        "schedule": env.float("CARETRACK_RELAY_SECONDS", 15.0),
    },
    "Send reminders of corrective actions": {
        "task": "rca.tasks.remind_of_actions",
        "schedule": env.float("CARETRACK_REMIND_SECONDS", 300.0),
    },
    "Fold the counts of tags": {
        "task": "cases.tasks.fold_tag_counts",
        "schedule": 300.0,
    },
    "Scan waiting files": {
        "task": "cases.tasks.scan_waiting_files",
        "schedule": env.float("CARETRACK_SCAN_SECONDS", 60.0),
    },
    "Delete old staged files": {
        "task": "cases.tasks.sweep_files",
        "schedule": crontab(hour="4", minute="17"),
    },
    "Delete old presence rows": {
        "task": "cases.tasks.forget_who_was_there",
        "schedule": crontab(minute="27"),
    },
    "Send daily digests that are due": {
        "task": "cases.tasks.send_digests",
        "schedule": env.float("CARETRACK_DIGEST_SECONDS", 60.0),
    },
    "Count the figures of insight": {
        "task": "insight.tasks.count",
        "schedule": env.float("CARETRACK_COUNT_SECONDS", 300.0),
    },
    "Send the service reports that are due": {
        "task": "insight.reports.tasks.send_reports",
        "schedule": env.float("CARETRACK_REPORT_SECONDS", 300.0),
    },
    "Continue exports that a crash left, and delete old ones": {
        "task": "insight.reports.tasks.continue_exports",
        "schedule": env.float("CARETRACK_EXPORT_SECONDS", 300.0),
    },
    "Render texts that have no HTML yet": {
        "task": "caretrack.ops.tasks.render_texts",
        "schedule": env.float("CARETRACK_RENDER_SECONDS", 300.0),
    },
    "Compare every clock with its event log": {
        "task": "sla.tasks.verify_clocks",
        "schedule": crontab(hour="2", minute="17"),
    },
    "Verify the hash chain of every event log": {
        "task": "cases.tasks.verify_journal",
        "schedule": crontab(hour="3", minute="17"),
    },
}


# --- People and passwords

AUTH_USER_MODEL = "contacts.User"
AUTHENTICATION_BACKENDS = ["caretrack.web.sign_in.adapters.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if ENVIRONMENT == "test":
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
INVITATION_DAYS = env.int("CARETRACK_INVITATION_DAYS", 14)
ACCOUNT_ADAPTER = "caretrack.web.sign_in.adapters.AccountAdapter"
ACCOUNT_FORMS = {"reset_password": "caretrack.web.sign_in.forms.ResetPasswordForm"}
PASSWORD_RESET_TIMEOUT = 3600  # seconds from sending the email to the end of its link
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    # CareTrack limits guessing itself: with allauth's limits anybody could lock anybody else out
    # (caretrack/web/sign_in/limits.py).
    "login": "",
    "login_failed": "",
    "reset_password": "",
    "apply": env.str("CARETRACK_APPLY_RATE", "10/h/ip"),
    "certificate": "120/h/ip",
    "help_vote": "30/h/ip",
}
# After so many failures in a row its owner and operators are notified, and the log says so.
SIGN_IN_ALERT_AFTER = env.int("CARETRACK_SIGN_IN_ALERT_AFTER", 10)
ALLAUTH_TRUSTED_PROXY_COUNT = env.int(
    "CARETRACK_TRUSTED_PROXIES", 0, validate=validate.Range(min=0)
)
MFA_ADAPTER = "caretrack.web.sign_in.adapters.MfaAdapter"
MFA_FORMS = {
    "add_webauthn": "caretrack.web.sign_in.forms.AddPasskeyForm",
    "authenticate": "caretrack.web.sign_in.forms.AuthenticateForm",
    "reauthenticate": "caretrack.web.sign_in.forms.ReauthenticateForm",
}
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # a passkey cannot be guessed
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "CareTrack"
MFA_TOTP_TOLERANCE = 1  # the clock of a phone may be half a minute fast or slow
# Who must have a second step, by role; a trial prints its log-ins, so nobody must there.
MFA_REQUIRED_ROLES: list[str] = env.list(
    "CARETRACK_MFA_ROLES", ["analyst", "manager", "administrator"] if PRODUCTION else []
)
env.add_problems(environment.unknown_roles("CARETRACK_MFA_ROLES", MFA_REQUIRED_ROLES))
USERSESSIONS_TRACK_ACTIVITY = False


# --- Languages, time zones

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ja", "日本語")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True


# --- Limits of what people write: shown on forms, enforced by actions (docs/operations.md)

MESSAGE_MAX_CHARACTERS = env.int("CARETRACK_MESSAGE_MAX_CHARACTERS", 64_000)
# How long the author of a message to a contact can undo it; 0: not at all. Tests of it set it.
UNDO_SECONDS = env.int("CARETRACK_UNDO_SECONDS", 0 if ENVIRONMENT == "test" else 10)
REASON_MAX_CHARACTERS = env.int("CARETRACK_REASON_MAX_CHARACTERS", 20_000)
# The share of met service targets that Care wants to reach, drawn in Insight.
ATTAINMENT_TARGET_PERCENT = env.int("CARETRACK_ATTAINMENT_TARGET_PERCENT", 95)
CONVERSATION_IDS_MAX = env.int("CARETRACK_CONVERSATION_IDS_MAX", 100)


REQUEST_SECONDS = env.int("CARETRACK_REQUEST_SECONDS", 30)


# --- Files

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("CARETRACK_STATIC_DIR", str(BASE_DIR / ".local" / "static")))
MEDIA_ROOT = Path(env.str("CARETRACK_MEDIA_DIR", str(BASE_DIR / ".local" / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
# Looks for a file when it is asked for. Listing all files first costs each test client 40 ms.
WHITENOISE_AUTOREFRESH = ENVIRONMENT == "test"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
ATTACHMENT_MAX_BYTES = env.int("CARETRACK_ATTACHMENT_MAX_BYTES", 25 * 1024 * 1024)
ATTACHMENTS_MAX_PER_CASE = env.int("CARETRACK_ATTACHMENTS_MAX_PER_CASE", 100)
STAGED_FILES_KEPT_DAYS = env.int("CARETRACK_STAGED_FILES_KEPT_DAYS", 14)
FILES_QUOTA_BYTES = env.int("CARETRACK_FILES_QUOTA_BYTES", 20 * 1024**3)
FILE_ENDINGS = endings.DEFAULT
LISTED_ENDINGS: list[str] = env.list("CARETRACK_FILE_ENDINGS", [])
if LISTED_ENDINGS:
    try:
        FILE_ENDINGS = endings.parse(LISTED_ENDINGS)
    except ValueError as error:
        env.add_problem(f"CARETRACK_FILE_ENDINGS: {error}.")
CLAMD = env.str("CARETRACK_CLAMD", "")
if CLAMD:
    env.address(
        "CARETRACK_CLAMD",
        CLAMD,
        schemes={"tcp", "unix"},
        like="tcp://host:3310 or unix:///run/clamd.ctl",
    )


# --- Outgoing HTTP (core/outgoing_http.py)

OUTGOING_ALLOW: list[str] = env.list("CARETRACK_OUTGOING_ALLOW", [])
PORTS = validate.Regexp(r"\d+(,\d+)*\Z", error="Write ports like 443,8443.")
OUTGOING_PORTS = [
    int(port)
    for port in (env.str("CARETRACK_OUTGOING_PORTS", "443", validate=PORTS) or "0").split(",")
]
try:
    AllowList.parse(OUTGOING_ALLOW)
except ValueError as error:
    env.add_problem(f"CARETRACK_OUTGOING_ALLOW: {error}.")


# --- Mail: SMTP in production; in the trial an outbox inside the product, for newcomers to read

DEFAULT_FROM_EMAIL = env.str("CARETRACK_FROM_EMAIL", "CareTrack <care@caretrack.invalid>")
SIDE_ADDRESS = env.str("CARETRACK_SIDE_ADDRESS", "")
if SIDE_ADDRESS and ("@" not in SIDE_ADDRESS or "+" in SIDE_ADDRESS or " " in SIDE_ADDRESS):
    env.add_problem("CARETRACK_SIDE_ADDRESS: Write a bare address such as side@care.example.")
EMAIL_TIMEOUT = 20
if TRIAL and not env.secret("CARETRACK_EMAIL_URL"):
    EMAIL_BACKEND = "caretrack.ops.outbox.backend.OutboxBackend"
elif ENVIRONMENT == "test":
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
else:
    mail = env.address(
        "CARETRACK_EMAIL_URL",
        secret("CARETRACK_EMAIL_URL", "smtp://localhost"),
        schemes={"smtp", "smtp+tls", "smtps"},
        like="smtp+tls://user:password@host:587",
    )
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = mail.hostname or "", mail.port or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = mail.username or "", mail.password or ""
    EMAIL_USE_TLS, EMAIL_USE_SSL = mail.scheme == "smtp+tls", mail.scheme == "smtps"


# --- Safety of pages: nothing inline, nothing from elsewhere

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
CSRF_FAILURE_VIEW = "caretrack.web.views.stale_form"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if PRODUCTION and BASE_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("CARETRACK_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
# The owner of the domain decides at the proxy whether all subdomains use https and whether browsers
# list the domain: CareTrack is one host of it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]


# --- API

RATE = validate.Regexp(r"\d+/(s|sec|m|min|h|hour|d|day)\Z", error="Write a rate like 600/min.")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["caretrack.web.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["caretrack.web.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "caretrack.web.api.parsing.ShallowJSONParser",
        "caretrack.web.api.parsing.CleanMultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["caretrack.web.api.throttling.TokenThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "token": env.str("CARETRACK_API_RATE", "600/min", validate=RATE),
        "unknown_token": env.str("CARETRACK_API_UNKNOWN_RATE", "30/min", validate=RATE),
    },
    "EXCEPTION_HANDLER": "caretrack.web.api.problems.problem_details",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CareTrack API",
    "DESCRIPTION": (
        "File, read, answer and act on cases: the same actions as the pages, the same rules."
    ),
    "VERSION": "1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "SeverityEnum": "cases.choices.Severity",
        "ClosingReasonEnum": "cases.choices.ClosingReason",
    },
}


# --- Logs: one JSON object a line in production, plain lines elsewhere (caretrack/logs.py)

LOG_LEVEL = env.str(
    "CARETRACK_LOG_LEVEL",
    "INFO",
    validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
)
LOGGING_CONFIG = "caretrack.logs.configure"
LOGGING = {"level": LOG_LEVEL, "json": env.bool("CARETRACK_LOG_JSON", PRODUCTION)}


# --- Metrics: nothing is measured or shown without a token (caretrack/ops/metrics/)

METRICS_TOKEN = env.secret("CARETRACK_METRICS_TOKEN")
if PRODUCTION and METRICS_TOKEN:
    env.add_problems(environment.weak_token("CARETRACK_METRICS_TOKEN", METRICS_TOKEN))
METRICS_DIR = env.str("CARETRACK_METRICS_DIR", "")
# everything that is wrong, in one message; no variable can be read below this line
env.refuse_problems()
if METRICS_TOKEN and METRICS_DIR:
    # Where the processes of a web add their request times up. The library looks into the
    # environment, when it is imported, which is later than this.
    Path(METRICS_DIR).mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_DIR
