"""Settings. All have safe defaults; the README's table lists what the environment may change."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env

from config.environment import data_folder, proxy_addresses, refuse_uncompiled, secret_key

env = Env()
MOST_BYTES = 2**60  # more than any machine has
MOST_SETS = 10**9


def whole(name: str, default: int, least: int, most: int) -> int:
    """Return a whole number of the environment; refuse one that is out of its bounds."""
    value: int = env.int(name, default)
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} is {value}; it must lie from {least} to {most}")
    return value


refuse_uncompiled(env.str("NUMBA_DISABLE_JIT", ""))

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = data_folder(env.str("BACKTEST_DATA_DIR", ""), BASE_DIR / "var")

DEBUG = env.bool("BACKTEST_DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or secret_key(DATA_DIR / "secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
HTTPS = env.bool("BACKTEST_HTTPS", False)
TRUSTED_PROXIES = proxy_addresses(env.list("TRUSTED_PROXIES", []))

INSTALLED_APPS = [
    "django_q",  # first, so that ours can take its pages out of the admin
    "pairings.apps.PairingsConfig",
    "marketdata.apps.MarketdataConfig",
    "backtesting.apps.BacktestingConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
]
MIDDLEWARE = [
    "config.logs.request_ids",
    "config.middleware.trusted_proxies",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.answer_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.bounded_bodies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.LoginRequired",
    "config.middleware.NoNulBytes",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.middleware.fragment_messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it answers for a login that was locked out
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
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
            ],
            "libraries": {"backtest_format": "config.backtest_format"},
        },
    },
]

# One writer at a time is SQLite's rule: WAL lets readers go on, and BEGIN IMMEDIATE makes a
# transaction queue for the write lock at its start instead of failing when it upgrades a read.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000;",
}


def database() -> dict[str, Any]:
    """Return the default database: SQLite in the data folder, or what DATABASE_URL names."""
    found: dict[str, Any] = env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")
    if not found["ENGINE"].endswith(("sqlite3", "postgresql")):
        raise ImproperlyConfigured(
            "DATABASE_URL names no database that is known here; leave it out for SQLite, or write "
            "postgresql://user:password@host/name"
        )
    if found["ENGINE"].endswith("sqlite3"):
        if options := found.get("OPTIONS"):
            raise ImproperlyConfigured(
                f"DATABASE_URL has {', '.join(options)} after its ?; SQLite takes nothing there"
            )
        found["OPTIONS"] = SQLITE_OPTIONS
    else:
        found["CONN_HEALTH_CHECKS"] = True
    found["CONN_MAX_AGE"] = 60  # a thread keeps its connection: opening one costs as much as a page
    return found


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"

# Twenty wrong passwords in an hour, from one address or for one name, and it is over for an hour.
# Counted in the database, so that every process counts the same; `axes_reset` forgets them.
AXES_FAILURE_LIMIT = 20
AXES_COOLOFF_TIME = timedelta(hours=1)
AXES_LOCKOUT_PARAMETERS = ["ip_address", "username"]
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_CLIENT_IP_CALLABLE = "config.middleware.client_address"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True  # htmx takes the token from the page
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$"]
SECURE_HSTS_SECONDS = 365 * 86_400 if HTTPS else 0
# Whether other hosts of the domain go along is for the domain's owner to say, not for us.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# Believed of trusted proxies only: config.middleware takes it from all others.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
MAX_BODY_BYTES = 17 * 1024**2  # a file of pairings, 16 MiB, and the form around it

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "config.logs.make_formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {name: {"level": "INFO"} for name in ("backtesting", "marketdata", "pairings")}
    # Django would mail errors to admins of whom there are none, and print only when debugging.
    | {"django": {"handlers": [], "level": "WARNING", "propagate": True}},
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = data_folder("", DATA_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.assets.Assets"},
}
WHITENOISE_USE_FINDERS = True  # what has not been collected is served from where it lies
WHITENOISE_ALLOW_ALL_ORIGINS = False

REPLAY_CACHE_DIR = DATA_DIR / "replay-cache"
REPLAY_CACHE_MAX_BYTES = whole("REPLAY_CACHE_MAX_BYTES", 4 * 1024**3, 0, MOST_BYTES)

# A queue message is a doorbell: the table of jobs is the truth (backtesting/jobs.py). Every value
# here is held by a system check (backtesting/checks.py), which says what goes wrong without it.
JOB_WORKERS = whole("JOB_WORKERS", 1, 1, 2)
JOB_TIMEOUT_S = whole("JOB_TIMEOUT_S", 4 * 3600, 1, 365 * 86_400)
Q_CLUSTER = {
    "name": "backtests",
    "orm": "default",
    "workers": JOB_WORKERS,
    "queue_limit": JOB_WORKERS,
    "bulk": 1,
    "poll": 0.5,
    "timeout": JOB_TIMEOUT_S,
    "retry": JOB_TIMEOUT_S + 60,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "guard_cycle": 0.5,
    "catch_up": False,
    "recycle": 50,
    "max_rss": whole("JOB_MAX_RSS_KB", 4 * 1024**2, 1, MOST_BYTES // 1024),
    "log_level": "WARNING",
}
JOB_BELL = "backtesting.queue.ring"
JOB_KINDS = {
    "replay": "backtesting.runner.replay_work",
    "sweep": "backtesting.sweeps.runner.sweep_work",
}
JOB_HELPERS = ["backtesting.sweeps.runner.help_with_sweeps"]
JOB_PREPARE = "backtesting.runner.prepare_worker"
JOB_LEASE_S = 30
JOB_HANG_S = 15
JOB_QUEUE_PER_USER = 20
JOB_RETENTION_DAYS = whole("JOB_RETENTION_DAYS", 365, 0, 36_500)
JOB_MEMORY_LIMIT_BYTES = whole("JOB_MEMORY_LIMIT_BYTES", 0, 0, MOST_BYTES)

# Sets that a grid may have: of anybody, and of staff and the command line.
SWEEP_MAX_SETS = whole("SWEEP_MAX_SETS", 10_000, 1, MOST_SETS)
SWEEP_MAX_SETS_STAFF = whole("SWEEP_MAX_SETS_STAFF", 100_000, 1, MOST_SETS)
# Sets times events, at worst a scan of all events a set: some three hours of one core.
SWEEP_MAX_SET_EVENTS = whole("SWEEP_MAX_SET_EVENTS", 10**12, 1, 2**60)
SWEEP_CHUNK_S = 2.0  # of work in a part that a worker takes at a time
# Of one worker; with more workers they share a sweep.
SWEEP_THREADS = whole("SWEEP_THREADS", 1, 1, 256)
