"""What a user agent says: crawler or not, browser, system, kind of device."""

from __future__ import annotations

from functools import lru_cache

import ua_parser

_TABLETS = ("iPad", "Tablet", "Kindle", "SM-T", "Nexus 7", "Nexus 10")
_MOBILES = ("Mobi", "iPhone", "Android", "Phone")


@lru_cache(maxsize=20_000)
def _parse(agent: str) -> tuple[bool, dict[str, str]]:
    found = ua_parser.parse(agent)
    bot = bool(found.device and found.device.family == "Spider")
    info: dict[str, str] = {}
    if found.user_agent:
        info["browser"] = found.user_agent.family
        if found.user_agent.major:
            info["browser_version"] = found.user_agent.major
    if found.os:
        info["os"] = found.os.family
        if found.os.major:
            info["os_version"] = found.os.major
    if info:
        info["device_type"] = _device_type(agent)
    return bot, info


def _device_type(agent: str) -> str:
    if any(mark in agent for mark in _TABLETS) or ("Android" in agent and "Mobi" not in agent):
        return "tablet"
    return "mobile" if any(mark in agent for mark in _MOBILES) else "desktop"


def is_bot(agent: str) -> bool:
    """A crawler by uap-core's list; a headless browser or a script is none."""
    return _parse(agent[:1024])[0]


def device_info(agent: str) -> dict[str, str] | None:
    """`{"browser", "browser_version", "os", "os_version", "device_type"}`; None when nothing is known."""
    info = _parse(agent[:1024])[1]
    return dict(info) if info else None
