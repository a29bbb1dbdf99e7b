"""The data dictionary's tables: names that a tenant sent, counted by the job, described by people."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models

from events.models.facts import TenantRow

if TYPE_CHECKING:
    from events.dictionary.counting import Counted

DAYS = 30  # a volume is of today and the days before it, in UTC
EXAMPLES = 5
EVENTS = 20  # events that a property is said to occur on
COUNTED = ("first_seen", "last_seen", "days", "types", "examples", "events")  # what the job writes
TOLD = ("description", "hidden", "verified")  # what people write


class NameKind(models.TextChoices):
    EVENT = "event", "Event"
    PROPERTY = "property", "Property"
    PROFILE = "profile", "Profile property"


class DictionaryName(TenantRow):
    """One name of one kind. Job and people write columns of their own (COUNTED, TOLD), so neither loses the other's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=NameKind.choices)
    name = models.CharField(max_length=255)
    first_seen = models.DateTimeField(null=True, help_text="Least time of an event with it, as clients tell the time")
    last_seen = models.DateTimeField(null=True)
    days = models.JSONField(default=dict, help_text="UTC day → events with it, the last days only")
    types = models.JSONField(default=list, help_text="JSON types of its values")
    examples = models.JSONField(default=list, help_text="A few values as text, cut")
    events = models.JSONField(default=dict, help_text="Event → events with it: the most frequent")
    description = models.CharField(max_length=1000, blank=True, default="")
    hidden = models.BooleanField(default=False, help_text="Left out of pickers; counted all the same")
    verified = models.BooleanField(default=False, help_text="Somebody vouches for it")

    class Meta:
        db_table = "dictionary_names"
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "name"], name="dictionary_names_name")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def is_told(self) -> bool:
        """Whether people said something of it: such a name stays, however rare."""
        return bool(self.description or self.hidden or self.verified)

    def volume(self, today: date) -> int:
        """Events of the last DAYS days; days ahead count, too, as clients' clocks may be."""
        oldest = oldest_day(today).isoformat()
        return sum(count for day, count in self.days.items() if day >= oldest)

    def add(self, counted: Counted, today: date) -> None:
        """What further rows say of it; not saved."""
        self.first_seen = _of(min, self.first_seen, counted.first_seen)
        self.last_seen = _of(max, self.last_seen, counted.last_seen)
        self.days = _sum(self.days, counted.days)
        for day in [day for day in self.days if day < oldest_day(today).isoformat()]:
            del self.days[day]
        self.types = sorted({*self.types, *counted.types})
        self.examples = list(dict.fromkeys([*self.examples, *counted.examples]))[:EXAMPLES]
        ranked = sorted(_sum(self.events, counted.events).items(), key=lambda each: (-each[1], each[0]))
        self.events = dict(ranked[:EVENTS])

    def forget(self) -> None:
        """As if it had never come; what people said stays. Not saved."""
        self.first_seen = self.last_seen = None
        self.days, self.types, self.examples, self.events = {}, [], [], {}


class DictionaryState(TenantRow):
    """Up to where a tenant's names are counted: every row at or below `seq`, none above."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seq = models.BigIntegerField(default=0)
    erase_version = models.BigIntegerField(default=0, help_text="Of the rows that were counted: another counts anew")
    capped = models.JSONField(default=dict, help_text="Kind → the last day on which names of it were left out")

    class Meta:
        db_table = "dictionary_states"
        constraints = [models.UniqueConstraint(fields=["tenant"], name="dictionary_states_tenant")]

    def __str__(self) -> str:
        return f"seq {self.seq}"

    def capped_kinds(self, today: date) -> list[str]:
        oldest = oldest_day(today).isoformat()
        return sorted(kind for kind, day in self.capped.items() if day >= oldest)

    def cap(self, kinds: Iterable[str], today: date) -> None:
        self.capped = {**self.capped, **{kind: today.isoformat() for kind in kinds}}


def oldest_day(today: date) -> date:
    return today - timedelta(days=DAYS - 1)


def _of(choose: Callable[[list[datetime]], datetime], *moments: datetime | None) -> datetime | None:
    known = [moment for moment in moments if moment is not None]
    return choose(known) if known else None


def _sum(known: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    found = dict(known)
    for name, count in more.items():
        found[name] = found.get(name, 0) + count
    return found
