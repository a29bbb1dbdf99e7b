"""A socket that leads nowhere is accepted, then closed with 4404: a refusal before that is a bare HTTP 403."""

from __future__ import annotations

from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from events.ws.base import Lean


class NowhereConsumer(Lean, AsyncWebsocketConsumer):
    async def dispatch(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "websocket.connect":
                await self.accept()
                await self.close(4404, "There is no such socket.")
            case "websocket.disconnect":
                raise StopConsumer
