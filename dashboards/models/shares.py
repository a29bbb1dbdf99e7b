"""A link by which anyone can look at one board, and at nothing else."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.timezone import now

from dashboards.models.boards import Board
from events.models.facts import TenantRow
from tenants.models import digest_of

LONGEST = timedelta(days=365)


class ShareLinkManager(models.Manager["ShareLink"]):
    def create_for(
        self, board: Board, *, label: str, state: str, lasts: timedelta, user_id: int | None
    ) -> tuple[ShareLink, str]:
        """The link's row and its token, which is kept nowhere and can't be shown again."""
        token = secrets.token_urlsafe(32)
        row = self.create(
            tenant_id=board.tenant_id,
            board_id=board.id,
            label=label,
            state=state,
            author_id=user_id,
            digest=digest_of(token),
            expires_at=now() + min(lasts, LONGEST),
        )
        return row, token


class ShareLink(TenantRow):
    """`state` is the query string that the board was shared with: who follows the link can't change it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    label = models.CharField(max_length=100)
    state = models.CharField(max_length=4_000, blank=True, default="")
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the token")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_constraint=False, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_read_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = ShareLinkManager()

    class Meta:
        db_table = "share_links"
        constraints = [models.UniqueConstraint(fields=["tenant", "digest"], name="share_links_digest")]
        indexes = [
            models.Index(fields=["digest"], name="share_links_token"),
            models.Index(fields=["tenant", "board"], name="share_links_board"),
            models.Index(fields=["tenant", "created_at", "id"], name="share_links_created"),
        ]

    def __str__(self) -> str:
        return self.label

    def is_open(self, moment: datetime) -> bool:
        return self.revoked_at is None and moment < self.expires_at

    def revoke(self) -> None:
        """Nobody reads by it from the next request on."""
        if self.revoked_at is None:
            self.revoked_at = now()
            self.save(update_fields=["revoked_at"])
