"""Settings: the environment is read here, once, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from obc_analytics import env, secrets_file

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("OBC_DATA_DIR", BASE_DIR / ".data")

DEBUG = env.boolean("OBC_DEBUG", False)
SECRET_KEY = env.text("OBC_SECRET_KEY") or secrets_file.value(DATA_DIR, "django_secret_key")
SECRET_KEY_KEPT = bool(env.text("OBC_SECRET_KEY"))  # else it is the data folder's, or ends with the process
ALLOWED_HOSTS = env.words("OBC_ALLOWED_HOSTS", "*")
CSRF_TRUSTED_ORIGINS = env.words("OBC_TRUSTED_ORIGINS")
BEHIND_PROXY = env.boolean("OBC_BEHIND_PROXY", False)  # trust X-Forwarded-For and -Proto
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
HTTPS_ONLY = env.boolean("OBC_HTTPS_ONLY", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "rest_framework",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "procrastinate.contrib.django",
    "obc_analytics",
    "tenants",
    "events",
    "dashboards",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "obc_analytics.statics.VersionedStatics",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.AdminScopeMiddleware",
]

ROOT_URLCONF = "obc_analytics.urls"
ASGI_APPLICATION = "obc_analytics.asgi.application"
APPEND_SLASH = False  # every API path answers with and without its slash, without a redirect

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
        },
    },
]

# --- database -------------------------------------------------------------------------------------

DATABASE_URL = env.text("DATABASE_URL") or secrets_file.embedded_url(DATA_DIR)
APP_ROLE = "obc_app"  # what the application acts as; row-level security binds it, not the login
_database = env.database_url(DATABASE_URL)
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "obc_analytics.db",
        "OPTIONS": {
            **_database["OPTIONS"],  # type: ignore[dict-item]
            "assume_role": APP_ROLE,
            "connect_timeout": 5,
            # under ASGI each synchronous request has a thread of its own
            "pool": {
                "min_size": 0,
                "max_size": env.integer("OBC_DB_POOL", 10, low=2, high=200),
                "timeout": 3,  # a request that finds no connection by then fails, it does not queue
                "max_idle": 120,
            },
        },
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- channels -------------------------------------------------------------------------------------

REDIS_URL = env.text("REDIS_URL")
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "obc"},
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# --- ingestion ------------------------------------------------------------------------------------

INGEST = {
    "WRITER_THREADS": env.integer("OBC_WRITER_THREADS", 2, low=1, high=16),
    "QUEUE_EVENTS": env.integer("OBC_QUEUE_EVENTS", 20_000, low=1_000),
    "QUEUE_BYTES": env.integer("OBC_QUEUE_BYTES", 64 * 2**20, low=8 * 2**20),
    "MAX_BODY": 5 * 2**20,  # after decompression
    "MAX_EVENTS": 1_000,
    "MAX_CONNECTIONS": env.integer("OBC_MAX_CONNECTIONS", 10_000, low=1),  # sockets of a tenant in one process
    "HEARTBEAT_S": env.integer("OBC_HEARTBEAT_S", 25, low=1, high=300),
    "QUARANTINE_DAYS": env.integer("OBC_QUARANTINE_DAYS", 30, low=1),
}

# --- jobs and operators ---------------------------------------------------------------------------

PROCRASTINATE_ON_APP_READY = "obc_analytics.jobs.register"
METRICS_TOKEN = env.text("OBC_METRICS_TOKEN")  # for /metrics from elsewhere than this machine

# --- accounts, pages, static files ----------------------------------------------------------------

LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/t/"
LOGOUT_REDIRECT_URL = "/login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
# prefixed pairs, so that SDK sources and node_modules are never published
STATICFILES_DIRS = [
    (name, BASE_DIR / "static" / path)
    for name, path in (("css", "css"), ("js", "js"), ("vendor", "vendor"), ("img", "img"), ("sdk", "sdk/dist"))
    if (BASE_DIR / "static" / path).is_dir()
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "obc_analytics.statics.VersionedStorage"},
}
WHITENOISE_USE_FINDERS = True  # no collectstatic step: files are found where they lie

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

# --- REST framework -------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.auth.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.permissions.ReadsTenant"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "obc_analytics.api.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DATETIME_FORMAT": "iso-8601",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "OBC Analytics",
    "DESCRIPTION": "Self-hosted product analytics: events in, answers out.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["obc_analytics.openapi.without_slashed_twins"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "obc_analytics.openapi.finish",
    ],
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
}

# --- logs: structured, one JSON object a line, without secrets or personal data ---------------------

LOG_LEVEL = env.text("OBC_LOG_LEVEL", "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "obc_analytics.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": LOG_LEVEL, "propagate": True, "handlers": []},
        "django.request": {"level": "ERROR"},
        "daphne": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "psycopg.pool": {"level": "ERROR"},  # a line for each attempt while the database is away
    },
}
