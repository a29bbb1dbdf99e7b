"""Filters of `GET events`. Every value, and every name of a property, reaches PostgreSQL as a bound parameter."""

from __future__ import annotations

import json
import math
import re
import uuid
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Func, JSONField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from events.ingest import clean, times
from events.ingest.ids import UUID, user_uuid
from events.models import Event

PROPERTY = "properties."
MAX_PROPERTIES = 20  # filters of properties in one request
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,300})(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?")
WORDS = {"null": None, "true": True, "false": False}


class InstantField(forms.Field):
    """RFC 3339, or milliseconds since 1970."""

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        found = times.parse(value)
        if found is None:
            # a plus sign that was not escaped arrives as a blank
            found = times.parse(str(value).replace(" ", "+"))
        if found is None:
            raise ValidationError("give RFC 3339, such as 2026-11-23T10:00:00Z, or milliseconds since 1970")
        return found


class InstantFilter(django_filters.Filter):
    field_class = InstantField


class TextField_(forms.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 8_192, "strip": False, **options})


class TextFilter(django_filters.CharFilter):
    field_class = TextField_


class EventFilter(django_filters.FilterSet):
    event_name = TextFilter(help_text="Exactly this name")
    event_category = TextFilter(help_text="Exactly this category")
    user_id = TextFilter(method="of_user", help_text="The user as the client names it")
    distinct_id = TextFilter(help_text="The actor: the user when known, else the device")
    session_id = TextFilter()
    correlation_id = TextFilter()
    batch_id = TextFilter()
    page_url__contains = TextFilter(field_name="page_url", lookup_expr="contains")
    since = InstantFilter(field_name="timestamp", lookup_expr="gte", help_text="From this instant on")
    until = InstantFilter(field_name="timestamp", lookup_expr="lt", help_text="Before this instant")

    class Meta:
        model = Event
        fields: list[str] = []

    def of_user(self, queryset: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return queryset.filter(of_user(value, self.tenant_id))

    def __init__(self, *args: Any, tenant_id: uuid.UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant_id = tenant_id


def of_user(user_id: str, tenant_id: uuid.UUID) -> Q:
    """Events of a user, by the id that clients send.

    The actor of such an event is named by that same id, which is what the index holds. A UUIDv5 may
    stand for an id that is no UUID (events.ingest.ids.user_uuid): only the column tells.
    """
    known = Q(user_id=user_uuid(user_id, tenant_id))
    return known & Q(distinct_id__in={user_id, user_id.lower()}) if names_the_actor(user_id) else known


def names_the_actor(user_id: str) -> bool:
    return not (UUID.fullmatch(user_id) and uuid.UUID(user_id).version == 5)


def property_equals(name: str, value: str) -> Q:
    """Events whose property reads as `value`: as text, or as the JSON value that this is.

    `5` finds 5, 5.0 and "5"; `true` finds true and "true"; `null` finds null and "null", not what is absent.
    """
    condition = Q(Exact(_text_of(name), Value(value, TextField())))
    if value in WORDS or NUMBER.fullmatch(value):
        parsed = WORDS[value] if value in WORDS else json.loads(value)
        if not isinstance(parsed, float) or math.isfinite(parsed):
            condition |= Q(Exact(_json_of(name), Cast(Value(json.dumps(parsed), TextField()), JSONField())))
    return condition


def clean_name(name: str) -> str:
    """Raises ValidationError for a name that no stored property can have."""
    if not clean.is_clean(name) or len(name) > 1_000:
        raise ValidationError("no property has such a name")
    return name


class Exact(Func):
    """`a = b` as a condition, for values that are expressions."""

    template = "(%(expressions)s)"
    arg_joiner = " = "
    output_field = BooleanField()
    conditional = True


class _Arrow(Func):
    template = "(%(expressions)s)"


def _name(name: str) -> Cast:
    return Cast(Value(name, TextField()), TextField())  # the cast: `->` takes a number as well


def _text_of(name: str) -> Func:
    return _Arrow("properties", _name(name), arg_joiner=" ->> ", output_field=TextField())


def _json_of(name: str) -> Func:
    return _Arrow("properties", _name(name), arg_joiner=" -> ", output_field=_Plain())


class _Plain(TextField):
    """jsonb as it is: Django's JSONField would wrap what is compared with it."""
