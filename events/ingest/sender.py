"""Who sends, through which door, and when it was received."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from tenants.auth import TenantConfig


@dataclass(frozen=True, slots=True)
class Sender:
    tenant: TenantConfig
    key_id: uuid.UUID | None
    door: str  # http, ws, import, replay, demo
    user_agent: str | None
    ip: str | None
    received_at: datetime  # UTC
