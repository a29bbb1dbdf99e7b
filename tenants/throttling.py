"""Limits on how often the read API may be asked, by key or person."""

from __future__ import annotations

from typing import Any

from rest_framework.throttling import SimpleRateThrottle

from tenants.auth import KeyHolder


class ReadThrottle(SimpleRateThrottle):
    """A runaway script may not starve the pages: 600 questions a minute for each key or person."""

    scope = "read"
    rate = "600/min"

    def get_cache_key(self, request: Any, view: Any) -> str:
        asker = request.auth.key_id if isinstance(request.auth, KeyHolder) else getattr(request.user, "pk", None)
        return self.cache_format % {"scope": self.scope, "ident": asker or self.get_ident(request)}
