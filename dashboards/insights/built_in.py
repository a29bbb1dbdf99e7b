"""Names that every tenant has, offered beside those of the dictionary."""

from __future__ import annotations

from dashboards.insights.values import ANY

PROPERTIES = {
    "$event_name": "name of the event",
    "$event_category": "category",
    "$page_url": "address of the page",
    "$path": "path of the page",
    "$referrer": "where they came from",
    "$referring_domain": "site they came from",
    "$view_path": "path that a page view shows",
    "$referring_site": "other site they came from",
    "$browser": "browser",
    "$os": "operating system",
    "$device_type": "desktop, mobile, tablet",
    "$country": "country, where known",
    "$utm_source": "campaign's source",
    "$utm_medium": "campaign's medium",
    "$utm_campaign": "campaign",
    "$session_id": "session",
    "$user_id": "user",
    "$distinct_id": "user or device",
    "$time": "when it happened",
}


def names(cohorts: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """What pickers offer beside the dictionary; cohorts stand among the properties."""
    return {
        "event": [{"name": ANY, "description": "whatever is sent"}],
        "property": [*({"name": name, "description": text} for name, text in PROPERTIES.items()), *cohorts],
    }
