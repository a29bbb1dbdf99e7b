"""A tenant with its keys, and ways to knock at the doors under ASGI without a network."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from channels.testing import HttpCommunicator, WebsocketCommunicator

from events.ingest import quota
from events.ws import registry as registry_module
from obc_analytics.asgi import application
from tenants import auth
from tenants.models import Tenant
from tests.factories import make_secret_key, make_tenant, make_write_key

BATCH, SINGLE = "/api/v1/analytics/batch", "/api/v1/analytics/events"


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    auth.forget_keys()
    quota.forget()


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return make_tenant("Acme")


@pytest.fixture
def key(tenant: Tenant) -> str:
    return make_write_key(tenant).token


@pytest.fixture
def secret(tenant: Tenant) -> str:
    return make_secret_key(tenant)


class Answer:
    def __init__(self, answer: dict[str, Any]) -> None:
        self.status: int = answer["status"]
        self.headers = {name.decode(): value.decode() for name, value in answer["headers"]}
        self.body = json.loads(answer["body"]) if answer["body"] else None

    @property
    def code(self) -> str:
        return self.body["error"]["code"]


async def knock(method: str, path: str, body: Any = b"", **headers: str) -> Answer:
    """One request; `body` as JSON unless it is bytes. `x_api_key="…"` is the header X-Api-Key."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Answer(await HttpCommunicator(application, method, path, raw, named).get_response(timeout=15))


class Socket(WebsocketCommunicator):
    """A client of one socket."""

    async def open(self) -> dict[str, Any]:
        """The welcome."""
        accepted, _ = await self.connect(timeout=10)
        assert accepted
        return await self.hear()

    async def say(self, **frame: Any) -> None:
        await self.send_json_to(frame)

    async def hear(self) -> dict[str, Any]:
        return json.loads(await self.receive_from(timeout=10))

    async def closed(self) -> int:
        """The code of the close frame, which is the next thing that comes."""
        message = await self.receive_output(timeout=10)
        assert message["type"] == "websocket.close", message
        return message["code"]

    async def refusal(self) -> int:
        """Accepted, then closed with this code."""
        accepted, _ = await self.connect(timeout=10)
        assert accepted
        return await self.closed()


@pytest_asyncio.fixture
async def socket() -> AsyncIterator[Any]:
    """`socket(path, origin="…", cookie="…")`; all are closed in the end."""
    made: list[Socket] = []

    def make(path: str, **headers: str) -> Socket:
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        made.append(Socket(application, path, named))
        return made[-1]

    yield make
    for each in made:
        await each.disconnect()
    registry_module.registry._tenants.clear()
