"""Every error that the outside may see, as one tree.

`code` is what the API says, `status` the HTTP status, the docstring the default message.
"""

from __future__ import annotations

from typing import Any


class ObcError(Exception):
    """Something went wrong."""

    code = "error"
    status = 500

    def __init__(self, message: str = "", *, retry_after: int | None = None, **details: Any) -> None:
        self.message = message or (self.__doc__ or "").strip()
        self.retry_after = retry_after
        self.details = details
        super().__init__(self.message)

    def as_dict(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            error["details"] = self.details
        return {"error": error}

    def headers(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class BadRequest(ObcError):
    """The request is not understood."""

    code, status = "bad_request", 400


class Unauthorized(ObcError):
    """A valid key is needed: Authorization: Bearer <key>, X-Api-Key, ?key= or "api_key"."""

    code, status = "unauthorized", 401


class Forbidden(ObcError):
    """This key or session may not do that."""

    code, status = "forbidden", 403


class NotFound(ObcError):
    """There is no such thing here."""

    code, status = "not_found", 404


class MethodNotAllowed(ObcError):
    """This method is not served here."""

    code, status = "method_not_allowed", 405


class Conflict(ObcError):
    """Somebody changed this meanwhile."""

    code, status = "conflict", 409


class TooLarge(ObcError):
    """At most 1,000 events and 5 MB after decompression a request."""

    code, status = "too_large", 413


class OverQuota(ObcError):
    """The tenant's quota is used up for now."""

    code, status = "over_quota", 429


class Overloaded(ObcError):
    """The server can't store events right now; send them again."""

    code, status = "overloaded", 503


class TooSlow(ObcError):
    """The question took too long."""

    code, status = "too_slow", 504
