"""Numbers, times and hostile text on pages."""

from __future__ import annotations

import json
import zoneinfo
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from dashboards.icons import ICONS
from events.query import wording

register = template.Library()
LONGEST = 300  # characters of one value on a page; the rest is cut, with a mark


@register.filter
def num(value: Any) -> str:
    """1234567 → 1,234,567; None → –. Exact: pages are compared with the ledger to the unit."""
    if value is None or value == "":
        return "–"
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.1f}"
    return f"{int(value):,}"


@register.filter
def short(value: Any) -> str:
    """1234567 → 1.23M, for tight places; the exact number stands in the title beside it.

    Up to a million all figures fit: a column of 38.2k, 9,125 and 105k could not be read downwards.
    """
    number = float(value or 0)
    for size, letter in ((1e9, "B"), (1e6, "M")):
        if abs(number) >= size:
            scaled = number / size
            return f"{scaled:.{2 if scaled < 10 else 1 if scaled < 100 else 0}f}{letter}"
    return num(value)


@register.filter
def clip(value: Any, length: int = LONGEST) -> str:
    """A hostile string at a bearable length; the template still escapes it."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= length else f"{text[:length]}… ({len(text):,} characters)"


@register.filter
def link(value: Any) -> str:
    """The URL when it is an absolute http(s) one without credentials, else nothing: no other becomes a link."""
    text = str(value or "")
    try:
        parts = urlsplit(text)
        safe = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
    except ValueError:
        return ""
    return text if safe and len(text) <= 2000 else ""


@register.filter
def moment(value: Any, zone: str = "UTC") -> str:
    """An instant (datetime or RFC 3339 text) as `23 Nov 14:03:22` in that zone."""
    when = _instant(value)
    if when is None:
        return "–"
    local = when.astimezone(zoneinfo.ZoneInfo(zone))
    return f"{local.day} {local:%b %H:%M:%S}"


@register.filter
def day(value: Any, zone: str = "UTC") -> str:
    """An instant as `23 Nov`, with the year when it is another than this one's."""
    when = _instant(value)
    if when is None:
        return "–"
    local, today = when.astimezone(zoneinfo.ZoneInfo(zone)), datetime.now(zoneinfo.ZoneInfo(zone))
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"


@register.filter
def iso(value: Any) -> str:
    when = _instant(value)
    return when.astimezone(UTC).isoformat() if when else ""


def _instant(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


@register.filter
def seconds(value: Any) -> str:
    """A duration as people say it: 62 → `1 min 2 s`."""
    return "–" if value is None else wording.span(float(value))


@register.filter
def share(value: Any, whole: Any) -> str:
    """A part's width in percent of the whole, for an SVG: 0 to 100."""
    return f"{100 * float(value or 0) / float(whole):.2f}" if whole else "0"


@register.filter
def percent(value: Any, whole: Any) -> str:
    """Of the whole, with a tenth; what is there but rounds to nothing is `<0.1%`."""
    if not whole:
        return "–"
    part = 100 * float(value or 0) / float(whole)
    return "<0.1%" if 0 < part < 0.05 else f"{part:.1f}%"


@register.filter
def pretty(value: Any) -> str:
    """JSON, indented, at a bearable length."""
    return clip(json.dumps(value, indent=2, ensure_ascii=False, default=str), 8000)


@register.filter
def id_query(value: Any) -> str:
    """`id=…`: an id may hold any sign, so it travels in the query."""
    return urlencode({"id": str(value)})


@register.filter
def ticked(value: Any) -> SafeString:
    """A sentence that names events in backticks: escaped, each name as code and isolated from its surroundings."""
    parts = str(value).split("`")
    forms = ("<span>{}</span>", "<code><bdi>{}</bdi></code>")
    return format_html_join("", "{}", ((format_html(forms[at % 2], part),) for at, part in enumerate(parts) if part))


@register.filter
def ident(name: str) -> str:
    """A field's name as part of an id."""
    return "".join(sign if sign.isalnum() else "-" for sign in str(name))


@register.simple_tag
def icon(name: str) -> SafeString:
    """A 16 px drawing from our own list; no user text reaches this."""
    return mark_safe(f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{ICONS[name]}</svg>')


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """`light`, `dark`, or nothing for the system's: from the cookie, so that no page flashes.

    A page for another screen (the wall) says its own `default_theme`.
    """
    request = context.get("request")
    chosen = request.COOKIES.get("obc_theme", "") if request else ""
    return chosen if chosen in {"light", "dark"} else str(context.get("default_theme") or "")
