"""Who is asking: tenants, their people and their keys. Read outside a scope by tenants/auth.py only."""

from __future__ import annotations

import hashlib
import secrets
import uuid
import zoneinfo
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.text import slugify
from django.utils.timezone import now

SLUG = RegexValidator(r"\A[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?\Z", "small letters, digits and hyphens, 50 at most")


def check_timezone(name: str) -> None:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise ValidationError(f"{name!r} is not a time zone's IANA name") from None


def check_origins(origins: Any) -> None:
    """A list such as ["https://app.example", "https://*.example"]; empty allows any."""
    if not isinstance(origins, list) or not all(isinstance(origin, str) for origin in origins):
        raise ValidationError("a list of origins such as https://app.example")
    for origin in origins:
        scheme, _, host = origin.partition("://")
        if scheme not in {"http", "https"} or not host or set("/?#@ ") & set(host):
            raise ValidationError(f"{origin!r} is not an origin such as https://app.example")


class TenantManager(models.Manager["Tenant"]):
    def create_named(self, name: str, **fields: Any) -> Tenant:
        """A tenant with a slug of its own made from its name."""
        stem = slugify(name)[:40].strip("-") or "tenant"
        slug, number = stem, 1
        while self.filter(slug=slug).exists():
            number += 1
            slug = f"{stem}-{number}"
        return self.create(name=name, slug=slug, **fields)


class Tenant(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=50, unique=True, validators=[SLUG])
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="UTC", validators=[check_timezone])
    allowed_origins = models.JSONField(
        default=list,
        blank=True,
        validators=[check_origins],
        help_text="Origins that browsers may send from; none: any.",
    )
    events_per_minute = models.PositiveIntegerField(null=True, blank=True, help_text="Quota; none: unlimited.")
    events_per_month = models.PositiveBigIntegerField(null=True, blank=True, help_text="Quota; none: unlimited.")
    drop_bots = models.BooleanField(default=True, help_text="Events of known crawlers are dropped, and counted.")
    hot_days = models.PositiveIntegerField(null=True, blank=True, help_text="Rows older than this are archived.")
    retain_days = models.PositiveIntegerField(null=True, blank=True, help_text="Older days are removed for good.")
    # no key in the database: cohorts belong to the app above, and one that is gone hides nobody
    internal_cohort = models.UUIDField(
        null=True, blank=True, help_text="The cohort of one's own people, whom pages can hide."
    )
    created_at = models.DateTimeField(default=now, editable=False)

    objects = TenantManager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    ANALYST = "analyst", "Analyst"
    VIEWER = "viewer", "Viewer"


class Membership(models.Model):
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_a_tenant")]

    def __str__(self) -> str:
        return f"{self.user} · {self.role}"


class KeyKind(models.TextChoices):
    WRITE = "write", "Write key (public, may only send)"
    SECRET = "secret", "Secret key (reads)"


class Scope(models.TextChoices):
    """What a secret key may do."""

    READ = "read", "Read events and answers"
    MANAGE = "manage", "Manage members, keys and settings"


def digest_of(key: str) -> str:
    """SHA-256: a key has 256 random bits, so a slow password hash would add nothing but its cost."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeyManager(models.Manager["ApiKey"]):
    def create_write(self, tenant: Tenant, name: str = "Browser") -> ApiKey:
        key = f"obc_pk_{secrets.token_urlsafe(24)}"
        return self.create(
            tenant=tenant, kind=KeyKind.WRITE, name=name, token=key, prefix=key[:12], digest=digest_of(key)
        )

    def create_secret(
        self, tenant: Tenant, name: str = "Server", scopes: tuple[str, ...] = (Scope.READ,)
    ) -> tuple[ApiKey, str]:
        """The key's row and the key itself, which is kept nowhere and can't be shown again."""
        key = f"obc_sk_{secrets.token_urlsafe(32)}"
        row = self.create(
            tenant=tenant,
            kind=KeyKind.SECRET,
            name=name,
            prefix=key[:12],
            digest=digest_of(key),
            scopes=[str(scope) for scope in scopes],
        )
        return row, key


class ApiKey(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=10, choices=KeyKind.choices)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, editable=False)
    token = models.CharField(max_length=64, blank=True, editable=False, help_text="Write keys only: they are public.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiKeyManager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def revoke(self) -> None:
        """Take the key out of use; every process notices within `auth.CACHE_SECONDS`."""
        from tenants import auth

        if self.revoked_at is None:
            self.revoked_at = now()
            self.save(update_fields=["revoked_at"])
        auth.forget_keys()


class OneTimeLink(models.Model):
    """A link that its maker passes on by hand: shown once, kept hashed, good for one use until it expires."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ["-created_at"]


class Invitation(OneTimeLink):
    """Lets whoever opens it join the tenant. `note` is the maker's own reminder of whom it is for."""

    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    note = models.CharField(max_length=100, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.note or 'Invitation'} ({self.role})"


class PasswordReset(OneTimeLink):
    """Lets whoever opens it set a new password for `user`, while the old one is as it was."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    password_then = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the stored hash")

    def __str__(self) -> str:
        return f"Password of {self.user}"
