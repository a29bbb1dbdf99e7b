"""Where the people of the demo are, what they do there, and when they are awake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Place:
    weight: int
    country: str
    timezone: str
    language: str
    institutions: tuple[str, ...]


PLACES = (
    Place(26, "US", "America/New_York", "en-US", ("Harborview Institute", "Eastlake University", "Mill River Labs")),
    Place(14, "US", "America/Los_Angeles", "en-US", ("Pacific Genome Center", "Redwood University")),
    Place(13, "GB", "Europe/London", "en-GB", ("Thames Biomedical", "University of Northmoor")),
    Place(12, "DE", "Europe/Berlin", "de-DE", ("Institut für Zellforschung Lindau", "Klinikum Elbtal")),
    Place(9, "IN", "Asia/Kolkata", "en-IN", ("Deccan Institute of Biology", "Ganga Research Hospital")),
    Place(7, "FR", "Europe/Paris", "fr-FR", ("Institut Montclair", "Université du Rhône-Sud")),
    Place(6, "JP", "Asia/Tokyo", "ja-JP", ("Minato Science Center",)),
    Place(5, "BR", "America/Sao_Paulo", "pt-BR", ("Instituto Atlântico",)),
    Place(4, "AU", "Australia/Sydney", "en-AU", ("Southern Cross Biolabs",)),
    Place(4, "SG", "Asia/Singapore", "en-SG", ("Straits Biopolis",)),
)
PLACE_WEIGHTS = tuple(place.weight for place in PLACES)

ROLES = ("researcher", "phd_student", "bioinformatician", "clinician", "lab_manager")
ROLE_WEIGHTS = (38, 27, 18, 10, 7)
PLANS = ("free", "team", "enterprise")
PLAN_WEIGHTS = (74, 20, 6)

# share of visits by local hour: two peaks at work, a small one in the evening
LOCAL_HOURS = (2, 1, 1, 1, 1, 2, 5, 14, 36, 58, 66, 60, 38, 48, 64, 66, 56, 40, 24, 18, 19, 18, 12, 5)
WEEKDAYS = (1.12, 1.2, 1.18, 1.12, 0.98, 0.38, 0.32)  # Monday first


@lru_cache(maxsize=4_096)
def hours_of(timezone: str, day: date) -> tuple[int, ...]:
    """The weights of a day's 24 hours in UTC, for people of that zone."""
    noon = datetime.combine(day, time(12), UTC)
    offset = noon.astimezone(ZoneInfo(timezone)).utcoffset()
    shift = round(offset.total_seconds() / 3600) if offset else 0
    return tuple(LOCAL_HOURS[(hour + shift) % 24] for hour in range(24))
