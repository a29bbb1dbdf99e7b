"""Who may send: the rules of every write door, once the key is at hand."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from events.ingest import Sender
from obc_analytics.errors import Forbidden, Unauthorized
from tenants.auth import KeyHolder, afind_key, key_from, origin_allowed


def key_outside(headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """The key in headers or address; None when it can only be in the body. Unauthorized: a secret in the address."""
    marker = "\0"
    key = key_from(headers, query, marker)
    return None if key == marker else key


_asking: dict[str, asyncio.Future[KeyHolder | None]] = {}


async def holder_of(key: str) -> KeyHolder:
    """Whose key it is. Raises Unauthorized.

    When what is remembered of a key expires, one sender of many asks the database and the others wait for it.
    """
    while (asking := _asking.get(key)) is not None:
        await asyncio.wait([asking])
        if not asking.cancelled():
            return _known(asking.result())
    answer = _asking[key] = asyncio.get_running_loop().create_future()
    try:
        answer.set_result(await afind_key(key))
    except Exception as error:
        answer.set_exception(error)
    finally:
        del _asking[key]
        answer.cancel()  # when this sender itself was given up; does nothing otherwise
    return _known(answer.result())


def _known(holder: KeyHolder | None) -> KeyHolder:
    if holder is None:
        raise Unauthorized("This key is not known, or was revoked.")
    return holder


def admit(holder: KeyHolder, tenant_ids: Iterable[Any], origin: str | None) -> None:
    """Raises Forbidden unless the key may send, for the tenant that is named, from that origin."""
    if not holder.writes:
        raise Forbidden("Events are sent with a write key (obc_pk_…), not with a secret key.")
    for named in tenant_ids:
        if named not in (None, "") and not _is(holder.tenant.id, named):
            raise Forbidden("The key does not belong to this tenant_id.")
    if not origin_allowed(holder.tenant, origin):
        raise Forbidden("This origin is not among the tenant's allowed origins.")


def sender(holder: KeyHolder, door: str, headers: Mapping[str, str], address: str | None) -> Sender:
    return Sender(
        tenant=holder.tenant,
        key_id=holder.key_id,
        door=door,
        user_agent=headers.get("user-agent"),
        ip=address,
        received_at=datetime.now(UTC),
    )


def _is(tenant_id: uuid.UUID, named: Any) -> bool:
    try:
        return uuid.UUID(str(named)) == tenant_id
    except ValueError:
        return False
