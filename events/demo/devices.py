"""Browsers of the demo: the user agent, and what a client says of itself in `device_info`."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@dataclass(frozen=True, slots=True)
class Device:
    weight: int
    user_agent: str
    browser: str
    browser_version: str
    os: str
    device_type: str
    screen: str

    @property
    def slow(self) -> float:
        """How much longer pages take than on a desktop."""
        return {"desktop": 1.0, "tablet": 1.35, "mobile": 1.7}[self.device_type]

    def as_json(self, language: str) -> bytes:
        width, height = self.screen.split("x")
        return msgspec.json.encode(
            {
                "browser": self.browser,
                "browser_version": self.browser_version,
                "os": self.os,
                "device_type": self.device_type,
                "screen_width": int(width),
                "screen_height": int(height),
                "language": language,
            }
        )


def _chrome(weight: int, system: str, os: str, version: int, screen: str) -> Device:
    agent = f"Mozilla/5.0 ({system}) {_WEBKIT} Chrome/{version}.0.0.0 Safari/537.36"
    return Device(weight, agent, "Chrome", str(version), os, "desktop", screen)


_WINDOWS, _MAC, _LINUX = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64"
DESKTOPS = (
    _chrome(27, _WINDOWS, "Windows", 142, "1920x1080"),
    _chrome(6, _WINDOWS, "Windows", 138, "1536x864"),
    _chrome(17, _MAC, "Mac OS X", 142, "1728x1117"),
    _chrome(8, _LINUX, "Linux", 141, "2560x1440"),
    Device(10, f"Mozilla/5.0 ({_WINDOWS}) {_WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
           "Edge", "142", "Windows", "desktop", "1920x1080"),
    Device(12, f"Mozilla/5.0 ({_MAC}) {_SAFARI} Version/18.6 Safari/605.1.15",
           "Safari", "18", "Mac OS X", "desktop", "1512x982"),
    Device(7, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
           "Firefox", "144", "Windows", "desktop", "1920x1080"),
    Device(4, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
           "Firefox", "140", "Linux", "desktop", "1920x1200"),
)  # fmt: skip
HANDHELDS = (
    Device(48, f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {_SAFARI} Version/18.6 Mobile/15E148 "
           "Safari/604.1", "Mobile Safari", "18", "iOS", "mobile", "393x852"),
    Device(38, f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36",
           "Chrome Mobile", "142", "Android", "mobile", "412x915"),
    Device(14, f"Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) {_SAFARI} Version/18.6 Mobile/15E148 Safari/604.1",
           "Mobile Safari", "18", "iOS", "tablet", "820x1180"),
)  # fmt: skip
DESKTOP_WEIGHTS = tuple(device.weight for device in DESKTOPS)
HANDHELD_WEIGHTS = tuple(device.weight for device in HANDHELDS)

CRAWLERS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
)
